import type { Codec } from './codec.ts';

/**
 * `xfrm_address_t`: 16 bytes in network byte order, an IPv4 address in the first four. The union
 * does not say its family; a struct that holds one settles it with `showByFamily`. As read it is
 * dotted when the last 12 bytes are zero, so bytes that should be zero but are not stay visible.
 */
export const address: Codec<string> = {
  size: 16,
  align: 4,
  read(view, offset) {
    const first = view.getUint32(offset);
    const second = view.getUint32(offset + 4);
    const third = view.getUint32(offset + 8);
    const last = view.getUint32(offset + 12);
    // The same few addresses are read again and again, and an emulated guest takes long over text.
    const hash = first ^ (second * 3) ^ (third * 5) ^ (last * 7);
    const known = texts.get(hash);
    if (
      known?.first === first &&
      known.second === second &&
      known.third === third &&
      known.last === last
    )
      return known.text;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, 16);
    const dotted = second === 0 && third === 0 && last === 0;
    const text = dotted ? bytes.subarray(0, 4).join('.') : formatIPv6(bytes);
    if (texts.size >= mostKnown) texts.clear();
    texts.set(hash, { first, second, third, last, text });
    return text;
  },
  write(view, offset, value) {
    new Uint8Array(view.buffer, view.byteOffset + offset, 16).set(parseAddress(value));
  },
};

const mostKnown = 256;
/** Addresses that were read, as four words in network byte order, by what `address` makes of them. */
const texts = new Map<
  number,
  { first: number; second: number; third: number; last: number; text: string }
>();
/** Addresses that were parsed. */
const parsed = new Map<string, Uint8Array>();

/** 16 bytes of an address in text, not to be changed. Throws a RangeError for text that is not one. */
export function parseAddress(text: string): Uint8Array {
  const known = parsed.get(text);
  if (known) return known;
  const found = text.includes(':') ? parseIPv6(text) : parseIPv4(text);
  if (!found) throw new RangeError(`"${text}" is not an IP address`);
  const bytes = new Uint8Array(16);
  bytes.set(found);
  if (parsed.size >= mostKnown) parsed.clear();
  parsed.set(text, bytes);
  return bytes;
}

/** AF_INET or AF_INET6, by the look of the address. */
export function familyOf(text: string): 'AF_INET' | 'AF_INET6' {
  return text.includes(':') ? 'AF_INET6' : 'AF_INET';
}

// By hand: node:net would do it, and bring all of Node's streams into an emulated guest (100 ms).

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const dottedQuad = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);

function parseIPv4(text: string): number[] | null {
  return dottedQuad.exec(text)?.slice(1).map(Number) ?? null;
}

/** RFC 4291, section 2.2: eight groups of hex digits, "::" once for zeros, IPv4 at the end. */
function parseIPv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [first, last] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (first === null || last === null) return null;
  if (last === undefined) return first?.length === 16 ? first : null;
  const zeros = 16 - first!.length - last.length;
  return zeros < 2 ? null : [...first!, ...new Array<number>(zeros).fill(0), ...last];
}

function parseGroups(text: string, mayEndInIPv4: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const quad = mayEndInIPv4 && i === groups.length - 1 ? parseIPv4(group) : null;
    if (quad) bytes.push(...quad);
    else if (!/^[\da-f]{1,4}$/i.test(group)) return null;
    else bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
  }
  return bytes;
}

/** Canonical text of RFC 5952: lower case, the longest run of two or more zero groups as "::". */
export function formatIPv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** Shows the address as IPv6 when that is its family, whatever it looks like. */
export function showByFamily(text: string, family: string | number): string {
  return family === 'AF_INET6' && !text.includes(':') ? formatIPv6(parseAddress(text)) : text;
}
