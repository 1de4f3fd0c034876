import { describe, expect, it } from 'vitest';
import {
  address,
  familyOf,
  formatIPv6,
  parseAddress,
  showByFamily,
} from '../../../src/netlink/address.ts';
import { decode, encode, fromHex, toHex } from '../../../src/netlink/codec.ts';

describe('addresses', () => {
  it.each([
    ['192.0.2.1', 'c0000201000000000000000000000000'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['fe80::a:b', 'fe8000000000000000000000000a000b'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['2001:DB8::', '20010db8000000000000000000000000'],
  ])('%s is %s', (text, hex) => {
    expect(toHex(parseAddress(text))).toBe(hex);
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.256', ':::', '1::2::3', '192.0.2.1/24'])(
    'but "%s" is none',
    (text) => {
      expect(() => parseAddress(text)).toThrow(RangeError);
    },
  );

  it.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['00010000000000000002000000000000', '1::2:0:0:0'],
    ['00010000000200000003000000040000', '1:0:2:0:3:0:4:0'],
    ['00000000000000000000000000000000', '::'],
    ['00010000000000000000000000000000', '1::'],
    ['00000000000000000000000000000001', '::1'],
    ['000000000000000000000000abcd0001', '::abcd:1'],
  ])('%s reads %s, as RFC 5952 has it', (hex, text) => {
    expect(formatIPv6(fromHex(hex))).toBe(text);
  });

  it('in a union are dotted where only the first four bytes are set, and never hide a byte', () => {
    expect(decode(address, fromHex('c0000201000000000000000000000000'))).toBe('192.0.2.1');
    expect(decode(address, fromHex('c0000201000000000000000000000001'))).toBe('c000:201::1');
    expect(toHex(encode(address, '192.0.2.1'))).toBe('c0000201000000000000000000000000');
  });

  it('are remembered each by itself, also where what they are remembered by is the same', () => {
    const alike = { '0.0.0.3': '00000003', '0:0:0:1::': '0000000000000001' };
    for (let time = 0; time < 2; time++)
      for (const [text, hex] of Object.entries(alike))
        expect(decode(address, fromHex(hex.padEnd(32, '0')))).toBe(text);
  });

  it('are shown by their family', () => {
    expect(showByFamily('192.0.2.1', 'AF_INET6')).toBe('c000:201::');
    expect(showByFamily('0.0.0.0', 'AF_INET6')).toBe('::');
    expect(showByFamily('192.0.2.1', 'AF_INET')).toBe('192.0.2.1');
    expect(showByFamily('192.0.2.1', 3)).toBe('192.0.2.1');
    expect(showByFamily('c000:201::1', 'AF_INET')).toBe('c000:201::1');
    expect([familyOf('192.0.2.1'), familyOf('::')]).toEqual(['AF_INET', 'AF_INET6']);
  });
});
