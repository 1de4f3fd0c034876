import { expect, it } from 'vitest';
import { remembered } from '../../../src/case/remembered.ts';

const message = (type: number, ...bytes: number[]) => ({ type, payload: Uint8Array.from(bytes) });

it('decodes what it has seen only once, and hands out the same value', () => {
  const seen: number[] = [];
  const decode = remembered(({ payload }) => {
    seen.push(payload[0]!);
    return { first: payload[0] };
  });
  const [one, again, other] = [message(16, 1, 2), message(16, 1, 2), message(16, 2, 2)].map(decode);
  expect(seen).toEqual([1, 2]);
  expect(again).toBe(one);
  expect(other).toEqual({ first: 2 });
});

it('tells messages of another type apart, and keeps no more than a case needs', () => {
  let count = 0;
  const decode = remembered(() => ++count);
  expect([decode(message(16, 1)), decode(message(19, 1)), decode(message(16, 1))]).toEqual([
    1, 2, 1,
  ]);
  for (let i = 0; i < 300; i++) decode(message(16, 2, i >> 8, i & 255));
  expect(decode(message(16, 1))).toBe(303);
});
