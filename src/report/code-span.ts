import { forTerminal } from './escape.ts';

/** A code span, in which nothing is obeyed: neither markup nor mentions; as long a fence as it takes. */
export function codeSpan(text: string): string {
  const line = forTerminal(text);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const gap = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return line === '' ? '(nothing)' : `${fence}${gap}${line}${gap}${fence}`;
}
