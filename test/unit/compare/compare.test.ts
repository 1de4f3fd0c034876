import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { changesBetween } from '../../../src/compare/changes.ts';
import { compareResults, failureSignature } from '../../../src/compare/compare.ts';
import type { CaseResult } from '../../../src/report/results.ts';
import { findSplat } from '../../../src/verdict/splat.ts';
import {
  crashed,
  deviating,
  failed,
  kernel,
  record,
  reply,
  result,
  skipped,
  subject,
  verdict,
} from '../report/fixtures.ts';

const id = 'migrate/a/b';

function compared(before: CaseResult, after: CaseResult) {
  return compareResults({ cases: [before] }, { cases: [after] });
}

function observing(observation: object) {
  return result(id, { record: record(id, { observation: observation as never }) });
}

describe('changes between values', () => {
  test.each([
    ['equal', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['a member', { a: 1, b: 2 }, { a: 1, b: 3 }, [[['b'], 2, 3]]],
    ['a missing member', { a: 1 }, {}, [[['a'], 1, undefined]]],
    ['a missing one is not null', { a: null }, {}, [[['a'], null, undefined]]],
    ['a list of one length', [1, 2], [1, 3], [[['1'], 2, 3]]],
    ['a longer list', [1, 2, 2], [2, 3], [[[], [1, 2], [3]]]],
    ['the same in another order', [1, 2, 3], [2, 1], [[[], [3], []]]],
    ['another type', { a: [] }, { a: {} }, [[['a'], [], {}]]],
    ['an inherited name', {}, { constructor: 1 }, [[['constructor'], undefined, 1]]],
  ])('%s', (_, before, after, expected) => {
    const changes = changesBetween(before, after);
    expect(changes.map(({ path, before: a, after: b }) => [path, a, b])).toEqual(expected);
  });

  test('an extack that is missing is an empty one', () => {
    const { extack } = reply('EINVAL', 'Invalid SPI');
    expect(changesBetween({ extack: null }, { extack } as never)).toEqual([
      { path: ['extack', 'message'], before: null, after: 'Invalid SPI' },
    ]);
  });
});

describe('two kernels', () => {
  test('that do the same do not differ', () => {
    const cases = [result(id), failed('migrate/a/c'), crashed('migrate/a/d')];
    expect(compareResults(kernel('debian:7.3.4', cases), kernel('debian:7.1.13', cases))).toEqual(
      [],
    );
  });

  test('differ in verdict, errno and extack text', () => {
    const refused = result(id, {
      verdict: verdict('fail'),
      record: record(id, { requests: [{ ...subject, reply: reply('EINVAL', 'Invalid SPI') }] }),
    });
    const accepted = result(id, { record: record(id, { requests: [subject] }) });
    const [difference] = compared(accepted, refused);
    expect(difference).toMatchObject({ id, on: 'both', before: 'pass', after: 'fail' });
    expect(difference!.changes).toEqual([
      { kind: 'verdict', path: ['verdict'], before: 'pass', after: 'fail' },
      {
        kind: 'errno',
        path: ['requests', 'subject XFRM_MSG_MIGRATE_STATE', 'errno'],
        before: 'OK',
        after: 'EINVAL',
      },
      {
        kind: 'extack',
        path: ['requests', 'subject XFRM_MSG_MIGRATE_STATE', 'extack', 'message'],
        before: null,
        after: 'Invalid SPI',
      },
    ]);
  });

  test.each([
    ['field', { observation: { sport: 1 } }, { observation: { sport: 2 } }],
    ['errno', { observation: { reply: reply('OK') } }, { observation: { reply: reply('EPERM') } }],
    ['log', { kernelLog: ['xfrm: a'] }, { kernelLog: ['xfrm: b'] }],
    ['answer', { requests: [{ ...subject, answers: [1] }] }, { requests: [subject] }],
    ['request', { requests: [{ ...subject, flags: [] }] }, { requests: [subject] }],
    ['notification', { notifications: [notification('a')] }, { notifications: [] }],
  ])('a difference in a %s is told as one', (kind, before, after) => {
    const [difference] = compared(
      result(id, { record: record(id, before as never) }),
      result(id, { record: record(id, after as never) }),
    );
    expect(new Set(difference!.changes.map((change) => change.kind))).toEqual(new Set([kind]));
  });

  test('a case that did not run differs in that, not in all that it would have seen', () => {
    const [difference] = compared(observing({ a: 1 }), skipped(id));
    expect(difference!.changes.map(({ path }) => path.join('.'))).toEqual([
      'verdict',
      'outcome',
      'reason',
    ]);
  });

  test('a case on one side only is said to be', () => {
    const differences = compareResults(
      { cases: [result('migrate/a/b'), result('migrate/a/c')] },
      { cases: [result('migrate/a/c'), failed('migrate/a/d')] },
    );
    expect(differences).toMatchObject([
      { id: 'migrate/a/b', on: 'before', before: 'pass', after: undefined, changes: [] },
      { id: 'migrate/a/d', on: 'after', before: undefined, after: 'fail', changes: [] },
    ]);
  });
});

function notification(group: string) {
  return {
    group,
    netns: 'main',
    message: 'XFRM_MSG_MIGRATE',
    sequence: 1,
    portid: 0,
    header: {},
    attributes: [],
    bytes: '',
  };
}

describe('the signature of a failure', () => {
  test.each([
    ['pass', result(id)],
    ['fail reply: EINVAL: Cannot change the encapsulation of an offloaded SA', failed(id)],
    [
      'crash: KASAN: slab-use-after-free in __xfrm_state_delete at __xfrm_state_delete < xfrm_state_delete < xfrm_do_migrate_state',
      crashed(id),
    ],
    ['deviation: esrch-einval', deviating(id)],
    ['skip: CONFIG_NETDEVSIM is not set', skipped(id)],
  ])('%s', (signature, of) => {
    expect(failureSignature(of)).toBe(signature);
  });

  test('is the same wherever the kernel lies in memory, and when', () => {
    const at = (address: string, time: number) =>
      result(id, {
        verdict: verdict('fail', {
          mismatches: [{ path: 'a', expected: '1', observed: `${address} at ${time}` }],
        }),
      });
    expect(failureSignature(at('0xffff888012345678', 1795521771))).toBe(
      failureSignature(at('0xffff888087654321', 1795529999)),
    );
  });

  test('goes by no call trace that is not sure: it differs from run to run', async () => {
    const lines = await readFile('test/unit/verdict/data/panic-uml-7.3.4.txt', 'utf8');
    const { log } = findSplat(lines.split('\n'))!;
    expect(log).toMatch(/ \? \w+\+0x/);
    const crash = { title: 'Kernel panic: x', log, fingerprint: 'xfrm_a < left_over' };
    expect(failureSignature({ ...crashed(id), crash })).toBe('crash: Kernel panic: x');
    const sure = { ...crash, log: log.replaceAll(' ? ', ' ') };
    expect(failureSignature({ ...crashed(id), crash: sure })).toBe(
      'crash: Kernel panic: x at xfrm_a < left_over',
    );
  });

  test('tells another errno, another path and another crash apart', () => {
    const failing = (path: string, observed: string) =>
      result(id, {
        verdict: verdict('fail', { mismatches: [{ path, expected: 'OK', observed }] }),
      });
    const crash = crashed(id);
    const signatures = [
      failing('reply', 'EINVAL'),
      failing('reply', 'EPERM'),
      failing('moved.reply', 'EINVAL'),
      crash,
      { ...crash, crash: { ...crash.crash!, fingerprint: 'elsewhere' } },
      { ...crash, crash: { ...crash.crash!, title: 'hang', fingerprint: null } },
    ].map(failureSignature);
    expect(new Set(signatures).size).toBe(signatures.length);
  });
});
