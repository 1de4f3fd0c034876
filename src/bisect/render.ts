import { forTerminal } from '../report/escape.ts';
import { plural, shorten, wrap } from '../report/layout.ts';
import type { Style } from '../report/style.ts';
import type { CaseBisection } from './bisect.ts';
import { changeLines } from './change-lines.ts';
import type { First, Side } from './side.ts';
import { describeStanding, type Standing } from './standing.ts';

export interface RenderOptions {
  readonly width: number;
  readonly style: Style;
  readonly first: First;
  /** How a report names a commit or a release: "1a2b3c4d5e6f xfrm: …". */
  readonly describe: (id: string) => string;
  /** "commit", "release" */
  readonly unit: string;
}

/** Cases that came out alike are reported together, so many by name. */
const namedCases = 20;

/** The report: what was found, for all cases that share it. */
export function renderBisections(
  bisections: readonly CaseBisection[],
  options: RenderOptions,
): string {
  const groups = new Map<string, CaseBisection[]>();
  for (const each of bisections) {
    const key = JSON.stringify(each.outcome);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => renderGroup(group, options)).join('\n');
}

function renderGroup(group: readonly CaseBisection[], options: RenderOptions): string {
  const { width, style } = options;
  const [{ outcome, log }] = group as [CaseBisection];
  const [head = '', ...rest] = foundLines(outcome, options);
  const lines = [
    ...rest,
    ...group.slice(0, namedCases).flatMap((each) => caseLines(each, options)),
    ...(group.length > namedCases
      ? [`  and ${plural(group.length - namedCases, 'case')} more`]
      : []),
  ];
  // A command that is copied must not be broken.
  const replay = log === null ? [] : [style.dim(`  git bisect replay ${log}`)];
  return [
    ...wrap(head, width, '  ').map(style.bold),
    ...lines.flatMap((line) => wrap(line, width, '      ')),
    ...replay,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const what: Readonly<Record<First, string>> = {
  fail: 'first fails at',
  pass: 'first passes at',
  change: 'first changes at',
};

function foundLines(
  outcome: CaseBisection['outcome'],
  { first, describe, unit }: RenderOptions,
): string[] {
  switch (outcome.kind) {
    case 'found':
      return `${what[first]} ${describe(outcome.commit)}`.split('\n');
    case 'undecided':
      return [
        `${what[first]} one of these ${plural(outcome.commits.length, unit)}, of which some could not be judged:`,
        ...outcome.commits.map((commit) => `  ${describe(commit).split('\n')[0]}`),
      ];
    case 'merge-base-is-new':
      return [
        `is there already at ${describe(outcome.commit).split('\n')[0]}`,
        '  where the history of both ends parted: name an older commit as the good (old) end',
      ];
  }
}

function caseLines({ id, ends, change }: CaseBisection, options: RenderOptions): string[] {
  const before = change === null ? 'old end' : 'before';
  return [
    `  ${id}`,
    `    ${before}: ${forTerminal(describeStanding(ends.old))}`,
    `    after: ${forTerminal(describeStanding(ends.new))}`,
    ...changeLines(change?.difference ?? null).map(
      (line) => `      ${shorten(line, Math.max(options.width, 60) * 2)}`,
    ),
  ];
}

/** "good", "bad", "skip"; "passes" and so on where that is looked for. */
export function sideWord(side: Side, words: { old: string; new: string }): string {
  return typeof side === 'string' ? words[side] : 'skip';
}

/** "2 of 3 cases pass" or, of one, what it does. */
export function endSummary(standings: ReadonlyMap<string, Standing>): string {
  const all = [...standings.values()];
  if (all.length === 1) return forTerminal(describeStanding(all[0]!));
  const pass = all.filter(({ kind }) => kind === 'right').length;
  return `${pass} of ${plural(all.length, 'case')} pass`;
}
