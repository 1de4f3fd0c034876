import { describe, expect, test } from 'vitest';
import { oneStep } from '../../../src/bisect/one-step.ts';
import { endsProblem, sideOf } from '../../../src/bisect/side.ts';
import { type Standing, standingOf, standingOfRuns } from '../../../src/bisect/standing.ts';
import type { CaseResult } from '../../../src/report/results.ts';
import { caseResult } from './results.ts';

const standing = (doing: string) => standingOf(caseResult('a', doing));
const names = { old: 'v1', new: 'v2' };

describe('the side of a kernel', () => {
  const undecided = expect.objectContaining({ undecided: expect.any(String) });
  test.each([
    // first, at the old end, at the new end, at the kernel, side
    ['fail', 'pass', 'fail EINVAL', 'pass', 'old'],
    ['fail', 'pass', 'fail EINVAL', 'fail EINVAL', 'new'],
    ['fail', 'pass', 'fail EINVAL', 'fail EPERM', undecided],
    ['fail', 'pass', 'fail EINVAL', 'crash oops', undecided],
    ['fail', 'pass', 'crash oops', 'crash oops', 'new'],
    ['fail', 'pass', 'fail EINVAL', 'skip', undecided],
    ['fail', 'skip', 'fail EINVAL', 'skip', 'old'],
    ['fail', 'skip', 'fail EINVAL', 'pass', 'old'],
    ['fail', 'pass', 'fail EINVAL', 'broken', undecided],
    ['pass', 'fail EINVAL', 'pass', 'fail EINVAL', 'old'],
    ['pass', 'fail EINVAL', 'pass', 'fail EPERM', undecided],
    ['pass', 'skip', 'pass', 'skip', 'old'],
    ['pass', 'deviation D', 'pass', 'deviation D', 'old'],
    ['change', 'fail EINVAL', 'pass', 'fail EPERM', 'new'],
    ['change', 'pass', 'fail EINVAL', 'pass', 'old'],
    ['change', 'pass', 'fail EINVAL', 'broken', undecided],
  ] as const)('first %s between "%s" and "%s": "%s" is %s', (first, old, recent, doing, side) => {
    const ends = { old: standing(old), new: standing(recent) };
    expect(sideOf(standing(doing), ends, first)).toEqual(side);
  });

  test('is that of an end when more is wrong than there, but not when less is', () => {
    const wrong = (...observed: string[]): Standing => {
      const result = caseResult('a', 'fail x');
      const mismatches = observed.map((each) => ({ path: each, expected: '', observed: each }));
      // As several known deviations at once: their ids differ, though the one in question is there.
      const verdict = { ...result.verdict, status: 'deviation' as const, mismatches };
      return standingOf({ ...result, verdict: { ...verdict, deviation: observed.join() } });
    };
    const ends = { old: standing('pass'), new: wrong('one', 'two') };
    expect(sideOf(wrong('other', 'one', 'two'), ends, 'fail')).toBe('new');
    expect(sideOf(wrong('one'), ends, 'fail')).toHaveProperty('undecided');
  });

  test('an unexpected pass passes only when nothing is wrong any more', () => {
    const result = caseResult('a', 'fail x');
    const gone = (mismatches: CaseResult['verdict']['mismatches']) =>
      standingOf({
        ...result,
        verdict: { ...result.verdict, status: 'unexpected-pass', mismatches },
      });
    expect(gone([]).kind).toBe('right');
    expect(gone(result.verdict.mismatches).kind).toBe('wrong');
  });
});

test('several runs count when all agree', () => {
  const runs = (...doings: string[]) =>
    standingOfRuns(
      doings.map((each) => caseResult('a', each)),
      { observations: false },
    );
  expect(runs('fail EINVAL', 'fail EINVAL')).toMatchObject({ kind: 'wrong' });
  expect(runs('pass', 'fail EINVAL', 'pass')).toMatchObject({
    kind: 'unknown',
    signature: '3 runs do not agree (passes, fails (reply: EINVAL))',
  });
  expect(runs('fail EINVAL', 'fail EPERM').kind).toBe('unknown');
});

test('ends that differ otherwise than asked for are refused with a way out', () => {
  const problem = (old: string, recent: string, first: 'fail' | 'pass') =>
    endsProblem({ old: standing(old), new: standing(recent) }, first, names);
  expect(problem('pass', 'fail EINVAL', 'fail')).toBeNull();
  expect(problem('skip', 'pass', 'pass')).toBeNull();
  expect(problem('skip', 'fail EINVAL', 'fail')).toBeNull();
  expect(problem('fail EINVAL', 'fail EPERM', 'fail')).toMatch(/--first change/);
  expect(problem('broken', 'fail EINVAL', 'fail')).toMatch(/cannot be judged at v1/);
});

describe('one step for git bisect run', () => {
  const step = (
    doings: Record<string, string>,
    ends: Record<string, string> | null,
    first = 'fail' as const,
  ) => {
    const all = (of: Record<string, string>) =>
      new Map(Object.entries(of).map(([id, doing]) => [id, standing(doing)]));
    return oneStep({ first, standings: all(doings), reference: ends && all(ends) });
  };

  test('is bad when any case fails as at the end, good when none does', () => {
    const ends = { a: 'fail EINVAL', b: 'fail EPERM' };
    expect(step({ a: 'pass', b: 'pass' }, ends)).toBe('old');
    expect(step({ a: 'pass', b: 'fail EPERM' }, ends)).toBe('new');
    expect(step({ a: 'fail E2BIG', b: 'pass' }, ends)).toHaveProperty('undecided');
  });

  test('goes only by cases that fail at the end', () => {
    expect(step({ a: 'pass', b: 'fail X' }, { a: 'fail EINVAL', b: 'pass' })).toBe('old');
    expect(() => step({ a: 'pass' }, { a: 'pass' })).toThrow(
      /None of the cases fails at the bad end/,
    );
  });

  test('takes any failure when asked to', () => {
    expect(step({ a: 'fail X' }, null)).toBe('new');
    expect(step({ a: 'pass' }, null)).toBe('old');
    expect(step({ a: 'skip' }, null)).toHaveProperty('undecided');
  });
});
