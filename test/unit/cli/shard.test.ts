import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { inShard, parseShard, shardOf } from '../../../src/cli/shard.ts';
import { allCases } from '../../../suites/index.ts';

describe('--shard', () => {
  test('is a part and how many there are', () => {
    expect(parseShard('2/5')).toEqual({ index: 2, count: 5 });
    expect(parseShard('1/1')).toEqual({ index: 1, count: 1 });
  });

  test.each(['', '2', '0/5', '6/5', '-1/5', '1/0', '1.5/2', '1/5/2', 'a/b', '1/1001', '1e0/2'])(
    '%j is refused in one sentence',
    (text) => {
      expect(() => parseShard(text)).toThrow(InvalidArgumentError);
      expect(() => parseShard(text)).toThrow('It must be K/N');
    },
  );
});

describe('a shard', () => {
  const parts = (count: number, cases: readonly { id: string }[] = allCases) =>
    Array.from({ length: count }, (_, index) =>
      inShard(cases, { index: index + 1, count }).map(({ id }) => id),
    );

  test('has each case in exactly one of them, in the order of the suites', () => {
    const all = parts(5).flat();
    expect(all.sort()).toEqual(allCases.map(({ id }) => id).sort());
    const [first] = parts(5);
    expect(first).toEqual(allCases.map(({ id }) => id).filter((id) => first!.includes(id)));
  });

  test('is about as large as the others', () => {
    for (const count of [2, 3, 5, 8])
      for (const part of parts(count)) {
        expect(part.length).toBeGreaterThan((0.7 * allCases.length) / count);
        expect(part.length).toBeLessThan((1.3 * allCases.length) / count);
      }
  });

  test('keeps its cases when others come', () => {
    const more = [...allCases, { id: 'migrate/new/one' }, { id: 'migrate-state/new/two' }];
    parts(4).forEach((part, index) => {
      expect(parts(4, more)[index]).toEqual(expect.arrayContaining(part));
    });
  });

  // Another number would move every case of everybody's matrix.
  test('is the same with every version', () => {
    expect(
      ['migrate-state/encap/removed', 'migrate/move/tunnel', 'x'].map((id) => shardOf(id, 5)),
    ).toEqual([1, 3, 2]);
  });

  test('is all of them without the option', () => {
    expect(inShard(allCases, undefined)).toBe(allCases);
  });
});
