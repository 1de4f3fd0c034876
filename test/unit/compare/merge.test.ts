import { describe, expect, test } from 'vitest';
import { mergeResults, type Part } from '../../../src/compare/merge.ts';
import { UsageError } from '../../../src/error.ts';
import type { CaseResult, KernelResult, RunResults } from '../../../src/report/results.ts';
import { exitStatusOf } from '../../../src/verdict/exit-status.ts';
import { failed, kernel, record, result, run } from '../report/fixtures.ts';

function part(
  path: string,
  kernels: readonly KernelResult[],
  changes: Partial<RunResults> = {},
): Part {
  return { path, results: { ...run(...kernels), ...changes } };
}

function shard(index: number, count: number, ...cases: CaseResult[]): Part {
  return part(`${index}.json`, [kernel('debian:7.3.4', cases)], { shard: { index, count } });
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => result(`migrate/x/${name}`)) as [
  CaseResult,
  CaseResult,
  CaseResult,
  CaseResult,
];
const order = [a, b, c, d].map(({ id }) => id);
const idsOf = ({ kernels }: RunResults) => kernels.map(({ cases }) => cases.map(({ id }) => id));

test('shards become one run, in the order of the suites', () => {
  const { results, notes } = mergeResults([shard(2, 2, b, d), shard(1, 2, a, c)], order);
  expect(idsOf(results)).toEqual([order]);
  expect(results).not.toHaveProperty('shard');
  expect(results.kernels[0]).toMatchObject({ problem: null, durationMs: 2 * 12_345 });
  expect(results.kernels[0]!.boots).toHaveLength(2);
  expect(notes).toEqual([]);
  expect(exitStatusOf(results)).toBe(0);
});

test('kernels of several files stand side by side', () => {
  const { results } = mergeResults(
    [
      part('1', [kernel('debian:7.3.4', [a])]),
      part('2', [kernel('debian:7.1.13', [failed(b.id)])]),
    ],
    order,
  );
  expect(results.kernels.map(({ kernel: { spec } }) => spec)).toEqual([
    'debian:7.3.4',
    'debian:7.1.13',
  ]);
  expect(exitStatusOf(results)).toBe(1);
});

describe('a shard that is missing', () => {
  test('is noticed: the run of the whole is not complete', () => {
    const { results } = mergeResults([shard(1, 4, a), shard(3, 4, c)], order);
    expect(results.kernels[0]!.problem!.message).toBe(
      'Shards 2/4, 4/4 are missing: their cases have no verdict.',
    );
    expect(exitStatusOf(results)).toBe(3);
  });

  test('is one of that kernel only', () => {
    const parts = [
      part('1', [kernel('debian:7.3.4', [a]), kernel('debian:7.1.13', [a])], {
        shard: { index: 1, count: 2 },
      }),
      part('2', [kernel('debian:7.3.4', [b])], { shard: { index: 2, count: 2 } }),
    ];
    const { results } = mergeResults(parts, order);
    expect(results.kernels.map(({ problem }) => problem?.message ?? null)).toEqual([
      null,
      'Shard 2/2 is missing: its cases have no verdict.',
    ]);
  });

  test('is not one without cases, which ran no kernel', () => {
    const empty = part('2.json', [], { shard: { index: 2, count: 2 } });
    expect(mergeResults([shard(1, 2, a), empty], order).results.kernels[0]!.problem).toBeNull();
  });
});

describe('the same case twice', () => {
  test('is taken once when nothing but its times differ', () => {
    const again = { ...a, record: record(a.id, { durationMs: 99 }) };
    const { results } = mergeResults([shard(1, 1, a), shard(1, 1, again)], order);
    expect(idsOf(results)).toEqual([[a.id]]);
  });

  test('is refused when it did something else', () => {
    const merge = (other: CaseResult) => () =>
      mergeResults([shard(1, 2, a), shard(2, 2, other)], order);
    expect(merge(failed(a.id))).toThrow(UsageError);
    expect(merge(failed(a.id))).toThrow(
      '1.json and 2.json contradict each other on migrate/x/a on debian:7.3.4 (pass and fail);',
    );
    const other = { ...a, record: record(a.id, { observation: { reply: 'none' } }) };
    expect(merge(other)).toThrow('(both pass, but not in the same way)');
  });
});

test('two kernels of one spec are refused', () => {
  const other = kernel('debian:7.3.4', [b]);
  const parts = [
    part('1', [kernel('debian:7.3.4', [a])]),
    part('2', [{ ...other, kernel: { ...other.kernel, release: '7.3.5' } }]),
  ];
  expect(() => mergeResults(parts, order)).toThrow(
    '1 ran debian:7.3.4 as 7.3.4+deb13-cloud-amd64 (x86_64) and 2 as 7.3.5 (x86_64): these are not one kernel',
  );
});

test('shards of other counts are refused', () => {
  expect(() => mergeResults([shard(1, 2, a), shard(3, 3, b)], order)).toThrow(
    '1.json holds one of 2 shards of debian:7.3.4 and 3.json one of 3:',
  );
});

test('other versions of the tool are pointed out', () => {
  const other = { version: '0.2.0', commit: 'c3cb07b0e14fbc99' };
  const { notes, results } = mergeResults(
    [shard(1, 2, a), part('2', [], { tool: other, shard: { index: 2, count: 2 } })],
    order,
  );
  expect(notes).toEqual([
    'The files are by different versions of xfrm-conform, whose cases may differ: 0.1.0, 0.2.0 (c3cb07b0e14f).',
  ]);
  expect(results.tool).toEqual({ version: '0.1.0', commit: null });
});

test('problems, interruptions and wall-clock time are those of all', () => {
  const problem = { message: 'Interrupted.', console: 'x' };
  const parts = [
    shard(1, 2, a),
    part('2', [kernel('debian:7.3.4', [b], { problem })], {
      shard: { index: 2, count: 2 },
      interrupted: true,
      startedAt: '2026-11-24T08:01:00.000Z',
      durationMs: 1000,
    }),
  ];
  const { results } = mergeResults(parts, order);
  expect(results).toMatchObject({
    interrupted: true,
    startedAt: '2026-11-24T08:00:00.000Z',
    durationMs: 61_000,
  });
  expect(results.kernels[0]!.problem).toEqual(problem);
});
