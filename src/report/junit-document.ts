import { create } from 'xmlbuilder2';

/** A JUnit suite as xmlbuilder2 takes it: attributes, and elements as they are called. */
export interface JunitSuite {
  readonly '@tests': number;
  readonly '@failures': number;
  readonly '@errors': number;
  readonly '@skipped': number;
  readonly [part: string]: unknown;
}

/** A suite of these elements, with its counts. */
export function junitSuite(name: string, testcase: readonly object[], more = {}): JunitSuite {
  const count = (key: 'failure' | 'error' | 'skipped') =>
    testcase.filter((each) => key in each).length;
  return {
    '@name': name,
    '@tests': testcase.length,
    '@failures': count('failure'),
    '@errors': count('error'),
    '@skipped': count('skipped'),
    ...more,
    testcase,
  };
}

/** A JUnit document of these suites, with their sums. */
export function junitDocument(name: string, suites: readonly JunitSuite[]): string {
  const sum = (key: '@tests' | '@failures' | '@errors' | '@skipped') =>
    suites.reduce((total, suite) => total + suite[key], 0);
  const testsuites = {
    '@name': name,
    '@tests': sum('@tests'),
    '@failures': sum('@failures'),
    '@errors': sum('@errors'),
    '@skipped': sum('@skipped'),
    testsuite: suites,
  };
  return `${create({ encoding: 'UTF-8' }, { testsuites }).end({ prettyPrint: true })}\n`;
}
