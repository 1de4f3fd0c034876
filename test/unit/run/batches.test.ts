import { expect, test } from 'vitest';
import { maxCommandBytes } from '../../../src/machine/machine.ts';
import { inBatches } from '../../../src/run/session.ts';

const cases = Array.from({ length: 200 }, (_, i) => `migrate/topic/case-${i}`);

test('every case is asked for once, in order', () => {
  expect(inBatches(cases).flat()).toEqual(cases);
  expect(inBatches([])).toEqual([]);
});

test('few at a time at the end, so that guests end together', () => {
  const sizes = inBatches(cases).map(({ length }) => length);
  expect(Math.max(...sizes)).toBe(12);
  expect(Math.max(...sizes.slice(-16))).toBe(3);
  expect(inBatches(cases.slice(0, 20)).every(({ length }) => length <= 3)).toBe(true);
});

test('a command has room for what it asks', () => {
  const long = cases.map((id) => id + 'x'.repeat(maxCommandBytes / 3));
  for (const batch of inBatches(long))
    expect(JSON.stringify({ command: 'run', cases: batch }).length).toBeLessThan(maxCommandBytes);
});
