import { describe, expect, it } from 'vitest';
import { concat, encode, fromHex, i32, u32, u64 } from '../../../src/netlink/codec.ts';
import { decodeDone, decodeError } from '../../../src/netlink/extack.ts';
import {
  decodeMessages,
  encodeAttribute,
  NLA_F_NESTED,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../../src/netlink/message.ts';

const none = { message: null, offset: null, policy: null, missingType: null };
const received = (hex: string) => decodeError(decodeMessages(fromHex(hex))[0]!);

describe('answers of Linux 7.3.4', () => {
  it('acknowledge', () => {
    expect(
      received('2400000002000001060000009afb9bdb00000000a0000000210005000600000000000000'),
    ).toEqual({ errno: 0, sequence: 6, extack: null });
  });

  it('refuse without a word', () => {
    expect(
      received('2400000002000001060000003a77f7a5ffffffffa0000000210005000600000000000000'),
    ).toEqual({ errno: 1, sequence: 6, extack: null });
  });

  it('refuse with a text', () => {
    expect(
      received(
        '3c00000002000003040000007e9df3b6fdffffff940000002900050004000000000000001700010043616e206e6f742066696e642073746174650000',
      ),
    ).toEqual({ errno: 3, sequence: 4, extack: { ...none, message: 'Can not find state' } });
  });

  it('refuse with a text and the place of the attribute', () => {
    expect(
      received(
        '540000000200000306000000f40256eddeffffffa000000021000500060000000000000027000100417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00000800020050000000',
      ),
    ).toEqual({
      errno: 34,
      sequence: 6,
      extack: { ...none, message: 'Attribute failed policy validation', offset: 80 },
    });
  });

  it('warn on success', () => {
    const { errno, extack } = received(
      '500000000200000304000000aa6f4a9f00000000940000002900050004000000000000002a0001004661696c656420746f2073656e64206d6967726174696f6e206e6f74696669636174696f6e000000',
    );
    expect([errno, extack?.message]).toEqual([0, 'Failed to send migration notification']);
  });
});

describe('extended acknowledgements', () => {
  const request = fromHex('1300000029000500070000000900000001020300');
  const tlvs = concat(
    encodeAttribute(1, Uint8Array.from(Buffer.from('text\0'))),
    encodeAttribute(2, encode(u32, 16)),
    encodeAttribute(5, encode(u32, 17)),
    encodeAttribute(
      4 | NLA_F_NESTED,
      concat(
        encodeAttribute(1, encode(u32, 2)),
        encodeAttribute(4, encode(u64, 1)),
        encodeAttribute(5, encode(u64, 2)),
        encodeAttribute(99, encode(u32, 3)),
      ),
    ),
  );
  const message = { type: NLMSG_ERROR, sequence: 7, portid: 9 };
  const all = {
    message: 'text',
    offset: 16,
    missingType: 17,
    policy: { type: 'u8', minValue: 1, maxValue: 2 },
  };

  it('follow the whole request where it is echoed', () => {
    const payload = concat(encode(i32, -22), request, tlvs);
    expect(decodeError({ ...message, flags: NLM_F_ACK_TLVS, payload })).toEqual({
      errno: 22,
      sequence: 7,
      extack: all,
    });
  });

  it('follow its header where it is capped', () => {
    const payload = concat(encode(i32, -22), request.subarray(0, 16), tlvs);
    const flags = NLM_F_ACK_TLVS | NLM_F_CAPPED;
    expect(decodeError({ ...message, flags, payload }).extack).toEqual(all);
  });

  it('are not looked for where they are not announced', () => {
    const payload = concat(encode(i32, -22), request.subarray(0, 16), tlvs);
    expect(decodeError({ ...message, flags: NLM_F_CAPPED, payload }).extack).toBeNull();
  });

  it('end a dump too', () => {
    const done = { ...message, type: NLMSG_DONE };
    expect(
      decodeDone({ ...done, flags: NLM_F_ACK_TLVS, payload: concat(encode(i32, -3), tlvs) }),
    ).toEqual({ errno: 3, sequence: null, extack: all });
    expect(decodeDone({ ...done, flags: 0, payload: encode(i32, 0) })).toMatchObject({ errno: 0 });
    expect(decodeDone({ ...done, flags: 0, payload: new Uint8Array() })).toMatchObject({
      errno: 0,
    });
  });

  it('of a policy type without a name give its number', () => {
    const policy = encodeAttribute(4 | NLA_F_NESTED, encodeAttribute(1, encode(u32, 77)));
    const payload = concat(encode(i32, -22), request.subarray(0, 16), policy);
    const flags = NLM_F_ACK_TLVS | NLM_F_CAPPED;
    expect(decodeError({ ...message, flags, payload }).extack?.policy).toEqual({ type: 'type 77' });
  });
});
