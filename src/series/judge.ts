import type { Examiner } from '../bisect/examiner.ts';
import type { Step } from '../bisect/step.ts';
import { type CaseDifference, compareResults } from '../compare/compare.ts';
import { HarnessError } from '../error.ts';
import type { CaseResult } from '../report/results.ts';
import type { VerdictStatus } from '../verdict/verdict.ts';

/** How the kernels of a series are built, e.g. with SA migration and without. */
export interface Lane {
  /** Empty when there is only one. */
  readonly name: string;
  readonly examiner: Pick<Examiner, 'examine'>;
}

export interface SeriesCommit {
  /** From 1; 0 is the base. */
  readonly number: number;
  readonly commit: string;
  readonly subject: string;
}

/** What one patch does in one lane. */
export interface LaneReport {
  readonly name: string;
  readonly problem: Step['problem'];
  readonly results: readonly CaseResult[];
  /** Against the nearest commit before that ran; empty when this one did not run. */
  readonly differences: readonly CaseDifference[];
  /** The number of that commit. */
  readonly comparedWith: number;
  /** Nothing that is built differs from there. */
  readonly isSameKernel: boolean;
}

export interface PatchReport extends SeriesCommit {
  readonly lanes: readonly LaneReport[];
}

export interface SeriesReport {
  readonly base: PatchReport;
  readonly patches: readonly PatchReport[];
  /** The last patch that ran against the base, lane by lane. */
  readonly whole: readonly {
    readonly name: string;
    readonly differences: readonly CaseDifference[];
  }[];
}

/** Told of each commit when it is judged. */
export type Told = (report: PatchReport, total: number) => void;

/**
 * Builds and runs each commit of a series, and compares it with the one before it. Throws a
 * HarnessError when the base does not build or boot: then there is nothing to compare with.
 */
export async function judgeSeries(
  base: SeriesCommit,
  commits: readonly SeriesCommit[],
  lanes: readonly Lane[],
  told: Told,
): Promise<SeriesReport> {
  const before = new Map<string, Ran>();
  const kernels = new Map<string, string>();
  const judge = async (commit: SeriesCommit): Promise<PatchReport> => {
    const reports: LaneReport[] = [];
    for (const { name, examiner } of lanes) {
      const { step, source } = await examiner.examine(commit.commit);
      // Which commit's kernel it is: that of an earlier one where nothing that is built differs.
      const kernel =
        typeof source === 'object' ? (kernels.get(source.sameAs) ?? source.sameAs) : commit.commit;
      kernels.set(commit.commit, kernel);
      const report = reportOf(name, step, kernel, before.get(name));
      if (report.problem === null)
        before.set(name, { number: commit.number, kernel, results: report.results });
      reports.push(report);
    }
    return { ...commit, lanes: reports };
  };
  const baseReport = await judge(base);
  refuseBase(baseReport);
  told(baseReport, commits.length);
  const patches: PatchReport[] = [];
  for (const commit of commits) {
    const report = await judge(commit);
    patches.push(report);
    told(report, commits.length);
  }
  const whole = lanes.map(({ name }, index) => ({
    name,
    differences: compareResults(
      { cases: baseReport.lanes[index]!.results },
      { cases: before.get(name)!.results },
    ),
  }));
  return { base: baseReport, patches, whole };
}

interface Ran {
  readonly number: number;
  /** The commit that this kernel was built from, or could have been. */
  readonly kernel: string;
  readonly results: readonly CaseResult[];
}

function reportOf(
  name: string,
  { problem, runs }: Step,
  kernel: string,
  before: Ran | undefined,
): LaneReport {
  const results = problem === null ? (runs[0]?.cases ?? []) : [];
  const differences =
    before === undefined || problem !== null
      ? []
      : compareResults({ cases: before.results }, { cases: results });
  return {
    ...{ name, problem, results, differences },
    comparedWith: before?.number ?? 0,
    isSameKernel: problem === null && before?.kernel === kernel,
  };
}

function refuseBase({ lanes, commit }: PatchReport): void {
  for (const { problem, name } of lanes) {
    if (problem === null) continue;
    const how = name === '' ? '' : ` (${name})`;
    throw new HarnessError(
      `The base ${commit.slice(0, 12)}${how} does not ${problem.what}, so that there is nothing to compare with: name another base (${problem.message})`,
    );
  }
}

const failing: readonly (VerdictStatus | undefined)[] = ['fail', 'crash'];

/** Whether a case starts to fail, or fails where it crashed not before. */
export function startsToFail({ before, after }: CaseDifference): boolean {
  if (!failing.includes(after)) return false;
  return !failing.includes(before) || (after === 'crash' && before !== 'crash');
}

export function startsToPass({ before, after }: CaseDifference): boolean {
  return after === 'pass' && before !== 'pass';
}

/** 1: a patch breaks the build, the boot or a case; 3: something could not be judged; otherwise 0. */
export function seriesStatus({ patches }: SeriesReport): 0 | 1 | 3 {
  const lanes = patches.flatMap((patch) => patch.lanes);
  const breaks = ({ problem, differences }: LaneReport) =>
    problem !== null || differences.some(startsToFail);
  if (lanes.some(breaks)) return 1;
  const isBroken = ({ results }: LaneReport) =>
    results.length === 0 || results.some(({ verdict }) => verdict.status === 'broken');
  return lanes.some(isBroken) ? 3 : 0;
}
