import { describe, expect, it } from 'vitest';
import { messagesIn, parseAttributes } from '../../../src/fuzz/netlink-rules.ts';
import { concat } from '../../../src/netlink/codec.ts';
import { encodeAttribute, encodeMessage } from '../../../src/netlink/message.ts';
import { attributeType } from '../../../src/netlink/xfrm-attributes.ts';

const message = (sequence: number) =>
  encodeMessage({ type: 0x29, flags: 1, sequence, portid: 0, payload: new Uint8Array(8) });
const mark = attributeType('XFRMA_MARK');

describe('a datagram', () => {
  it('holds messages up to the first length that cannot be', () => {
    const broken = message(2);
    broken[0] = 200;
    const found = messagesIn(concat(message(1), broken, message(3)));
    expect(found.map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('holds all of them when they are whole', () => {
    expect(messagesIn(concat(message(1), message(2))).map((each) => each.sequence)).toEqual([1, 2]);
  });
});

describe('attributes', () => {
  it('count once, the last', () => {
    const bytes = concat(
      encodeAttribute(mark, new Uint8Array(8).fill(1)),
      encodeAttribute(mark, new Uint8Array(8).fill(2)),
    );
    const { values, refusals, leftover } = parseAttributes(bytes, 0);
    expect(values.get(mark)?.[0]).toBe(2);
    expect({ refusals, leftover }).toEqual({ refusals: [], leftover: false });
  });

  it.each([
    ['shorter than their struct', encodeAttribute(mark, new Uint8Array(7)), 'ERANGE'],
    [
      'strict and too long',
      encodeAttribute(attributeType('XFRMA_SA_PCPU'), new Uint8Array(8)),
      'EINVAL',
    ],
    [
      'strict and nested',
      encodeAttribute(0x8000 | attributeType('XFRMA_SA_PCPU'), new Uint8Array(4)),
      'EINVAL',
    ],
    [
      'a direction that is none',
      encodeAttribute(attributeType('XFRMA_SA_DIR'), Uint8Array.of(3)),
      'ERANGE',
    ],
  ])('are refused when %s', (_, bytes, errno) => {
    const { values, refusals } = parseAttributes(bytes, 0);
    expect(refusals.map((refusal) => refusal.errno)).toEqual([errno]);
    expect(values.size).toBe(0);
  });

  it('of unknown types are passed over, and stray bytes told', () => {
    const bytes = concat(encodeAttribute(200, new Uint8Array(4)), Uint8Array.of(1, 2));
    expect(parseAttributes(bytes, 0)).toEqual({ values: new Map(), refusals: [], leftover: true });
  });
});
