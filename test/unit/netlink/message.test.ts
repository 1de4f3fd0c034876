import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../src/netlink/codec.ts';
import {
  align4,
  decodeAttributes,
  decodeMessages,
  encodeAttribute,
  encodeMessage,
  endsAnswer,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../../src/netlink/message.ts';

const header = { type: 0x29, flags: 5, sequence: 7, portid: 9 };

describe('netlink messages', () => {
  it('have a header of sixteen bytes that counts itself', () => {
    const bytes = encodeMessage({ ...header, payload: fromHex('010203') });
    expect(toHex(bytes)).toBe('13000000290005000700000009000000010203');
    expect(decodeMessages(bytes)).toEqual([{ ...header, payload: fromHex('010203') }]);
  });

  it('follow each other at multiples of four', () => {
    const one = encodeMessage({ ...header, payload: fromHex('01') });
    const two = encodeMessage({ ...header, sequence: 8, payload: fromHex('02') });
    const both = decodeMessages(concat(one, new Uint8Array(3), two));
    expect(both.map(({ sequence, payload }) => [sequence, toHex(payload)])).toEqual([
      [7, '01'],
      [8, '02'],
    ]);
  });

  it.each([
    ['a header cut short', '130000002900'],
    ['a length beyond the buffer', '1400000029000500070000000900000001'],
    ['a length below the header', '0f000000290005000700000009000000'],
  ])('with %s are a RangeError', (_, hex) => {
    expect(() => decodeMessages(fromHex(hex))).toThrow(RangeError);
  });

  it('are none in no bytes', () => {
    expect(decodeMessages(new Uint8Array())).toEqual([]);
  });

  it('end an answer with an error or a DONE of its sequence number, last in a dump', () => {
    const part = encodeMessage({ ...header, payload: fromHex('010203') });
    const done = encodeMessage({ ...header, type: NLMSG_DONE, payload: fromHex('00000000') });
    const error = encodeMessage({ ...header, type: NLMSG_ERROR, payload: fromHex('00000000') });
    expect(endsAnswer(part, 7)).toBe(false);
    expect(endsAnswer(concat(part, new Uint8Array(1), part, new Uint8Array(1), done), 7)).toBe(
      true,
    );
    expect(endsAnswer(error, 7)).toBe(true);
    expect(endsAnswer(error, 8)).toBe(false);
  });

  it.each(['', '1300', '00000000030005000700000009000000'])(
    'end no answer when they are malformed, and the look for its end is over: "%s"',
    (hex) => {
      expect(endsAnswer(concat(fromHex(hex), new Uint8Array(40)), 8)).toBe(false);
    },
  );
});

describe('netlink attributes', () => {
  it('count their header and not their padding', () => {
    expect(toHex(encodeAttribute(1, fromHex('aa')))).toBe('05000100aa000000');
    expect(toHex(encodeAttribute(2, new Uint8Array()))).toBe('04000200');
    expect(toHex(encodeAttribute(3, fromHex('01020304')))).toBe('0800030001020304');
    expect([0, 1, 3, 4, 5].map(align4)).toEqual([0, 4, 4, 4, 8]);
  });

  it('come back with their offsets, from where they start', () => {
    const bytes = concat(
      fromHex('ffffffff'),
      encodeAttribute(1, fromHex('aa')),
      encodeAttribute(0x8002, fromHex('0102030405')),
    );
    expect(decodeAttributes(bytes, 4)).toEqual([
      { type: 1, payload: fromHex('aa'), offset: 4 },
      { type: 0x8002, payload: fromHex('0102030405'), offset: 12 },
    ]);
  });

  it('end at the first that is not whole', () => {
    const whole = encodeAttribute(1, fromHex('aabbccdd'));
    for (const rest of ['0900020001', '03000200', '0500', '0800020001020304'.slice(0, 14)])
      expect(decodeAttributes(concat(whole, fromHex(rest)))).toHaveLength(1);
  });

  it('may lack the padding of the last', () => {
    expect(decodeAttributes(fromHex('05000100aa'))).toEqual([
      { type: 1, payload: fromHex('aa'), offset: 0 },
    ]);
  });
});
