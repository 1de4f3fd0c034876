import type { CaseDifference } from '../compare/compare.ts';
import { group, namesOf, unsaid } from '../compare/group.ts';
import type { Told } from '../compare/story.ts';
import { codeSpan } from '../report/code-span.ts';
import { forTerminal } from '../report/escape.ts';
import { plural, shorten } from '../report/layout.ts';
import type { LaneReport, PatchReport, SeriesReport } from './judge.ts';
import { differenceWords, laneWords, newSplats, patchName, statusWordsOf } from './summary.ts';

const mostIds = 4;
const mostGroups = 12;
const longestValue = 200;
/** What a mail holds in a line. */
const lineWidth = 72;

/**
 * The report of a series as Markdown that reads well as plain text, for a reply on the list. All that
 * a kernel said stands in code spans. Ends with a newline.
 */
export function renderMarkdown(report: SeriesReport, { tool }: { tool: string }): string {
  const blocks = [
    headLines(report, tool),
    ...report.patches.map((patch) => patchLines(patch, report)),
    wholeLines(report),
  ];
  return blocks.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function headLines({ base, patches }: SeriesReport, tool: string): string[] {
  return [
    `Ran ${plural(patches.length, 'patch').replace('patchs', 'patches')} on ${base.commit.slice(0, 12)} through ${tool}.`,
    '',
    ...base.lanes.map((lane) => `- base${laneSuffix(lane)}: ${statusWordsOf(lane)}`),
  ];
}

function laneSuffix({ name }: { name: string }): string {
  return name === '' ? '' : ` (${name})`;
}

function patchLines(patch: PatchReport, report: SeriesReport): string[] {
  const subject = shorten(forTerminal(patch.subject).replace(/`/g, "'"), 120);
  return [
    `### ${patch.number}/${report.patches.length} ${subject}`,
    ...patch.lanes.flatMap((lane) => ['', ...laneLines(lane, patch, report)]),
  ];
}

function laneLines(lane: LaneReport, patch: PatchReport, report: SeriesReport): string[] {
  const { problem, comparedWith, differences } = lane;
  const since =
    problem === null && comparedWith !== patch.number - 1
      ? ` (since ${patchName(comparedWith, report)})`
      : '';
  const words = laneWords(lane).join(', ');
  const isPlain = problem === null && differences.length === 0;
  const title = `${lane.name === '' ? '' : `${lane.name}: `}${words}${since}`;
  return [
    isPlain ? `${title}.` : `**${title}.**`,
    ...(problem === null ? [] : ['', `- ${codeSpan(problem.message)}`]),
    ...newSplats(lane).map((splat) => `- new: ${codeSpan(splat)}`),
    ...differenceLines(differences),
  ];
}

function wholeLines(report: SeriesReport): string[] {
  return [
    '### The whole series against its base',
    '',
    ...report.whole.map(
      (lane) =>
        `- ${lane.name === '' ? '' : `${lane.name}: `}${differenceWords(lane.differences).join(', ')}`,
    ),
  ];
}

function differenceLines(differences: readonly CaseDifference[]): string[] {
  const { shared, groups, oneSided } = group(differences);
  const shown = groups.slice(0, mostGroups);
  const left = groups.slice(shown.length).reduce((sum, { cases }) => sum + cases.length, 0);
  const lines = [
    ...shared.flatMap(({ told, ids }) => [
      `- ${plural(ids.length, 'case')}: ${codeSpan(namesOf(ids, mostIds))}`,
      ...told.flatMap(toldLines),
    ]),
    ...shown.flatMap(({ cases, main }) => {
      const { before, after } = cases[0]!;
      const verdicts = before === after ? '' : `: ${before} → ${after}`;
      return [
        `- ${cases.map(({ id }) => codeSpan(id)).join(', ')}${verdicts}`,
        ...unsaid(main, cases[0]!).flatMap(toldLines),
      ];
    }),
    ...(left === 0 ? [] : [`- and ${plural(left, 'case')} more`]),
    ...oneSided.before.map((id) => `- ${codeSpan(id)} only before`),
    ...oneSided.after.map((id) => `- ${codeSpan(id)} only after`),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

function toldLines({ what, before, after }: Told): string[] {
  const [name, was, is] = [what, before, after].map((text) =>
    codeSpan(shorten(text, longestValue)),
  );
  const line = `  - ${name}: ${was} → ${is}`;
  return line.length <= lineWidth ? [line] : [`  - ${name}:`, `    ${was} →`, `    ${is}`];
}
