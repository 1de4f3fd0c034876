import { forMarkup } from '../report/escape.ts';
import { junitDocument, junitSuite } from '../report/junit-document.ts';
import type { CaseResult } from '../report/results.ts';
import { type LaneReport, type PatchReport, type SeriesReport, startsToFail } from './judge.ts';

/**
 * The report of a series as JUnit XML: a suite for each patch, and for the base. A case counts as a
 * failure of the patch at which it starts to fail, and as skipped where it failed before.
 */
export function toJunit(report: SeriesReport): string {
  const suites = [report.base, ...report.patches].flatMap((patch) =>
    patch.lanes.map((lane) => suiteOf(patch, lane, report.patches.length)),
  );
  return junitDocument('xfrm-conform series', suites);
}

interface TestCase {
  '@name': string;
  '@classname': string;
  failure?: object;
  error?: object;
  skipped?: object;
}

function suiteOf(patch: PatchReport, lane: LaneReport, total: number) {
  const place = patch.number === 0 ? 'base' : `${patch.number}/${total}`;
  const name = [place, lane.name, forMarkup(patch.subject)].filter(Boolean).join(' ');
  return junitSuite(name, [buildCase(lane, name), ...caseElements(patch, lane, name)]);
}

function buildCase({ problem }: LaneReport, suite: string): TestCase {
  const element = { '@name': 'builds and boots', '@classname': suite };
  if (problem === null) return element;
  const message = forMarkup(problem.message);
  return { ...element, failure: { '@message': `does not ${problem.what}`, '#': message } };
}

function caseElements(patch: PatchReport, lane: LaneReport, suite: string): TestCase[] {
  const starts = new Set(lane.differences.filter(startsToFail).map(({ id }) => id));
  return lane.results.map((result) => ({
    '@name': result.id,
    '@classname': suite,
    ...outcome(result, patch.number > 0 && starts.has(result.id)),
  }));
}

function outcome({ verdict, crash }: CaseResult, isNew: boolean) {
  const reason = forMarkup(crash?.title ?? verdict.reason ?? verdict.status);
  if (isNew) return { failure: { '@message': reason, '#': forMarkup(crash?.log ?? reason) } };
  switch (verdict.status) {
    case 'pass':
      return {};
    case 'fail':
    case 'crash':
      return { skipped: { '@message': `not new: ${reason}` } };
    case 'broken':
      return { error: { '@message': reason } };
    default:
      return { skipped: { '@message': `${verdict.status}: ${reason}` } };
  }
}
