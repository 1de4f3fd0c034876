/**
 * Bytes from a guest are hostile: what a terminal or a parser would obey is shown instead, as
 * `\x1b` or `\u{202e}`. A backslash that was there stays as it is.
 */

/**
 * One line for a terminal. Every character left is one column wide: what has another width, or none,
 * or turns the direction of writing, is escaped, and so is every line break.
 */
export function forTerminal(text: string): string {
  return text
    .replaceAll('\t', ' ')
    .replace(/[^\x20-\x7e]/gu, (character) =>
      oneColumn.test(character) ? character : escaped(character),
    );
}

/** Lines for a terminal: a text's own line breaks are kept, everything else is as in `forTerminal`. */
export function linesForTerminal(text: string): string[] {
  return text
    .replace(/(?:\r?\n)+$/, '')
    .split(/\r*\n/)
    .map(forTerminal);
}

/**
 * Text for XML and TAP: what XML 1.0 forbids, terminals obey or bidirectional writing hides is
 * escaped; line breaks, tabs and all other characters stay.
 */
export function forMarkup(text: string): string {
  if (/^[\n\t\x20-\x7e]*$/.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\n\t\x20-\x7e]/gu, (character) =>
      /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character) ? character : escaped(character),
    );
}

/** Latin, Greek, Cyrillic, and the punctuation of running text: dashes, quotes, ellipsis. */
const oneColumn =
  /^(?=[\u00a1-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027])[\p{L}\p{N}\p{P}\p{S}]$/u;

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
