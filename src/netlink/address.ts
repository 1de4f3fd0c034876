import { isIPv4, isIPv6 } from 'node:net';
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
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, 16);
    return bytes.subarray(4).every((byte) => byte === 0)
      ? bytes.subarray(0, 4).join('.')
      : formatIPv6(bytes);
  },
  write(view, offset, value) {
    new Uint8Array(view.buffer, view.byteOffset + offset, 16).set(parseAddress(value));
  },
};

/** 16 bytes of an address in text. Throws a RangeError for text that is not one. */
export function parseAddress(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  if (isIPv4(text)) bytes.set(text.split('.').map(Number));
  else if (isIPv6(text)) bytes.set(parseIPv6(text));
  else throw new RangeError(`"${text}" is not an IP address`);
  return bytes;
}

/** AF_INET or AF_INET6, by the look of the address. */
export function familyOf(text: string): 'AF_INET' | 'AF_INET6' {
  return text.includes(':') ? 'AF_INET6' : 'AF_INET';
}

function parseIPv6(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [a, b, c, d] = dotted.slice(2).map(Number) as [number, number, number, number];
    return parseIPv6(`${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`);
  }
  const [head, tail] = text.split('::', 2) as [string, string | undefined];
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((g) => parseInt(g, 16)));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - first.length - last.length).fill(0);
  return [...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 0xff]);
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
  return family === 'AF_INET6' && isIPv4(text) ? formatIPv6(parseAddress(text)) : text;
}
