import { create } from 'xmlbuilder2';
import { forMarkup } from '../report/escape.ts';
import type { CaseResult } from '../report/results.ts';
import { type LaneReport, type PatchReport, type SeriesReport, startsToFail } from './judge.ts';

/**
 * The report of a series as JUnit XML: a suite for each patch, and for the base. A case counts as a
 * failure of the patch at which it starts to fail, and as skipped where it failed before.
 */
export function toJunit(report: SeriesReport): string {
  const testsuite = [report.base, ...report.patches].flatMap((patch) =>
    patch.lanes.map((lane) => suiteOf(patch, lane, report.patches.length)),
  );
  const sum = (key: '@tests' | '@failures' | '@errors' | '@skipped') =>
    testsuite.reduce((total, suite) => total + suite[key], 0);
  const testsuites = {
    '@name': 'xfrm-conform series',
    '@tests': sum('@tests'),
    '@failures': sum('@failures'),
    '@errors': sum('@errors'),
    '@skipped': sum('@skipped'),
    testsuite,
  };
  return `${create({ encoding: 'UTF-8' }, { testsuites }).end({ prettyPrint: true })}\n`;
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
  const testcase = [buildCase(lane, name), ...caseElements(patch, lane, name)];
  const count = (key: 'failure' | 'error' | 'skipped') =>
    testcase.filter((each) => key in each).length;
  return {
    '@name': name,
    '@tests': testcase.length,
    '@failures': count('failure'),
    '@errors': count('error'),
    '@skipped': count('skipped'),
    testcase,
  };
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
