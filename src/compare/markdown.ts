import { codeSpan } from '../report/code-span.ts';
import { forTerminal } from '../report/escape.ts';
import { plural, shorten } from '../report/layout.ts';
import { type Comparison, type Side, transitions } from './comparison.ts';
import { byReason, type Group, group, namesOf, type Shared, unsaid } from './group.ts';
import type { Told } from './story.ts';
import { summary } from './summary.ts';

export interface MarkdownOptions {
  readonly verbose: boolean;
}

const mostIds = 4;
const longestValue = 300;
/** What a mail holds in a line. */
const lineWidth = 72;

/**
 * What differs between two kernels, as Markdown that reads well as plain text, too: for a mail to a
 * list and for a pull request. All that a kernel said stands in code spans. Ends with a newline.
 */
export function renderMarkdown(comparison: Comparison, options: MarkdownOptions): string {
  const { before, after, notes } = comparison;
  const sides = [
    `- before: ${describeSide(before)}`,
    `- after: ${describeSide(after)}`,
    ...notes.map((note) => `- note: ${codeSpan(note)}`),
  ];
  return `${sides.join('\n')}\n\n${renderDifferences(comparison, options)}`;
}

/** The same without saying what is compared. */
export function renderDifferences(comparison: Comparison, options: MarkdownOptions): string {
  const { differences, notCompared } = comparison;
  const { shared, groups, oneSided } = group(differences);
  const sections = [
    [`**${summary(comparison)}.**`],
    transitionTable(comparison),
    ...shared.map((each) => sharedLines(each, options)),
    ...groups.map((each) => groupLines(each, options)),
    onlyIn('before', oneSided.before, options),
    onlyIn('after', oneSided.after, options),
    ...byReason(notCompared).map(({ side, reason, ids }) => [
      `### ${plural(ids.length, 'case')} not compared: no result ${side}`,
      '',
      `- ${codeSpan(reason)}`,
      `- ${names(ids, options)}`,
    ]),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function describeSide({ result, origin }: Side): string {
  const { spec, release } = result.kernel;
  return `${codeSpan(spec)} (${codeSpan(release)}, ${forTerminal(origin)})`;
}

function transitionTable({ differences }: Comparison): string[] {
  const rows = transitions(differences);
  if (rows.length === 0) return [];
  const cells = rows.map(({ before, after, count }) => [before, after, String(count)] as const);
  const widths = [0, 1, 2].map((column) =>
    Math.max(
      ...[['before', 'after', 'cases'] as const, ...cells].map((row) => row[column]!.length),
    ),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [
    line(['before', 'after', 'cases']),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...cells.map(line),
  ];
}

function sharedLines({ told, ids }: Shared, options: MarkdownOptions): string[] {
  return [
    `### ${plural(ids.length, 'case')}`,
    '',
    ...told.flatMap((each) => toldLines(each, options)),
    `- in ${names(ids, options)}`,
  ];
}

function groupLines({ cases, main, beside }: Group, options: MarkdownOptions): string[] {
  const { before, after } = cases[0]!;
  const verdicts = before === after ? '' : `: ${before} → ${after}`;
  const more = options.verbose ? beside : [];
  const left = beside.length - more.length;
  return [
    `### ${cases.map(({ id }) => codeSpan(id)).join(', ')}${verdicts}`,
    '',
    ...[...unsaid(main, cases[0]!), ...more].flatMap((told) => toldLines(told, options)),
    ...(left === 0 ? [] : [`- ${plural(left, 'more place')} in what was read back and heard`]),
  ];
}

function toldLines({ what, before, after }: Told, { verbose }: MarkdownOptions): string[] {
  const value = (text: string) => codeSpan(verbose ? text : shorten(text, longestValue));
  const [was, is] = [value(before), value(after)];
  const line = `- ${codeSpan(what)}: ${was} → ${is}`;
  // A list item goes on in an indented line.
  return line.length <= lineWidth ? [line] : [`- ${codeSpan(what)}:`, `  ${was} →`, `  ${is}`];
}

function onlyIn(
  side: 'before' | 'after',
  ids: readonly string[],
  options: MarkdownOptions,
): string[] {
  if (ids.length === 0) return [];
  return [`### ${plural(ids.length, 'case')} only ${side}`, '', `- ${names(ids, options)}`];
}

function names(ids: readonly string[], { verbose }: MarkdownOptions): string {
  return codeSpan(namesOf(ids, verbose ? ids.length : mostIds));
}
