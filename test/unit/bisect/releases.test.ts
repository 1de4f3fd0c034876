import { describe, expect, test } from 'vitest';
import { ListSearch } from '../../../src/bisect/list-search.ts';
import { between } from '../../../src/bisect/releases.ts';
import type { Outcome } from '../../../src/bisect/session.ts';

const versions = ['6.1.170', '6.12.117', '7.1.3', '7.1.13', '7.2.6', '7.3.4'];

describe('the releases between two', () => {
  test('by version, by series, by spec', () => {
    expect(between(versions, 'debian:6.12', '7.2.6')).toEqual([
      '6.12.117',
      '7.1.3',
      '7.1.13',
      '7.2.6',
    ]);
    expect(between(versions, '7.1', 'latest')).toEqual(['7.1.13', '7.2.6', '7.3.4']);
  });

  test('the wrong way round, the same, unknown', () => {
    expect(() => between(versions, '7.2', '7.1')).toThrow(/7.2 is newer than 7.1/);
    expect(() => between(versions, '7.1', '7.1.13')).toThrow(/the same release/);
    expect(() => between(versions, '7.9', '7.1')).toThrow(
      /7.9 is no prebuilt release: there are 6.1.170 to/,
    );
  });
});

describe('a list is halved', () => {
  async function search(length: number, judge: (index: number) => 'old' | 'new' | 'skip') {
    const ids = Array.from({ length }, (_, index) => `${index}`);
    const list = new ListSearch(ids);
    let steps = 0;
    let outcome: Outcome = await list.start();
    while (outcome.kind === 'next') {
      steps++;
      const side = judge(Number(outcome.commit));
      outcome = side === 'skip' ? await list.skip() : await list.mark(side);
    }
    return { outcome, steps };
  }

  test('to the first new one, wherever it is, in as few steps as there must be', async () => {
    for (let length = 2; length < 20; length++)
      for (let first = 1; first < length; first++) {
        const { outcome, steps } = await search(length, (i) => (i >= first ? 'new' : 'old'));
        expect(outcome).toEqual({ kind: 'found', commit: `${first}` });
        expect(steps).toBeLessThanOrEqual(Math.ceil(Math.log2(length)));
      }
  });

  test('around those that cannot be judged', async () => {
    const judge = (i: number) => (i === 8 ? 'skip' : i >= 4 ? 'new' : 'old');
    expect((await search(17, judge)).outcome).toEqual({ kind: 'found', commit: '4' });
  });

  test('down to candidates, when those hide it', async () => {
    const judge = (i: number) => (i === 5 || i === 6 ? 'skip' : i >= 6 ? 'new' : 'old');
    expect((await search(17, judge)).outcome).toEqual({
      kind: 'undecided',
      commits: ['5', '6', '7'],
    });
  });
});
