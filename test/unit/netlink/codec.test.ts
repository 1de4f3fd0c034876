import { describe, expect, it } from 'vitest';
import {
  be16,
  be32,
  concat,
  cString,
  decode,
  encode,
  flagSet,
  fromHex,
  i32,
  named,
  struct,
  toHex,
  u8,
  u16,
  u32,
  u64,
} from '../../../src/netlink/codec.ts';

describe('numbers', () => {
  it('are little-endian, but for those in network byte order', () => {
    const hex = <T>(codec: Parameters<typeof encode<T>>[0], value: T) =>
      toHex(encode(codec, value));
    expect(hex(u8, 0xfe)).toBe('fe');
    expect(hex(u16, 0x1234)).toBe('3412');
    expect(hex(u32, 0xfedc_ba98)).toBe('98badcfe');
    expect(hex(i32, -2)).toBe('feffffff');
    expect(hex(be16, 4500)).toBe('1194');
    expect(hex(be32, 0xfedc_ba98)).toBe('fedcba98');
  });

  it('come back as they were', () => {
    for (const value of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])
      for (const codec of [u32, be32]) expect(decode(codec, encode(codec, value))).toBe(value);
  });

  it('of 64 bits are exact, and infinite when all bits are set', () => {
    expect(toHex(encode(u64, 1000))).toBe('e803000000000000');
    expect(decode(u64, fromHex('ffffffffffffffff'))).toBe('infinite');
    expect(toHex(encode(u64, 'infinite'))).toBe('ffffffffffffffff');
    expect(decode(u64, fromHex('ffffffffffff1f00'))).toBe(Number.MAX_SAFE_INTEGER);
    expect(decode(u64, fromHex('0000000000002000'))).toBe('9007199254740992');
    expect(toHex(encode(u64, '9007199254740993'))).toBe('0100000000002000');
  });

  it('that are too few bytes are a RangeError', () => {
    expect(() => decode(u32, fromHex('010203'))).toThrow(RangeError);
  });
});

describe('named numbers', () => {
  const mode = named(u8, { 0: 'transport', 1: 'tunnel' });

  it('read as names, and as numbers where there is none', () => {
    expect([0, 1, 2].map((value) => decode(mode, Uint8Array.of(value)))).toEqual([
      'transport',
      'tunnel',
      2,
    ]);
  });

  it('write names and numbers, and no name that is not there', () => {
    expect([encode(mode, 'tunnel')[0], encode(mode, 9)[0]]).toEqual([1, 9]);
    expect(() => encode(mode, 'tunel')).toThrow('no value is named "tunel"');
  });
});

describe('sets of flags', () => {
  const flags = flagSet(u32, { 1: 'a', 2: 'b', 2147483648: 'top' });

  it('read as names in bit order, the rest as one number', () => {
    expect(decode(flags, fromHex('03000080'))).toEqual(['a', 'b', 'top']);
    expect(decode(flags, fromHex('0d000000'))).toEqual(['a', 12]);
    expect(decode(flags, fromHex('00000000'))).toEqual([]);
    expect(decode(flagSet(u32, {}), fromHex('fcffffff'))).toEqual([0xffff_fffc]);
  });

  it('write names and numbers together', () => {
    expect(toHex(encode(flags, ['top', 'a', 12]))).toBe('0d000080');
    expect(() => encode(flags, ['c'])).toThrow('no flag is named "c"');
  });
});

describe('strings', () => {
  it('end at the first NUL, or fill their array', () => {
    const name = cString(4);
    expect(decode(name, fromHex('61620063'))).toBe('ab');
    expect(decode(name, fromHex('61626364'))).toBe('abcd');
    expect(toHex(encode(name, 'ab'))).toBe('61620000');
    expect(() => encode(name, 'abcde')).toThrow(RangeError);
  });
});

describe('structs', () => {
  const inner = struct({ wide: u64, narrow: u8 });
  const outer = struct({ first: u8, port: be16, inner, last: u8 });

  it('are laid out with natural alignment and padding at the end', () => {
    expect([inner.size, inner.align]).toEqual([16, 8]);
    expect([outer.size, outer.align]).toEqual([32, 8]);
    expect((['first', 'port', 'inner', 'last'] as const).map(outer.offsetOf)).toEqual([
      0, 2, 8, 24,
    ]);
  });

  it('come back as they were, with zeros for padding', () => {
    const value = { first: 1, port: 2, inner: { wide: 3, narrow: 4 }, last: 5 };
    const bytes = encode(outer, value);
    expect(toHex(bytes)).toBe(
      `0100000200000000${'0300000000000000'}0400000000000000${'0500000000000000'}`,
    );
    expect(decode(outer, bytes)).toEqual(value);
  });

  it('are read from a part of a larger buffer', () => {
    const bytes = concat(fromHex('ffffffff'), encode(outer, decode(outer, new Uint8Array(32))));
    expect(decode(outer, bytes.subarray(4)).port).toBe(0);
  });
});
