/// <reference path="./tap-junit.d.ts" />
import serialize from 'tap-junit/src/serialize.js';
import { type FinalResults, Parser, type Result } from 'tap-parser';
import { create } from 'xmlbuilder2';
import { stringify } from 'yaml';
import { junitDocument, junitSuite } from './junit-document.ts';

/**
 * JUnit XML, made by tap-junit from our TAP: a test suite for each subtest, that is for each kernel.
 *
 * tap-junit knows one suite and no deviations; what it lacks is added here: class names and times,
 * why a case was skipped, the whole diagnosis as text, and the difference between a failure of the
 * kernel (`failure`) and one of ours (`error`).
 */
export function toJunit(tap: string): string {
  return junitDocument('xfrm-conform', subtests(tap).map(suiteOf));
}

interface Subtest {
  name: string;
  points: readonly Result[];
  results: FinalResults;
}

function subtests(tap: string): Subtest[] {
  const found: Subtest[] = [];
  const parser = new Parser();
  parser.on('child', (child: Parser) => {
    const points: Result[] = [];
    child.on('assert', (point: Result) => points.push(point));
    child.on('complete', (results: FinalResults) =>
      found.push({ name: child.name, points, results }),
    );
  });
  parser.end(withoutOtherDetails(tap));
  return found;
}

/**
 * JUnit shows nothing of a case that passes or deviates as known but its time; reading the rest would
 * take the longest.
 */
function withoutOtherDetails(tap: string): string {
  const point = String.raw`(?:ok \d+ - .*|not ok \d+ - .* # TODO .*)`;
  const block = String.raw`\n\1 {2}---\n([\s\S]*?)\n\1 {2}\.\.\.$`;
  const shown = new RegExp(`^( *)(${point})${block}`, 'gm');
  return tap.replace(shown, (_, indent: string, line: string, details: string) => {
    const time = details.split('\n').find((each) => each.startsWith(`${indent}  duration_ms: `));
    return time === undefined
      ? `${indent}${line}`
      : `${indent}${line}\n${indent}  ---\n${time}\n${indent}  ...`;
  });
}

/** What tap-junit makes of a test point. */
interface TestCase {
  '@name': string;
  skipped?: object;
  failure?: object;
}

function suiteOf({ name, points, results }: Subtest) {
  // Of a pass it tells the name alone, and to read its XML takes longer than to make it.
  const telling = points.filter(({ ok, skip, todo }) => !ok || skip !== false || todo !== false);
  const told = testCasesOf(serialize(telling, results, { name: 'xfrm-conform', classname: name }));
  const byPoint = new Map(telling.map((point, index) => [point, told[index]!]));
  const finished = points.map((point) =>
    finish(byPoint.get(point) ?? { '@name': point.name }, point, name),
  );
  const seconds = finished.reduce((total, testCase) => total + Number(testCase['@time']), 0);
  return junitSuite(name, finished, { '@time': seconds.toFixed(3) });
}

function testCasesOf(xml: string): TestCase[] {
  const made = create(xml).end({ format: 'object' }) as unknown as {
    testsuites: { testsuite: { testcase?: TestCase | TestCase[] } };
  };
  return [made.testsuites.testsuite.testcase ?? []].flat();
}

function finish({ '@name': caseName, skipped, failure }: TestCase, point: Result, suite: string) {
  const topic = caseName.slice(0, Math.max(0, caseName.lastIndexOf('/')));
  const diagnosis = point.diag as { severity?: string } | null;
  const attributes = {
    '@name': caseName,
    // Reports group by class: the kernel, then the topic.
    '@classname': [suite, topic].filter(Boolean).join('.'),
    // The parser takes duration_ms out of the YAML block.
    '@time': ((point.time ?? 0) / 1000).toFixed(3),
  };
  if (skipped !== undefined)
    return { ...attributes, skipped: { '@message': reasonOf(point.skip) } };
  if (point.todo !== false) {
    return { ...attributes, skipped: { '@message': `known deviation: ${reasonOf(point.todo)}` } };
  }
  if (failure === undefined) return attributes;
  const element = { ...failure, '#': stringify(diagnosis ?? {}, { lineWidth: 0 }) };
  // Ours to answer for, and no word about the kernel.
  return diagnosis?.severity === 'broken'
    ? { ...attributes, error: element }
    : { ...attributes, failure: element };
}

function reasonOf(directive: string | boolean): string {
  return typeof directive === 'string' ? directive : '';
}
