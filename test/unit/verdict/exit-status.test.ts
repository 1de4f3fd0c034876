import { describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../../src/verdict/exit-status.ts';
import type { VerdictStatus } from '../../../src/verdict/verdict.ts';

function kernel(statuses: readonly VerdictStatus[], problem: object | null = null) {
  return { problem, cases: statuses.map((status) => ({ verdict: { status } })) };
}

function run(...kernels: ReturnType<typeof kernel>[]) {
  return { interrupted: false, kernels };
}

describe('exitStatusOf', () => {
  it('is 0 for passes, known deviations and skips', () => {
    expect(exitStatusOf(run(kernel(['pass', 'deviation', 'skip']), kernel(['pass'])))).toBe(0);
  });

  it.each(['fail', 'crash', 'unexpected-pass'] as const)('is 1 for one %s', (status) => {
    expect(exitStatusOf(run(kernel(['pass']), kernel(['pass', status])))).toBe(1);
  });

  it('is 3 when something is missing', () => {
    expect(exitStatusOf(run(kernel(['pass', 'broken'])))).toBe(3);
    expect(exitStatusOf(run(kernel(['pass']), kernel([], {})))).toBe(3);
    expect(exitStatusOf(run(kernel(['pass'], {})))).toBe(3);
    expect(exitStatusOf({ ...run(kernel(['pass'])), interrupted: true })).toBe(3);
  });

  it('is 3 when nothing ran: no verdict is no success', () => {
    expect(exitStatusOf(run())).toBe(3);
    expect(exitStatusOf(run(kernel([])))).toBe(3);
  });

  it('is 1 when a kernel failed, whatever else broke', () => {
    expect(exitStatusOf(run(kernel(['fail', 'broken'], {})))).toBe(1);
    expect(exitStatusOf({ ...run(kernel(['crash'])), interrupted: true })).toBe(1);
  });
});
