import { expect, test } from 'vitest';
import { Tail } from '../../../src/machine/tail.ts';

test('keeps the end, and counts everything', () => {
  const tail = new Tail(8);
  expect(tail.lastAt).toBeNull();
  for (const part of ['abc', 'defg', 'hijklmnop', 'q']) tail.push(Buffer.from(part));
  expect(tail.text()).toBe('jklmnopq');
  expect(tail.text(3)).toBe('opq');
  expect(tail.total).toBe(17);
  expect(tail.lastAt).toEqual(expect.any(Number));
});

test('thousands of tiny pieces are put together', () => {
  const tail = new Tail(100);
  for (let count = 0; count < 5000; count++) tail.push(Buffer.from(String(count % 10)));
  expect(tail.text()).toBe('0123456789'.repeat(10));
});
