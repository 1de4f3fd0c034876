/** Lays out plain text in columns. All texts here are escaped: a character is a column. */

/**
 * Breaks a text into lines of at most this width, at spaces where it can; a word that is too long is
 * cut. Continuation lines start with the hanging indent. Leading space is kept.
 */
export function wrap(text: string, width: number, hang = ''): string[] {
  const room = Math.max(width, hang.length + 4);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const space = rest.slice(0, room + 1).lastIndexOf(' ');
    // A break that leaves most of a line empty is worse than a cut word.
    const at = space > Math.max(room / 3, hang.length) ? space : room;
    lines.push(rest.slice(0, at).trimEnd());
    rest = hang + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Cuts the end off a text that is too long, and marks it. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Cuts the middle out of a text that is too long: names differ at their ends. */
export function shortenMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${end > 0 ? text.slice(-end) : ''}`;
}

/** Puts blocks of lines side by side; `paint` colours a cell after it has its width. */
export function sideBySide(
  columns: readonly {
    lines: readonly string[];
    width: number;
    paint?: (text: string) => string;
  }[],
  gap = '  ',
): string[] {
  const height = Math.max(...columns.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map(({ lines, width, paint = (text: string) => text }) => {
        const text = lines[row] ?? '';
        return (text === '' ? '' : paint(text)) + ' '.repeat(Math.max(0, width - text.length));
      })
      .join(gap)
      .trimEnd(),
  );
}

/** "1 case", "3 cases" */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** "0.93 s", "12.3 s", "4 min 05 s" */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 60) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** The first sentence of a text: what fits where the whole would bury the rest. */
export function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s+[A-Z]|\s*$)/s.exec(text)?.[0] ?? text;
}
