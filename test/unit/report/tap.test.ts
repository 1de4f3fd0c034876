import { Parser } from 'tap-parser';
import { describe, expect, it } from 'vitest';
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
  suite,
  unexpected,
  verdict,
} from './fixtures.ts';

const problem = { message: 'It printed nothing.', console: 'the end\x1b[2J' };

const tap = toTap(
  run(
    kernel(
      'debian:7.3.4',
      ['a/pass', 'a/fail', 'a/crash', 'b/unexpected', 'b/deviation', 'b/skip', 'b/broken'].map(
        (id, index) =>
          [result, failed, crashed, unexpected, deviating, skipped, broken][index]!(id),
      ),
    ),
    kernel('debian:7.1.13', suite()),
    kernel('image:/tmp/hash # and {', [], { problem }),
  ),
);

/** The document as an independent parser reads it. */
function parse(text: string) {
  const kernels: { name: string; points: Record<string, unknown>[] }[] = [];
  const parser = new Parser({ strict: true });
  parser.on('child', (child: Parser) => {
    const points: Record<string, unknown>[] = [];
    child.on('assert', (point: object) => points.push({ ...point }));
    child.on('complete', () => kernels.push({ name: child.name, points }));
  });
  const top: Record<string, unknown>[] = [];
  parser.on('assert', (point: object) => top.push({ ...point }));
  parser.end(text);
  return { kernels, top, results: parser.results! };
}

describe('toTap', () => {
  const { kernels, top, results } = parse(tap);
  const points = Object.fromEntries(kernels[0]!.points.map((point) => [point.name, point]));

  it('is TAP 14, a subtest for each kernel', () => {
    expect(tap.split('\n')[0]).toBe('TAP version 14');
    expect(results).toMatchObject({ count: 3, fail: 2, bailout: false });
    expect(results.failures.filter((failure) => 'tapError' in failure && failure.tapError)).toEqual(
      [],
    );
    expect(top.map(({ name, ok }) => [name, ok])).toEqual([
      ['debian:7.3.4', false],
      ['debian:7.1.13', true],
      ['image:/tmp/hash # and', false],
    ]);
    expect(kernels[1]!.points.every(({ ok, skip, todo }) => ok && !skip && !todo)).toBe(true);
  });

  it('tells verdicts apart', () => {
    expect(points['a/pass']).toMatchObject({ ok: true, skip: false, todo: false });
    expect(points['a/fail']).toMatchObject({ ok: false, diag: { severity: 'fail' } });
    expect(points['a/crash']).toMatchObject({ ok: false, diag: { severity: 'crash' } });
    expect(points['b/unexpected']).toMatchObject({
      ok: false,
      diag: { severity: 'unexpected-pass' },
    });
    expect(points['b/broken']).toMatchObject({ ok: false, diag: { severity: 'broken' } });
    expect(points['b/skip']).toMatchObject({ ok: true, skip: 'CONFIG_NETDEVSIM is not set' });
    expect(points['b/deviation']).toMatchObject({
      ok: false,
      todo: 'The documentation says ESRCH, the code says EINVAL.',
    });
  });

  it('carries what was expected and observed', () => {
    expect(points['a/fail']?.diag).toMatchObject({
      kind: 'full',
      differences: [
        { path: 'reply', observed: 'EINVAL: Cannot change the encapsulation of an offloaded SA' },
        { path: 'after.encap', expected: 'absent' },
      ],
      replies: [
        {
          request: 'XFRM_MSG_MIGRATE_STATE',
          errno: 'EINVAL',
          extack: 'Cannot change the encapsulation of an offloaded SA',
        },
      ],
      log: 'xfrm: something was logged\nand \\x1b[31msomething hostile\\x1b[0m',
      again: 'scripts/run --kernel debian:7.3.4 --case a/fail',
    });
    expect(points['a/fail']?.time).toBe(4.2);
    expect(points['a/pass']?.diag).toMatchObject({ replies: [{ errno: 'OK', extack: null }] });
  });

  it('carries errno and extack of an expected reply in parts', () => {
    const differs = verdict('fail', {
      mismatches: [
        {
          path: 'reply',
          expected: 'EINVAL: Invalid SPI 0x0',
          observed: 'OK',
          reply: {
            expected: { errno: 'EINVAL', extack: 'Invalid SPI 0x0' },
            observed: { errno: 'OK', extack: null },
          },
        },
      ],
    });
    const text = toTap(run(kernel('debian:7.3.4', [result('a/b', { verdict: differs })])));
    expect(parse(text).kernels[0]!.points[0]!.diag).toMatchObject({
      message: 'reply: expected EINVAL: Invalid SPI 0x0, observed OK',
      differences: [
        {
          expected: { errno: 'EINVAL', extack: 'Invalid SPI 0x0' },
          observed: { errno: 'OK', extack: null },
        },
      ],
    });
  });

  it('says that a kernel did not give all its verdicts', () => {
    expect(kernels[2]!.points).toMatchObject([
      {
        ok: false,
        diag: { message: 'It printed nothing.', severity: 'broken', console: 'the end\\x1b[2J' },
      },
    ]);
  });

  it('lets no byte of a guest start a line or end a block', () => {
    const hostile = '\n  ...\nok 2 - forged\nBail out! now\r\x1b[2J# TODO \ud800';
    const id = 'a/hostile';
    const requests = [{ ...subject, reply: reply('EINVAL', hostile) }];
    const forged = result(id, {
      verdict: verdict('skip', { reason: `${hostile} {` }),
      record: record(id, { requests, kernelLog: [hostile] }),
    });
    const text = toTap(run(kernel(`image:${hostile}`, [forged])));
    const parsed = parse(text);
    expect(parsed.results).toMatchObject({ count: 1, bailout: false });
    expect(parsed.kernels[0]!.points).toHaveLength(1);
    expect(text).not.toMatch(/[^\n\x20-\x7e]/);
  });

  it('keeps a hash and a backslash in a reason from being a directive', () => {
    const reason = 'see \\# TODO none';
    const odd = result('a/b', { verdict: verdict('skip', { reason }) });
    const [point] = parse(toTap(run(kernel('debian:7.3.4', [odd])))).kernels[0]!.points;
    expect(point).toMatchObject({ ok: true, skip: reason, todo: false });
    const [named] = parse(toTap(run(kernel('image:/a # TODO b', [])))).top;
    expect(named).toMatchObject({ name: 'image:/a # TODO b', todo: false });
  });

  it('says when a run was interrupted, or had nothing to run', () => {
    expect(toTap({ ...run(), interrupted: true })).toContain('# interrupted');
    expect(parse(toTap(run(kernel('debian:7.3.4', [])))).results.ok).toBe(true);
  });
});
