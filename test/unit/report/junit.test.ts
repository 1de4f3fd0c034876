import { describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import { toJunit } from '../../../src/report/junit.ts';
import { toTap } from '../../../src/report/tap.ts';
import {
  broken,
  crashed,
  deviating,
  failed,
  kernel,
  record,
  reply,
  result,
  run,
  skipped,
  subject,
  unexpected,
  verdict,
} from './fixtures.ts';

interface Suite {
  [attribute: `@${string}`]: string;
  testcase: TestCase[];
}
interface TestCase {
  [attribute: `@${string}`]: string;
  failure?: { [attribute: `@${string}`]: string; '#': string };
  error?: { [attribute: `@${string}`]: string; '#': string };
  skipped?: { [attribute: `@${string}`]: string };
}

const ids = [
  'a/x/pass',
  'a/x/fail',
  'a/x/crash',
  'b/x/unexpected',
  'b/x/deviation',
  'b/x/skip',
  'b/x/broken',
];
const makers = [result, failed, crashed, unexpected, deviating, skipped, broken];
const cases = ids.map((id, index) => makers[index]!(id));

function read(xml: string): { [attribute: `@${string}`]: string; testsuite: Suite[] } {
  const { testsuites } = create(xml).end({ format: 'object' }) as never;
  // The object has its texts as they were written in the document.
  return JSON.parse(JSON.stringify(testsuites).replaceAll('&lt;', '<').replaceAll('&gt;', '>'));
}

describe('toJunit', () => {
  const problem = { message: 'It printed nothing.', console: 'the end' };
  const xml = toJunit(
    toTap(
      run(kernel('debian:7.3.4', cases), kernel('debian:7.1.13', cases.slice(0, 2), { problem })),
    ),
  );
  const { testsuite: suites, ...totals } = read(xml);
  const byName = Object.fromEntries(suites[0]!.testcase.map((each) => [each['@name'], each]));

  it('has a suite for each kernel and the right totals', () => {
    expect(suites.map((suite) => suite['@name'])).toEqual(['debian:7.3.4', 'debian:7.1.13']);
    expect(suites[0]).toMatchObject({
      '@tests': '7',
      '@failures': '3',
      '@errors': '1',
      '@skipped': '2',
      '@time': '0.020',
    });
    expect(totals).toMatchObject({
      '@tests': '10',
      '@failures': '4',
      '@errors': '2',
      '@skipped': '2',
    });
  });

  it('names each case by kernel and topic', () => {
    expect(suites[0]!.testcase.map((each) => each['@name'])).toEqual(ids);
    expect(byName['a/x/pass']).toEqual({
      '@name': 'a/x/pass',
      '@classname': 'debian:7.3.4.a/x',
      '@time': '0.004',
    });
  });

  it('shows a failure with its message and the whole diagnosis', () => {
    expect(byName['a/x/fail']?.failure).toMatchObject({ '@type': 'fail' });
    expect(byName['a/x/fail']?.failure?.['@message']).toContain(
      'reply: expected OK, observed EINVAL',
    );
    const text = byName['a/x/fail']?.failure?.['#'];
    expect(text).toContain('errno: EINVAL');
    expect(text).toContain('extack: Cannot change the encapsulation of an offloaded SA');
    expect(text).toContain('again: scripts/run --kernel debian:7.3.4 --case a/x/fail');
  });

  it('shows a crash with its title, fingerprint and log', () => {
    expect(byName['a/x/crash']?.failure).toMatchObject({ '@type': 'crash' });
    expect(byName['a/x/crash']?.failure?.['@message']).toContain('KASAN: slab-use-after-free');
    const text = byName['a/x/crash']?.failure?.['#'];
    expect(text).toContain('fingerprint: __xfrm_state_delete < xfrm_state_delete');
    expect(text).toContain('BUG: KASAN');
  });

  it('keeps known deviations and skips apart from failures, with their reasons', () => {
    expect(byName['b/x/skip']?.skipped).toEqual({ '@message': 'CONFIG_NETDEVSIM is not set' });
    expect(byName['b/x/deviation']).toEqual(
      expect.not.objectContaining({ failure: expect.anything() }),
    );
    expect(byName['b/x/deviation']?.skipped?.['@message']).toBe(
      'known deviation: The documentation says ESRCH, the code says EINVAL.',
    );
  });

  it('makes what is ours to answer for an error', () => {
    expect(byName['b/x/broken']?.error).toMatchObject({ '@type': 'broken' });
    expect(byName['b/x/broken']).not.toHaveProperty('failure');
    expect(suites[1]!.testcase.at(-1)).toMatchObject({
      '@name': 'debian:7.1.13 gave all its verdicts',
      error: { '@message': 'It printed nothing.' },
    });
  });

  it('stays well-formed whatever a guest writes', () => {
    const hostile = ']]></failure><!-- &\0\x1b[31m \ud800\ufffe <![CDATA[ "\'\n---\n...\n漢';
    const id = 'a/x/hostile';
    const bad = result(id, {
      verdict: verdict('fail', {
        mismatches: [{ path: hostile, expected: hostile, observed: hostile }],
      }),
      record: record(id, {
        requests: [{ ...subject, reply: reply('EINVAL', hostile) }],
        kernelLog: [hostile],
      }),
    });
    const text = toJunit(toTap(run(kernel(`image:${hostile}`, [bad]))));
    // XML 1.0, 2.2
    expect(text).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
    const [testcase] = [read(text).testsuite].flat().flatMap((suite) => [suite.testcase].flat());
    expect(testcase?.['@name']).toBe(id);
    expect(testcase?.failure?.['#']).toContain('</failure>');
  });

  it('is a document even when there is nothing', () => {
    expect(read(toJunit(toTap(run())))).toMatchObject({ '@tests': '0' });
    expect(toJunit(toTap(run(kernel('debian:7.3.4', []))))).toContain('name="debian:7.3.4"');
  });
});
