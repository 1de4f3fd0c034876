import { describe, expect, it } from 'vitest';
import { inputOf } from '../../../src/fuzz/choose.ts';
import { type Mutation, minimised, mutatedBytes } from '../../../src/fuzz/mutate.ts';
import { validRequest } from '../../../src/fuzz/setting.ts';
import { toHex } from '../../../src/netlink/codec.ts';
import { decodeMessages } from '../../../src/netlink/message.ts';

const request = validRequest('migrate-state', () => 0);
const innocent: Mutation = { kind: 'nlmsg_pid', portid: 9 };
const guilty: Mutation = { kind: 'header', at: 128, hex: '01020304' };

describe('mutations', () => {
  it('leave a request that is still one message when there are none', () => {
    const [message] = decodeMessages(mutatedBytes(request, []));
    expect(message).toMatchObject({ type: 0x29, sequence: 7 });
    expect(message!.payload.length).toBeGreaterThanOrEqual(132);
  });

  it('are the same for the same seed and number, and others for others', () => {
    const bytes = (seed: number, index: number) => {
      const input = inputOf('migrate', seed, index);
      return toHex(mutatedBytes(input.request, input.mutations));
    };
    expect(bytes(1, 5)).toBe(bytes(1, 5));
    const many = new Set(Array.from({ length: 50 }, (_, i) => bytes(1, i)));
    expect(many.size).toBeGreaterThan(40);
    expect(bytes(2, 5) === bytes(1, 5) && bytes(2, 6) === bytes(1, 6)).toBe(false);
  });

  it.each<[Mutation, number]>([
    [{ kind: 'header length', length: 4 }, 16 + 4],
    [{ kind: 'tail', hex: 'aabbcc' }, 3],
    [{ kind: 'add', index: 0, type: 99, hex: '01' }, 8],
  ])('%j shows in the length', (mutation, length) => {
    const plain = mutatedBytes(request, []).length;
    const changed = mutatedBytes(request, [mutation]).length;
    expect(mutation.kind === 'header length' ? changed : changed - plain).toBe(length);
  });

  it('that do not matter are dropped, and bytes that do not matter cut off', () => {
    // It fails when byte 130 of the header is 3.
    const fails = (some: readonly Mutation[]) => mutatedBytes(request, some)[16 + 130] === 3;
    expect(minimised([innocent, guilty, innocent], fails)).toEqual([
      { kind: 'header', at: 130, hex: '03' },
    ]);
  });

  it('stay when none can go', () => {
    const fails = (some: readonly Mutation[]) => some.length === 2;
    expect(minimised([innocent, guilty], fails)).toHaveLength(2);
  });
});
