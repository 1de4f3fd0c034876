import type { KernelResult } from '../report/results.ts';
import type { VerdictStatus } from '../verdict/verdict.ts';
import { type CaseDifference, compareResults } from './compare.ts';

/** One kernel's results, and where they are from. */
export interface Side {
  readonly result: KernelResult;
  /** "recorded in before.json", "run now" */
  readonly origin: string;
  /** The version and commit of xfrm-conform that ran the cases. */
  readonly tool: { readonly version: string; readonly commit: string | null };
}

export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** Cases on both sides of which both say something. */
  readonly compared: number;
  readonly differences: readonly CaseDifference[];
  /** Cases that did not run on one side, by a failure of ours: no word about the kernel. */
  readonly notCompared: readonly NotCompared[];
  /** What else the reader must know, a sentence each. */
  readonly notes: readonly string[];
}

export interface NotCompared {
  readonly id: string;
  readonly side: 'before' | 'after';
  readonly reason: string;
}

/** Sets two kernels' results against each other. */
export function compareSides(before: Side, after: Side): Comparison {
  const silent = [...silentCases(before.result, 'before'), ...silentCases(after.result, 'after')];
  const ids = new Set(silent.map(({ id }) => id));
  const speaking = ({ cases }: KernelResult) => ({ cases: cases.filter(({ id }) => !ids.has(id)) });
  const here = speaking(before.result);
  const there = new Set(speaking(after.result).cases.map(({ id }) => id));
  return {
    before,
    after,
    compared: here.cases.filter(({ id }) => there.has(id)).length,
    differences: compareResults(here, speaking(after.result)),
    notCompared: silent,
    notes: notes(before, after),
  };
}

function silentCases({ cases, problem }: KernelResult, side: NotCompared['side']): NotCompared[] {
  return cases.flatMap(({ id, verdict, record, crash }) =>
    verdict.status === 'broken' && record === null && crash === null
      ? [{ id, side, reason: problem?.message ?? verdict.reason ?? 'The case did not run.' }]
      : [],
  );
}

function notes(before: Side, after: Side): string[] {
  const sides = [before, after];
  const said = sides.flatMap(({ result: { kernel, problem } }) =>
    problem === null ? [] : [`${kernel.spec} has not all results: ${problem.message}`],
  );
  const [a, b] = sides.map(
    ({ tool }) => `${tool.version}${tool.commit === null ? '' : ` (${tool.commit.slice(0, 12)})`}`,
  );
  if (a !== b)
    said.push(
      `The sides were run by xfrm-conform ${a} and ${b}: a case may have been changed in between.`,
    );
  return said;
}

/** Whether anything is missing that the comparison should have had. */
export function isIncomplete({ before, after, notCompared }: Comparison): boolean {
  return (
    notCompared.length > 0 ||
    [before, after].some(({ result }) => result.problem !== null || result.cases.length === 0)
  );
}

export interface Transition {
  readonly before: VerdictStatus;
  readonly after: VerdictStatus;
  readonly count: number;
}

/** How often which verdict became which, the most frequent first. */
export function transitions(differences: readonly CaseDifference[]): Transition[] {
  const counts = new Map<string, Transition>();
  for (const { before, after } of differences) {
    if (before === undefined || after === undefined || before === after) continue;
    const key = `${before} ${after}`;
    counts.set(key, { before, after, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
