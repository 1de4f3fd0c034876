import type { CaseDifference } from '../compare/compare.ts';
import { plural } from '../report/layout.ts';
import { countStatuses } from '../report/style.ts';
import { type LaneReport, type SeriesReport, startsToFail, startsToPass } from './judge.ts';

/** What a patch does, in a few words each: "builds and boots", "2 cases start to fail". */
export function laneWords({ problem, differences, isSameKernel }: LaneReport): string[] {
  if (problem !== null) return [`does not ${problem.what}`];
  if (isSameKernel) return ['builds the same kernel'];
  return ['builds and boots', ...differenceWords(differences)];
}

/** "2 cases start to fail", "1 case starts to pass", "3 cases change otherwise"; or "no case changes". */
export function differenceWords(differences: readonly CaseDifference[]): string[] {
  if (differences.length === 0) return ['no case changes'];
  const fail = differences.filter(startsToFail).length;
  const pass = differences.filter(startsToPass).length;
  const rest = differences.length - fail - pass;
  const words = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${plural(count, 'case')} ${count === 1 ? one : many}`];
  return [
    ...words(fail, 'starts to fail', 'start to fail'),
    ...words(pass, 'starts to pass', 'start to pass'),
    ...words(rest, 'changes', 'change'),
  ];
}

/** "712 pass, 4 skip" */
export function statusWordsOf({ results }: LaneReport): string {
  const counts = countStatuses(results.map(({ verdict }) => verdict.status));
  return counts.map(({ status, count }) => `${count} ${status}`).join(', ') || 'nothing ran';
}

/** What came up in kernel logs that was not there before: one line each, with its case. */
export function newSplats({ differences, results }: LaneReport): string[] {
  const crashed = new Set(
    differences
      .filter(({ after, before }) => after === 'crash' && before !== 'crash')
      .map(({ id }) => id),
  );
  return results.flatMap(({ id, crash }) =>
    crash !== null && crashed.has(id) ? [`${crash.title} (${id})`] : [],
  );
}

/** "patch 2/3" */
export function patchName(number: number, { patches }: Pick<SeriesReport, 'patches'>): string {
  return number === 0 ? 'the base' : `patch ${number}/${patches.length}`;
}
