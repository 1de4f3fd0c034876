import { type FileCoverage, shareOf } from './coverage.ts';

/**
 * A tracefile as lcov, genhtml and most services for coverage read it (geninfo(1), "TRACEFILE
 * FORMAT").
 */
export function toLcov(files: readonly FileCoverage[], test: string): string {
  return files
    .map((file) => record(file, test).join('\n'))
    .join('\n')
    .concat('\n');
}

function record(file: FileCoverage, test: string): string[] {
  const functions = [...file.functions].sort(([, a], [, b]) => a.startLine - b.startLine);
  const lines = [...file.lines].sort(([a], [b]) => a - b);
  const inFunctions = shareOf(file.functions.values());
  const inLines = shareOf(file.lines.values());
  const branches = lines.flatMap(([number, line]) =>
    line.branches.map((count, i) => ({ number, i, count, reached: line.count > 0 })),
  );
  return [
    // A test's name has no other characters there.
    `TN:${test.replace(/\W/g, '_')}`,
    `SF:${file.path}`,
    ...functions.map(([name, { startLine }]) => `FN:${startLine},${name}`),
    ...functions.map(([name, { count }]) => `FNDA:${count},${name}`),
    `FNF:${inFunctions.of}`,
    `FNH:${inFunctions.hit}`,
    ...branches.map(
      ({ number, i, count, reached }) => `BRDA:${number},0,${i},${reached ? count : '-'}`,
    ),
    `BRF:${branches.length}`,
    `BRH:${shareOf(branches).hit}`,
    ...lines.map(([number, { count }]) => `DA:${number},${count}`),
    `LF:${inLines.of}`,
    `LH:${inLines.hit}`,
    'end_of_record',
  ];
}
