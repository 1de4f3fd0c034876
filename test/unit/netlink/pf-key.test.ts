import { describe, expect, it } from 'vitest';
import {
  decodePfKey,
  encodePfKeyMigrate,
  type IpsecRequest,
  type PfKeyMigrate,
} from '../../../src/netlink/pf-key.ts';
import { decodePfKeyMigrate } from '../../../src/netlink/pf-key-announcement.ts';

const same = { proto: 50, mode: 'tunnel', level: 'unique', reqid: 7 } as const;
const old: IpsecRequest = { ...same, src: '192.0.2.1', dst: '192.0.2.2' };
const now: IpsecRequest = { ...same, src: '198.51.100.1', dst: '198.51.100.2' };
const six: IpsecRequest = { ...same, src: '2001:db8::1', dst: '2001:db8::2' };
const migrate: PfKeyMigrate = {
  ...{ sequence: 5, pid: 9 },
  src: { address: '10.1.0.0', prefix: 16, port: 0, proto: 255 },
  dst: { address: '10.2.0.0', prefix: 24, port: 443, proto: 6 },
  policy: { dir: 2, requests: [old, now] },
};
const withRequests = (...requests: IpsecRequest[]) =>
  encodePfKeyMigrate({ ...migrate, policy: { dir: 2, requests } });

/** struct sadb_msg 16, two addresses of 24, the policy 16, two requests of 16 + 32. */
describe('SADB_X_MIGRATE', () => {
  const bytes = Buffer.from(encodePfKeyMigrate(migrate));

  it('has the layout of linux/pfkeyv2.h', () => {
    expect(bytes.length).toBe(16 + 24 + 24 + 16 + 48 + 48);
    expect(bytes.subarray(0, 16).toString('hex')).toBe('02180003160000000500000009000000');
    expect(bytes.subarray(16, 40).toString('hex')).toBe(
      '03000500ff100000020000000a0100000000000000000000',
    );
    expect(bytes.subarray(40, 64).toString('hex')).toBe(
      '0300060006180000020001bb0a0200000000000000000000',
    );
    expect(bytes.subarray(64, 80).toString('hex')).toBe('0e001200020002000000000000000000');
    expect(bytes.subarray(80, 96).toString('hex')).toBe('30003200020300000700000000000000');
    expect(bytes.subarray(96, 112).toString('hex')).toBe('02000000c00002010000000000000000');
  });

  it('pads IPv6 addresses to 8 bytes', () => {
    expect(withRequests(old, six).length - bytes.length).toBe(56 - 32);
  });

  it('carries the addresses of the key manager', () => {
    const kmAddress = { reserved: 1, src: '203.0.113.7', dst: '203.0.113.8' };
    const one = Buffer.from(encodePfKeyMigrate({ ...migrate, kmAddress }));
    expect(one.subarray(16, 56).toString('hex')).toBe(
      '0500190001000000' + '02000000cb0071070000000000000000' + '02000000cb0071080000000000000000',
    );
  });

  it('can tell a length that is not its own, and be cut short', () => {
    expect(withRequests(old, { ...now, told: 56 })).toHaveLength(bytes.length);
    expect(Buffer.from(withRequests(old, { ...now, told: 56 })).readUInt16LE(128)).toBe(56);
    const cut = Buffer.from(withRequests(old, { ...now, cutTo: 40 }));
    expect(cut).toHaveLength(bytes.length - 8);
    expect(cut.readUInt16LE(64)).toBe((16 + 48 + 40) / 8);
    expect(cut.readUInt16LE(128)).toBe(48);
  });

  it('can cut the addresses of the key manager short, and tell the length that is left', () => {
    const kmAddress = { reserved: 1, src: '203.0.113.7', dst: '203.0.113.8', cutTo: 32 };
    const cut = Buffer.from(encodePfKeyMigrate({ ...migrate, kmAddress }));
    expect(cut).toHaveLength(bytes.length + 32);
    expect(cut.subarray(16, 48).toString('hex')).toBe(
      '0400190001000000' + '02000000cb0071070000000000000000' + '02000000cb007108',
    );
  });

  it('can name a mode by its number', () => {
    const other = Buffer.from(withRequests(old, { ...now, mode: 9 }));
    expect([other[84], other[132]]).toEqual([2, 9]);
  });

  it('leaves out what it is not given', () => {
    const { policy: _, ...rest } = migrate;
    expect(encodePfKeyMigrate(rest)).toHaveLength(16 + 24 + 24);
  });

  it('is answered with an errno', () => {
    expect(decodePfKey(Buffer.from('02182203020000000500000000000000', 'hex'))).toEqual({
      ...{ type: 24, errno: 34 },
    });
    expect(() => decodePfKey(new Uint8Array(3))).toThrow(RangeError);
  });
});

/** An AH transport SA that goes from IPv4 to IPv6, out of 2001:db8:1::/48, with KM addresses. */
const announcement = [
  '02180002' + '22000000' + '00000000' + '00000000',
  '05001900' + '00000000',
  '02000000' + 'cb007107' + '0000000000000000',
  '02000000' + 'cb007108' + '0000000000000000',
  '05000500' + '00300000',
  '0a000000' + '00000000' + '20010db8000100000000000000000000' + '00000000' + '00000000',
  '05000600' + '00300000',
  '0a000000' + '00000000' + '20010db8000200000000000000000000' + '00000000' + '00000000',
  '11001200' + '02000100' + '00000000' + '00000000',
  '30003300' + '01030000' + '02000000' + '00000000',
  '02000000' + 'c0000201' + '0000000000000000',
  '02000000' + 'c0000202' + '0000000000000000',
  '48003300' + '01030000' + '02000000' + '00000000',
  '0a000000' + '00000000' + '20010db8000b00000000000000000001' + '00000000',
  '0a000000' + '00000000' + '20010db8000b00000000000000000002' + '00000000',
].join('');

describe('the SADB_X_MIGRATE that is heard', () => {
  /** With these bytes in place of those at an offset. */
  const spoilt = (offset: number, hex: string) => {
    const bytes = Buffer.from(announcement, 'hex');
    bytes.write(hex, offset, 'hex');
    return () => decodePfKeyMigrate(bytes);
  };

  it('is read in full', () => {
    const request = { proto: 51, mode: 'transport', level: 'unique', reqid: 2 };
    expect(decodePfKeyMigrate(Buffer.from(announcement, 'hex'))).toEqual({
      ...{ errno: 0, satype: 2, sequence: 0, pid: 0 },
      kmAddress: { reserved: 0, src: '203.0.113.7', dst: '203.0.113.8' },
      src: { address: '2001:db8:1::', prefix: 48, port: 0, proto: 0 },
      dst: { address: '2001:db8:2::', prefix: 48, port: 0, proto: 0 },
      policy: {
        dir: 1,
        requests: [
          { ...request, src: '192.0.2.1', dst: '192.0.2.2' },
          { ...request, src: '2001:db8:b::1', dst: '2001:db8:b::2' },
        ],
      },
    });
  });

  it('is what was sent', () => {
    const all = { ...migrate, kmAddress: { reserved: 3, src: '::1', dst: '::2' } };
    expect(decodePfKeyMigrate(encodePfKeyMigrate(all))).toEqual({ ...all, errno: 0, satype: 3 });
  });

  it('has pairs of one family', () => {
    const unlike = withRequests(old, { ...now, dst: '2001:db8::2' });
    expect(() => decodePfKeyMigrate(unlike)).toThrow('a pair of families 2 and 10');
  });

  it.each([
    [4, '25', 'a message of 272 bytes tells 296'],
    [6, '01', 'sadb_msg_reserved is not zero'],
    [16, '00', 'an extension of 0 bytes'],
    [18, '05', 'extension 5 is there twice'],
    [18, '1a', 'extension 26'],
    [33, '01', 'sin_zero or sin6_scope_id is 0001'],
    [40, '0a', 'sockaddr: 16 bytes of 28'],
    [56 + 36, '01', 'padding 01000000'],
    [136, '12', 'extension 18: 136 bytes of 144'],
    [136 + 4, '01', 'policy type 1'],
    [136 + 8, '01', 'sadb_x_policy_id is not zero'],
    [152, '38', 'padding'],
    [152 + 4, '09', 'mode 9'],
    [200, '50', 'ipsecrequest: 72 bytes of 80'],
  ])('is refused with byte %i %s', (offset, hex, message) => {
    expect(spoilt(offset, hex)).toThrow(new RegExp(`^${message}`));
  });
});
