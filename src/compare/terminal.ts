import { forTerminal } from '../report/escape.ts';
import { plural, shorten, wrap } from '../report/layout.ts';
import { createStyle, type Style, statusWords } from '../report/style.ts';
import { type Comparison, type Side, transitions } from './comparison.ts';
import { byReason, type Group, group, namesOf, type Shared, unsaid } from './group.ts';
import type { Told } from './story.ts';
import { summary } from './summary.ts';

export interface TerminalOptions {
  readonly width: number;
  readonly colour: boolean;
  /** Every case, every place, every value in full. */
  readonly verbose: boolean;
}

interface Options extends TerminalOptions {
  readonly style: Style;
}

/** A kernel that does everything otherwise must not bury what comes first. */
const mostGroups = 30;
const mostIds = 4;
const longestValue = 300;

/** What differs between two kernels, for a terminal. Ends with a newline. */
export function renderTerminal(comparison: Comparison, options: TerminalOptions): string {
  const all: Options = {
    ...options,
    width: Math.max(options.width, 32),
    style: createStyle(options.colour),
  };
  const { shared, groups, oneSided } = group(comparison.differences);
  const shown = options.verbose ? groups : groups.slice(0, mostGroups);
  const left = groups.slice(shown.length).reduce((sum, { cases }) => sum + cases.length, 0);
  const sections = [
    head(comparison, all),
    ...shared.map((each) => sharedLines(each, all)),
    ...shown.map((each) => groupLines(each, all)),
    left === 0 ? [] : wrap(`and ${plural(left, 'more case')}: see --verbose`, all.width),
    onlyIn('before', oneSided.before, all),
    onlyIn('after', oneSided.after, all),
    notComparedLines(comparison, all),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function head(comparison: Comparison, options: Options): string[] {
  const { before, after, differences, notes } = comparison;
  const { width, style } = options;
  return [
    ...side('-', before, options).map(style.red),
    ...side('+', after, options).map(style.green),
    ...notes.flatMap((note) => wrap(`  note: ${forTerminal(note)}`, width, '    ').map(style.dim)),
    ...wrap(summary(comparison), width).map(differences.length === 0 ? style.green : style.bold),
    ...transitions(differences).map(
      ({ before: was, after: is, count }) =>
        `  ${String(count).padStart(4)}  ${style.status[was](was)} → ${style.status[is](statusWords[is])}`,
    ),
  ];
}

function side(sign: string, { result, origin }: Side, { width }: Options): string[] {
  const { spec, release } = result.kernel;
  return wrap(
    `${sign} ${forTerminal(spec)}  (${forTerminal(release)}, ${forTerminal(origin)})`,
    width,
    '  ',
  );
}

function sharedLines({ told, ids }: Shared, options: Options): string[] {
  const { width, style, verbose } = options;
  return [
    ...wrap(plural(ids.length, 'case'), width).map(style.bold),
    ...told.flatMap((each) => toldLines(each, options)),
    ...wrap(`  in ${namesOf(ids, verbose ? ids.length : mostIds)}`, width, '     ').map(style.dim),
  ];
}

function groupLines({ cases, main, beside }: Group, options: Options): string[] {
  const { width, style, verbose } = options;
  const names = cases.flatMap(({ id, before, after }) => {
    const words = before === after ? '' : `  ${before} → ${after && statusWords[after]}`;
    return wrap(`${forTerminal(id)}${words}`, width, '  ').map(style.bold);
  });
  return [
    ...names,
    ...unsaid(main, cases[0]!).flatMap((told) => toldLines(told, options)),
    ...(verbose
      ? beside.flatMap((told) => toldLines(told, options))
      : besideLine(beside.length, options)),
  ];
}

function besideLine(count: number, { width, style }: Options): string[] {
  if (count === 0) return [];
  const places = plural(count, 'more place');
  const text = `  ${places} in what was read back and heard: see --verbose`;
  return wrap(text, width, '    ').map(style.dim);
}

function toldLines({ what, before, after }: Told, { width, style, verbose }: Options): string[] {
  const value = (text: string) => forTerminal(verbose ? text : shorten(text, longestValue));
  const name = forTerminal(what);
  const [was, is] = [value(before), value(after)];
  if (name.length + was.length + is.length + 7 <= width)
    return [`  ${name}  ${style.red(was)} → ${style.green(is)}`];
  return [
    ...wrap(`  ${name}`, width, '    '),
    ...wrap(`  - ${was}`, width, '    ').map(style.red),
    ...wrap(`  + ${is}`, width, '    ').map(style.green),
  ];
}

function onlyIn(where: 'before' | 'after', ids: readonly string[], options: Options): string[] {
  if (ids.length === 0) return [];
  const { width, style, verbose } = options;
  const sign = where === 'before' ? '-' : '+';
  return [
    style.bold(`${plural(ids.length, 'case')} only on the side of ${sign}`),
    ...wrap(`  ${forTerminal(namesOf(ids, verbose ? ids.length : mostIds))}`, width, '  '),
  ];
}

function notComparedLines(
  { notCompared }: Comparison,
  { width, style, verbose }: Options,
): string[] {
  return byReason(notCompared).flatMap(({ side: where, reason, ids }) => {
    const sign = where === 'before' ? '-' : '+';
    const title = `${plural(ids.length, 'case')} not compared: no result on the side of ${sign}`;
    const names = namesOf(ids, verbose ? ids.length : mostIds);
    return [
      ...wrap(title, width, '  ').map(style.status.broken),
      ...wrap(`  ${forTerminal(reason)}`, width, '  '),
      ...wrap(`  ${forTerminal(names)}`, width, '  ').map(style.dim),
    ];
  });
}
