import type { CaseDifference } from '../compare/compare.ts';
import type { LaneReport, PatchReport, SeriesReport } from './judge.ts';

/** The report of a series as JSON, every place of every case that changes. Ends with a newline. */
export function toJson(report: SeriesReport, tool: object): string {
  const document = {
    schema: 'xfrm-conform/series/1',
    tool,
    base: patchOf(report.base),
    patches: report.patches.map(patchOf),
    whole: report.whole.map(({ name, differences }) => ({
      name,
      differences: differences.map(differenceOf),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function patchOf({ number, commit, subject, lanes }: PatchReport) {
  return { number, commit, subject, lanes: lanes.map(laneOf) };
}

function laneOf({ name, problem, results, differences, comparedWith, isSameKernel }: LaneReport) {
  return {
    ...{ name, problem, isSameKernel, comparedWith },
    verdicts: Object.fromEntries(results.map(({ id, verdict }) => [id, verdict.status])),
    crashes: results.flatMap(({ id, crash }) => (crash === null ? [] : [{ id, ...crash }])),
    differences: differences.map(differenceOf),
  };
}

function differenceOf({ id, on, before, after, changes }: CaseDifference) {
  return { id, on, before, after, changes };
}
