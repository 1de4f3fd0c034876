const deepest = 3;

/**
 * What stands above each of these columns: its heading, broken at its punctuation into at most three
 * lines, or a number that the legend explains where it does not fit.
 */
export function columnHeads(
  headings: readonly string[],
  widths: readonly number[],
  columns: readonly number[],
): { tops: string[][]; legend: string[] } {
  const legend: string[] = [];
  const tops = columns.map((column) => {
    const heading = headings[column]!;
    const broken = breakHeading(heading, widths[column]!);
    if (broken !== null) return broken;
    legend.push(`${column + 1}  ${heading}`);
    return [String(column + 1)];
  });
  return { tops, legend };
}

function breakHeading(heading: string, width: number): string[] | null {
  const lines: string[] = [];
  let line = '';
  for (const part of heading.split(/(?<=[:/@+,_-])/)) {
    if (line !== '' && line.length + part.length > width) {
      lines.push(line);
      line = '';
    }
    line += part;
  }
  lines.push(line);
  const fits = lines.length <= deepest && lines.every(({ length }) => length <= width);
  return fits ? lines : null;
}
