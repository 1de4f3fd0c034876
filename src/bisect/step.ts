import type { CaseResult, KernelResult } from '../report/results.ts';

/** What has been learned of one commit, or of one kernel that is not built. */
export interface Step {
  /** A commit's hash, or a kernel spec. */
  readonly id: string;
  /** Why it cannot run anything; null when it can. */
  readonly problem: { readonly what: 'build' | 'boot'; readonly message: string } | null;
  /** One for each time that the cases ran. */
  readonly runs: readonly KernelResult[];
  /** Where the kernel that was built is kept; null when it was not built by us. */
  readonly artifact: string | null;
}

/** The results of one case, one for each run that had it. */
export function resultsOf(step: Step, id: string): CaseResult[] {
  return step.runs.flatMap(({ cases }) => cases.find((result) => result.id === id) ?? []);
}

/** Adds a run of further cases to one that there was. */
export function mergeRuns(before: KernelResult | undefined, added: KernelResult): KernelResult {
  if (before === undefined) return added;
  const fresh = new Set(added.cases.map(({ id }) => id));
  return {
    ...added,
    boots: [...before.boots, ...added.boots],
    cases: [...before.cases.filter(({ id }) => !fresh.has(id)), ...added.cases],
    durationMs: before.durationMs + added.durationMs,
  };
}
