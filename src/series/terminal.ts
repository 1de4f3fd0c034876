import type { CaseDifference } from '../compare/compare.ts';
import { group, namesOf, unsaid } from '../compare/group.ts';
import type { Told } from '../compare/story.ts';
import { forTerminal } from '../report/escape.ts';
import { plural, shorten, wrap } from '../report/layout.ts';
import { createStyle, type Style, statusWords } from '../report/style.ts';
import { type LaneReport, type PatchReport, type SeriesReport, startsToFail } from './judge.ts';
import { differenceWords, laneWords, newSplats, patchName, statusWordsOf } from './summary.ts';

export interface TerminalOptions {
  readonly width: number;
  readonly colour: boolean;
}

interface Options extends TerminalOptions {
  readonly style: Style;
}

const mostIds = 4;
const mostGroups = 12;
const longestValue = 200;

/** The whole report of a series, for a terminal. Ends with a newline. */
export function renderTerminal(report: SeriesReport, given: TerminalOptions): string {
  const options = { ...given, style: createStyle(given.colour) };
  const blocks = [
    patchLines(report.base, report, options),
    ...report.patches.map((patch) => patchLines(patch, report, options)),
    wholeLines(report, options),
  ];
  return blocks.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function patchLines(patch: PatchReport, report: SeriesReport, options: Options): string[] {
  const { style, width } = options;
  const name = patch.number === 0 ? 'base' : `${patch.number}/${report.patches.length}`;
  const title = `${name}  ${patch.commit.slice(0, 12)} ${forTerminal(patch.subject)}`;
  return [
    style.bold(shorten(title, width)),
    ...patch.lanes.flatMap((lane) => laneLines(lane, patch, report, options)),
  ];
}

function laneLines(
  lane: LaneReport,
  patch: PatchReport,
  report: SeriesReport,
  options: Options,
): string[] {
  const { style, width } = options;
  const prefix = lane.name === '' ? '' : `${lane.name}: `;
  if (patch.number === 0) return [`  ${prefix}${statusWordsOf(lane)}`];
  const isBad = lane.problem !== null || lane.differences.some(startsToFail);
  const since =
    lane.problem === null && lane.comparedWith !== patch.number - 1
      ? ` (since ${patchName(lane.comparedWith, report)}: what comes between did not run)`
      : '';
  const words = wrap(`  ${prefix}${laneWords(lane).join(', ')}${since}`, width, '    ');
  return [
    ...words.map(isBad ? style.red : (line) => line),
    ...(lane.problem === null
      ? []
      : wrap(`    ${forTerminal(lane.problem.message)}`, width, '      ')),
    ...newSplats(lane).flatMap((splat) => wrap(`    new: ${forTerminal(splat)}`, width, '      ')),
    ...differenceLines(lane.differences, options),
  ];
}

function wholeLines(report: SeriesReport, options: Options): string[] {
  return [
    options.style.bold('the whole series against its base'),
    ...report.whole.flatMap(({ name, differences }) => [
      `  ${name === '' ? '' : `${name}: `}${differenceWords(differences).join(', ')}`,
      ...(report.patches.length > 1 ? differenceLines(differences, options) : []),
    ]),
  ];
}

/** What changed, told once for all the cases that share it. */
function differenceLines(differences: readonly CaseDifference[], options: Options): string[] {
  const { width } = options;
  const { shared, groups, oneSided } = group(differences);
  const shown = groups.slice(0, mostGroups);
  const left = groups.slice(shown.length).reduce((sum, { cases }) => sum + cases.length, 0);
  const only = (ids: readonly string[], where: string) =>
    ids.length === 0 ? [] : [`    only ${where}: ${namesOf(ids, mostIds)}`];
  return [
    ...shared.flatMap(({ told, ids }) => [
      ...wrap(`    ${plural(ids.length, 'case')}: ${namesOf(ids, mostIds)}`, width, '      '),
      ...told.flatMap((each) => toldLines(each, options)),
    ]),
    ...shown.flatMap(({ cases, main }) => [
      ...cases.flatMap(({ id, before, after }) =>
        wrap(
          `    ${id}${before === after || !after ? '' : `: ${before} → ${statusWords[after]}`}`,
          width,
          '      ',
        ),
      ),
      ...unsaid(main, cases[0]!).flatMap((each) => toldLines(each, options)),
    ]),
    ...(left === 0 ? [] : [`    and ${plural(left, 'case')} more (see --json)`]),
    ...only(oneSided.before, 'before'),
    ...only(oneSided.after, 'after'),
  ];
}

function toldLines({ what, before, after }: Told, { width, style }: Options): string[] {
  const value = (text: string) => forTerminal(shorten(text, longestValue));
  const [name, was, is] = [forTerminal(what), value(before), value(after)];
  if (name.length + was.length + is.length + 13 <= width)
    return [`        ${name}: ${style.red(was)} → ${style.green(is)}`];
  return [
    ...wrap(`        ${name}`, width, '          '),
    ...wrap(`        - ${was}`, width, '          ').map(style.red),
    ...wrap(`        + ${is}`, width, '          ').map(style.green),
  ];
}
