import { describe, expect, it } from 'vitest';
import { decodePfKey, encodePfKeyMigrate } from '../../../src/netlink/pf-key.ts';

const entry = {
  old: { src: '192.0.2.1', dst: '192.0.2.2' },
  new: { src: '198.51.100.1', dst: '198.51.100.2' },
  ...({ proto: 50, mode: 'tunnel', reqid: 7 } as const),
};
const migrate = {
  dir: 2,
  src: { address: '10.1.0.0', prefix: 16 },
  dst: { address: '10.2.0.0', prefix: 16 },
  entries: [entry],
};

/** struct sadb_msg 16, two addresses of 24, the policy 16, two requests of 16 + 32. */
describe('SADB_X_MIGRATE', () => {
  const bytes = Buffer.from(encodePfKeyMigrate(migrate, 5));

  it('has the layout of linux/pfkeyv2.h', () => {
    expect(bytes.length).toBe(16 + 24 + 24 + 16 + 48 + 48);
    expect(bytes.subarray(0, 16).toString('hex')).toBe('02180003160000000500000000000000');
    expect(bytes.subarray(16, 40).toString('hex')).toBe(
      '03000500ff100000020000000a0100000000000000000000',
    );
    expect(bytes.subarray(64, 80).toString('hex')).toBe('0e001200020002000000000000000000');
    expect(bytes.subarray(80, 96).toString('hex')).toBe('30003200020200000700000000000000');
    expect(bytes.subarray(96, 112).toString('hex')).toBe('02000000c00002010000000000000000');
  });

  it('pads IPv6 addresses to 8 bytes', () => {
    const six = { src: '2001:db8::1', dst: '2001:db8::2' };
    const one = encodePfKeyMigrate({ ...migrate, entries: [{ ...entry, new: six }] }, 5);
    expect(one.length - bytes.length).toBe(56 - 32);
  });

  it('is answered with an errno', () => {
    expect(decodePfKey(Buffer.from('02182203020000000500000000000000', 'hex'))).toEqual({
      ...{ type: 24, errno: 34 },
    });
    expect(() => decodePfKey(new Uint8Array(3))).toThrow(RangeError);
  });
});
