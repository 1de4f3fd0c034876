/**
 * Codecs for C structs as the kernel lays them out on x86-64: natural alignment, little-endian
 * unless a member says otherwise. Bytes in, values out.
 */
export interface Codec<T> {
  /** Bytes, tail padding included. */
  readonly size: number;
  readonly align: number;
  read(view: DataView, offset: number): T;
  write(view: DataView, offset: number, value: T): void;
}

/** The value type of a codec. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

function scalar<T>(
  size: number,
  read: (view: DataView, offset: number) => T,
  write: (view: DataView, offset: number, value: T) => void,
  align = size,
): Codec<T> {
  return { size, align, read, write };
}

export const u8 = scalar<number>(
  1,
  (view, offset) => view.getUint8(offset),
  (view, offset, value) => view.setUint8(offset, value),
);
export const u16 = scalar<number>(
  2,
  (view, offset) => view.getUint16(offset, true),
  (view, offset, value) => view.setUint16(offset, value, true),
);
export const u32 = scalar<number>(
  4,
  (view, offset) => view.getUint32(offset, true),
  (view, offset, value) => view.setUint32(offset, value, true),
);
export const i32 = scalar<number>(
  4,
  (view, offset) => view.getInt32(offset, true),
  (view, offset, value) => view.setInt32(offset, value, true),
);
/** Network byte order: ports. */
export const be16 = scalar<number>(
  2,
  (view, offset) => view.getUint16(offset),
  (view, offset, value) => view.setUint16(offset, value),
);
/** Network byte order: the SPI. */
export const be32 = scalar<number>(
  4,
  (view, offset) => view.getUint32(offset),
  (view, offset, value) => view.setUint32(offset, value),
);

/** A 64-bit number: a decimal string beyond 2^53, and "infinite" for XFRM_INF (all ones). */
export type U64 = number | string;
const infinite = 0xffff_ffff_ffff_ffffn;

export const u64: Codec<U64> = scalar<U64>(
  8,
  (view, offset) => {
    const high = view.getUint32(offset + 4, true);
    if (high < 2 ** 21) return high * 2 ** 32 + view.getUint32(offset, true);
    const value = view.getBigUint64(offset, true);
    return value === infinite ? 'infinite' : value.toString();
  },
  (view, offset, value) =>
    view.setBigUint64(offset, value === 'infinite' ? infinite : BigInt(value), true),
);

/**
 * A number with names. Reads as the name where there is one, else as the number; writes either.
 *
 * @param names value → name
 */
export function named(
  codec: Codec<number>,
  names: Readonly<Record<number, string>>,
): Codec<string | number> {
  const numbers = new Map(Object.entries(names).map(([value, name]) => [name, Number(value)]));
  return scalar<string | number>(
    codec.size,
    (view, offset) => {
      const value = codec.read(view, offset);
      return names[value] ?? value;
    },
    (view, offset, value) => {
      const number = typeof value === 'number' ? value : numbers.get(value);
      if (number === undefined) throw new RangeError(`no value is named "${value}"`);
      codec.write(view, offset, number);
    },
    codec.align,
  );
}

/**
 * A set of bits with names. Reads as a list of names in bit order, with bits that have no name as
 * one hexadecimal number at the end; writes names and numbers.
 *
 * @param names bit value → name
 */
export function flagSet(
  codec: Codec<number>,
  names: Readonly<Record<number, string>>,
): Codec<readonly (string | number)[]> {
  const flags = Object.entries(names).map(([bit, name]) => ({ bit: Number(bit), name }));
  return scalar<readonly (string | number)[]>(
    codec.size,
    (view, offset) => flagNames(codec.read(view, offset), flags),
    (view, offset, value) => {
      let bits = 0;
      for (const flag of value) {
        const bit = typeof flag === 'number' ? flag : flags.find(({ name }) => name === flag)?.bit;
        if (bit === undefined) throw new RangeError(`no flag is named "${flag}"`);
        bits |= bit;
      }
      codec.write(view, offset, bits >>> 0);
    },
    codec.align,
  );
}

/** The names of the bits that are set; unnamed bits come last as one number. */
function flagNames(
  bits: number,
  flags: readonly { bit: number; name: string }[],
): (string | number)[] {
  const found: (string | number)[] = [];
  if (bits === 0) return found;
  let rest = bits;
  for (const { bit, name } of flags) {
    if ((bits & bit) !== 0) {
      found.push(name);
      rest &= ~bit;
    }
  }
  if (rest !== 0) found.push(rest >>> 0);
  return found;
}

/** A fixed array of bytes that holds a NUL-terminated ASCII string (alg_name). */
export function cString(length: number): Codec<string> {
  return scalar<string>(
    length,
    (view, offset) => {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      const end = bytes.indexOf(0);
      return String.fromCharCode(...bytes.subarray(0, end < 0 ? length : end));
    },
    (view, offset, value) => {
      if (value.length > length) throw new RangeError(`"${value}" is longer than ${length} bytes`);
      const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      for (let i = 0; i < value.length; i++) bytes[i] = value.charCodeAt(i);
    },
    1,
  );
}

// biome-ignore lint/suspicious/noExplicitAny: members of different value types
type Members = { readonly [name: string]: Codec<any> };
type StructValue<M> = { -readonly [K in keyof M]: ValueOf<M[K]> };

/** A C struct: its members in order, each at its natural alignment, padded at the end. */
export interface Struct<M extends Members> extends Codec<StructValue<M>> {
  /** Byte offset of a member: offsetof(). */
  offsetOf(member: keyof M): number;
}

/**
 * Lays out a C struct.
 *
 * @param after is given the value that was read, to settle what one member says of another (an
 *   address is shown by the family beside it).
 */
export function struct<const M extends Members>(
  members: M,
  after?: (value: StructValue<M>) => void,
): Struct<M> {
  const fields: { name: string; member: Codec<unknown>; at: number }[] = [];
  let end = 0;
  let align = 1;
  for (const [name, member] of Object.entries(members)) {
    end = alignTo(end, member.align);
    fields.push({ name, member, at: end });
    end += member.size;
    align = Math.max(align, member.align);
  }
  const size = alignTo(end, align);
  return {
    size,
    align,
    read(view, offset) {
      const value: Record<string, unknown> = {};
      // By index: a tenth of the time of an emulated guest goes into this loop.
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i]!;
        value[field.name] = field.member.read(view, offset + field.at);
      }
      after?.(value as StructValue<M>);
      return value as StructValue<M>;
    },
    write(view, offset, value) {
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i]!;
        field.member.write(view, offset + field.at, value[field.name as keyof M]);
      }
    },
    offsetOf: (member) => fields.find(({ name }) => name === member)!.at,
  };
}

function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

/** Encodes one value; padding is zero. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const bytes = new Uint8Array(codec.size);
  codec.write(new DataView(bytes.buffer), 0, value);
  return bytes;
}

/** Decodes the value at the start of the bytes. Throws a RangeError when they are too few. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  if (bytes.length < codec.size)
    throw new RangeError(`${bytes.length} bytes where ${codec.size} are needed`);
  return codec.read(viewOf(bytes), 0);
}

/*
 * Little-endian numbers of headers that are looked at again and again: to make a DataView takes an emulated
 * guest longer than to read all of them.
 */
export function u16At(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8);
}

export function u32At(bytes: Uint8Array, offset: number): number {
  return (u16At(bytes, offset) | (u16At(bytes, offset + 2) << 16)) >>> 0;
}

export function putU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >> 8;
}

export function putU32(bytes: Uint8Array, offset: number, value: number): void {
  putU16(bytes, offset, value);
  putU16(bytes, offset + 2, value >>> 16);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What toString('hex') of a Buffer ends in; it takes any Uint8Array, which spares making a Buffer. */
const { hexSlice } = Buffer.prototype as unknown as {
  hexSlice(this: Uint8Array, start: number, end: number): string;
};

export function toHex(bytes: Uint8Array): string {
  return hexSlice.call(bytes, 0, bytes.length);
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  // By index, as above: an interpreter pays for what iterates.
  for (let i = 0; i < parts.length; i++) size += parts[i]!.length;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (let i = 0; i < parts.length; i++) {
    bytes.set(parts[i]!, offset);
    offset += parts[i]!.length;
  }
  return bytes;
}
