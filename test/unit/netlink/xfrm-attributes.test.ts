import { describe, expect, it } from 'vitest';
import { encode, fromHex, toHex } from '../../../src/netlink/codec.ts';
import { decodeAttributes } from '../../../src/netlink/message.ts';
import { errnoName } from '../../../src/netlink/names.ts';
import { xfrm_user_migrate } from '../../../src/netlink/xfrm.ts';
import {
  decodeXfrmAttribute,
  decodeXfrmAttributes,
  encodeXfrmAttributes,
  type XfrmAttributeName,
  type XfrmAttributeSet,
  xfrmAttributes,
} from '../../../src/netlink/xfrm-attributes.ts';
import { decodeXfrmPayload, xfrmMessages } from '../../../src/netlink/xfrm-messages.ts';

const again = (attributes: XfrmAttributeSet) =>
  decodeXfrmAttributes(decodeAttributes(encodeXfrmAttributes(attributes)));

/** What iproute2 6.1 cannot send, and so is in no recorded request. */
const newer: XfrmAttributeSet = {
  XFRMA_SA_DIR: 'out',
  XFRMA_NAT_KEEPALIVE_INTERVAL: 20,
  XFRMA_SA_PCPU: 1,
  XFRMA_MTIMER_THRESH: 60,
  XFRMA_IPTFS_DROP_TIME: 1000,
  XFRMA_IPTFS_REORDER_WINDOW: 3,
  XFRMA_IPTFS_DONT_FRAG: true,
  XFRMA_IPTFS_INIT_DELAY: 2000,
  XFRMA_IPTFS_MAX_QSIZE: 4000,
  XFRMA_IPTFS_PKT_SIZE: 500,
  XFRMA_KMADDRESS: { local: '192.0.2.1', remote: '192.0.2.2', reserved: 0, family: 'AF_INET' },
  XFRMA_MIGRATE: [
    {
      ...{ old_daddr: '192.0.2.2', old_saddr: '192.0.2.1' },
      ...{ new_daddr: '2001:db8::2', new_saddr: '2001:db8::1' },
      ...{ proto: 'esp', mode: 'tunnel', reserved: 0, reqid: 7 },
      ...{ old_family: 'AF_INET', new_family: 'AF_INET6' },
    },
  ],
  XFRMA_LTIME_VAL: { bytes: 1, packets: 2, add_time: 3, use_time: 4 },
  XFRMA_REPLAY_THRESH: 5,
  XFRMA_ETIMER_THRESH: 6,
  XFRMA_LASTUSED: 7,
  XFRMA_PROTO: 50,
};

describe('attributes', () => {
  it('come back as they were, in the order of the object', () => {
    expect(again(newer)).toEqual(newer);
    expect(Object.keys(again(newer))).toEqual(Object.keys(newer));
  });

  it('are left out when they are undefined', () => {
    const attributes = { XFRMA_TFCPAD: undefined, XFRMA_IF_ID: 1 } as unknown as XfrmAttributeSet;
    expect(toHex(encodeXfrmAttributes(attributes))).toBe('08001f0001000000');
  });

  it('that are there twice count as the last, as the kernel has it', () => {
    const twice = decodeAttributes(fromHex('08001f000100000008001f0002000000'));
    expect(decodeXfrmAttributes(twice)).toEqual({ XFRMA_IF_ID: 2 });
  });

  it.each(Object.keys(xfrmAttributes) as XfrmAttributeName[])(
    '%s with a payload that is too short is shown as bytes',
    (name) => {
      const type = Object.keys(xfrmAttributes).indexOf(name) + 1;
      const { value } = decodeXfrmAttribute({ type, payload: new Uint8Array(), offset: 0 });
      const arrays: string[] = ['XFRMA_TMPL', 'XFRMA_MIGRATE'];
      const flags: string[] = ['XFRMA_PAD', 'XFRMA_IPTFS_DONT_FRAG'];
      if (arrays.includes(name)) expect(value).toEqual([]);
      else if (flags.includes(name)) expect(value).toBe(true);
      else expect(value).toEqual({ hex: '' });
    },
  );

  it('without a name are shown as bytes', () => {
    expect(decodeXfrmAttribute({ type: 200, payload: fromHex('0102'), offset: 0 })).toEqual({
      name: 'XFRMA 200',
      value: { hex: '0102' },
    });
  });

  it('of security contexts are only read', () => {
    const context = { type: 8, payload: fromHex('0c00080001010400616263000000'), offset: 0 };
    expect(decodeXfrmAttribute(context).value).toEqual({ alg: 1, doi: 1, context: 'abc' });
    expect(() =>
      encodeXfrmAttributes({ XFRMA_SEC_CTX: { alg: 1, doi: 1, context: 'abc' } }),
    ).toThrow('only read');
  });

  it('of ESN replay state say the length of their bitmap', () => {
    const state = { oseq: 1, seq: 2, oseq_hi: 3, seq_hi: 4, replay_window: 64, bmp: [5, 6] };
    expect(toHex(encodeXfrmAttributes({ XFRMA_REPLAY_ESN_VAL: state }))).toBe(
      '24001700' +
        '02000000' +
        '01000000020000000300000004000000' +
        '40000000' +
        '0500000006000000',
    );
    expect(again({ XFRMA_REPLAY_ESN_VAL: state })).toEqual({ XFRMA_REPLAY_ESN_VAL: state });
  });
});

describe('entries of XFRMA_MIGRATE', () => {
  it('show each address by its own family', () => {
    const bytes = encode(xfrm_user_migrate, {
      ...{ old_daddr: '192.0.2.2', old_saddr: '192.0.2.1', new_daddr: '::', new_saddr: '::' },
      ...{ proto: 'esp', mode: 'tunnel', reserved: 0, reqid: 0 },
      ...{ old_family: 'AF_INET', new_family: 'AF_INET6' },
    });
    expect(again({ XFRMA_MIGRATE: [] })).toEqual({ XFRMA_MIGRATE: [] });
    const { header } = decodeXfrmPayload(xfrmMessages.XFRM_MSG_MIGRATE, bytes.subarray(0, 20));
    expect(header).toEqual({ hex: toHex(bytes.subarray(0, 20)) });
    expect(decodeXfrmAttribute({ type: 17, payload: bytes, offset: 0 }).value).toMatchObject([
      { old_daddr: '192.0.2.2', new_daddr: '::', new_saddr: '::' },
    ]);
  });

  it('that are cut off at the end of the attribute are not read', () => {
    const payload = new Uint8Array(2 * 76 - 1);
    const { value } = decodeXfrmAttribute({ type: 17, payload, offset: 0 });
    expect(value).toHaveLength(1);
  });
});

describe('errnos', () => {
  it('have the names that the kernel uses', () => {
    expect([0, 1, 3, 22, 34, 61, 92, 95, 11, 524, 4000].map(errnoName)).toEqual([
      ...['OK', 'EPERM', 'ESRCH', 'EINVAL', 'ERANGE', 'ENODATA', 'ENOPROTOOPT', 'EOPNOTSUPP'],
      ...['EAGAIN', 'ENOTSUPP', 'errno 4000'],
    ]);
  });
});
