/** SAs and policies as bytes of the kernel's own answers, so that not one bit of them is overlooked. */
import { toHex, viewOf } from '../netlink/codec.ts';
import { align4, type Message, NLA_TYPE_MASK } from '../netlink/message.ts';
import { attributeType } from '../netlink/xfrm-attributes.ts';

/** Offsets into struct xfrm_usersa_info, bytes. */
export const saOffset = {
  selector: 0,
  daddr: 56,
  spi: 72,
  proto: 76,
  saddr: 80,
  addTime: 176,
  stats: 192,
  reqid: 208,
  family: 212,
  mode: 214,
} as const;
const saInfoSize = 224;
/** Offsets into struct xfrm_userpolicy_info, bytes; selector 0 to 56. */
const policyOffset = { addTime: 136, index: 156, dir: 160 } as const;
const policyInfoSize = 168;

/** An SA or a policy: its fixed part and its attributes by type, bytes as on the wire. */
export interface Item {
  readonly info: Uint8Array;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

export interface World {
  readonly sas: readonly Item[];
  readonly policies: readonly Item[];
}

/** Reads an XFRM_MSG_NEWSA of a dump; times that pass by themselves are zeroed. */
export function saOf({ payload }: Message): Item {
  return item(payload, saInfoSize, saOffset.addTime);
}

/** Reads an XFRM_MSG_NEWPOLICY of a dump. */
export function policyOf({ payload }: Message): Item {
  return item(payload, policyInfoSize, policyOffset.addTime);
}

const lastUsed = attributeType('XFRMA_LASTUSED');
const encap = attributeType('XFRMA_ENCAP');

function item(payload: Uint8Array, size: number, addTime: number): Item {
  const info = payload.slice(0, size);
  info.fill(0, addTime, addTime + 16);
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(payload);
  for (let offset = align4(size); offset + 4 <= payload.length; ) {
    const length = Math.max(4, view.getUint16(offset, true));
    const type = view.getUint16(offset + 2, true) & NLA_TYPE_MASK;
    if (type !== lastUsed)
      attributes.set(type, meaningful(type, payload.subarray(offset + 4, offset + length)));
    offset += align4(length);
  }
  return { info, attributes };
}

/** The bytes of an attribute without those between the members of its struct. */
function meaningful(type: number, value: Uint8Array): Uint8Array {
  if (type !== encap) return value;
  const copy = value.slice();
  copy.fill(0, 6, 8);
  return copy;
}

/** Changes of an item: bytes at offsets of its fixed part, attributes set or (null) removed. */
export function changed(
  { info, attributes }: Item,
  bytes: readonly (readonly [offset: number, value: Uint8Array])[],
  set: readonly (readonly [type: number, value: Uint8Array | null])[] = [],
): Item {
  const copy = info.slice();
  for (const [offset, value] of bytes) copy.set(value, offset);
  const map = new Map(attributes);
  for (const [type, value] of set) {
    if (value) map.set(type, meaningful(type, value));
    else map.delete(type);
  }
  return { info: copy, attributes: map };
}

/** All of an item as words of text. */
function fingerprint({ info, attributes }: Item): string {
  const listed = [...attributes].sort(([a], [b]) => a - b);
  return [toHex(info), ...listed.map(([type, value]) => `${type}=${toHex(value)}`)].join(' ');
}

/** Whether not one bit of them differs. */
function isSame(a: Item, b: Item): boolean {
  if (a === b) return true;
  if (Buffer.compare(a.info, b.info) !== 0 || a.attributes.size !== b.attributes.size) return false;
  for (const [type, value] of a.attributes) {
    const other = b.attributes.get(type);
    if (!other || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}

/** How two lists of items differ, as one sentence; null when they do not, in whatever order. */
export function difference(what: string, expected: readonly Item[], found: readonly Item[]) {
  const left = [...expected];
  const extra: Item[] = [];
  for (const each of found) {
    const index = left.findIndex((item) => isSame(item, each));
    if (index >= 0) left.splice(index, 1);
    else extra.push(each);
  }
  if (left.length === 0 && extra.length === 0) return null;
  const [was, is] = [left[0], extra[0]];
  if (was === undefined) return `${what}: one too many, ${nameOf(is!)}`;
  if (is === undefined) return `${what}: ${nameOf(was)} is missing`;
  return `${what}: ${nameOf(was)} is not as it must be: ${firstDifference(fingerprint(was), fingerprint(is))}`;
}

function nameOf({ info }: Item): string {
  return info.length === saInfoSize
    ? `SA 0x${viewOf(info).getUint32(saOffset.spi).toString(16)}`
    : `policy ${viewOf(info).getUint32(policyOffset.index, true)}`;
}

function firstDifference(was: string, is: string): string {
  const [expected, found] = [was.split(' '), is.split(' ')];
  const words = Math.max(expected.length, found.length);
  const index = Array.from({ length: words }, (_, i) => i).find((i) => expected[i] !== found[i])!;
  if (index > 0) return `attribute ${expected[index] ?? 'none'} became ${found[index] ?? 'none'}`;
  const [a, b] = [expected[0]!, found[0]!];
  const at = [...a].findIndex((digit, i) => digit !== b[i]) >> 1;
  return `byte ${at}: ${a.slice(2 * at, 2 * at + 8)} expected, ${b.slice(2 * at, 2 * at + 8)} found`;
}

export const familyOfSa = ({ info }: Item) => viewOf(info).getUint16(saOffset.family, true);

export const spiOf = ({ info }: Item) => viewOf(info).getUint32(saOffset.spi);

export const indexOfPolicy = ({ info }: Item) => viewOf(info).getUint32(policyOffset.index, true);

/** Whether addresses are equal as the kernel compares them: 16 bytes of IPv6, 4 otherwise. */
export function sameAddress(a: Uint8Array, b: Uint8Array, family: number): boolean {
  const length = family === 10 ? 16 : 4;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export const dirOfPolicy = ({ info }: Item) => info[policyOffset.dir]!;
