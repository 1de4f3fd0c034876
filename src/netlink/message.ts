import { putU16, putU32, struct, u16, u16At, u32, u32At } from './codec.ts';

/** struct nlmsghdr (linux/netlink.h), 16 bytes. */
export const nlmsghdr = struct({ length: u32, type: u16, flags: u16, sequence: u32, portid: u32 });
const at = {
  length: nlmsghdr.offsetOf('length'),
  type: nlmsghdr.offsetOf('type'),
  flags: nlmsghdr.offsetOf('flags'),
  sequence: nlmsghdr.offsetOf('sequence'),
  portid: nlmsghdr.offsetOf('portid'),
};
/** struct nlattr, 4 bytes: length counts the header and not the padding. */
export const nlattr = struct({ length: u16, type: u16 });
const typeOfAttribute = nlattr.offsetOf('type');

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;
export const NLA_F_NESTED = 0x8000;
export const NLA_F_NET_BYTEORDER = 0x4000;
/** The type of an attribute without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const NLA_TYPE_MASK = 0x3fff;

export interface Message {
  type: number;
  flags: number;
  sequence: number;
  portid: number;
  /** What follows the nlmsghdr. */
  payload: Uint8Array;
}

/** An attribute; `type` carries NLA_F_NESTED where it is set. */
export interface Attribute {
  type: number;
  payload: Uint8Array;
  /** Bytes from the start of the buffer that was parsed to the attribute's header. */
  offset: number;
}

/**
 * One netlink message, nlmsghdr included.
 *
 * @param rest follows the payload
 */
export function encodeMessage(message: Message, rest?: Uint8Array): Uint8Array {
  const { payload } = message;
  const end = nlmsghdr.size + payload.length;
  const length = end + (rest?.length ?? 0);
  const bytes = new Uint8Array(length);
  putU32(bytes, at.length, length);
  putU16(bytes, at.type, message.type);
  putU16(bytes, at.flags, message.flags);
  putU32(bytes, at.sequence, message.sequence);
  putU32(bytes, at.portid, message.portid);
  bytes.set(payload, nlmsghdr.size);
  if (rest) bytes.set(rest, end);
  return bytes;
}

/** One attribute, padded to four bytes. */
export function encodeAttribute(type: number, payload: Uint8Array): Uint8Array {
  const length = nlattr.size + payload.length;
  const bytes = new Uint8Array(align4(length));
  putU16(bytes, 0, length);
  putU16(bytes, typeOfAttribute, type);
  bytes.set(payload, nlattr.size);
  return bytes;
}

/**
 * Splits what one recv() returned into messages. Bytes that are no whole message end it: the
 * kernel never sends such, so they are an error of ours or of the kernel and throw.
 */
export function decodeMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < nlmsghdr.size)
      throw new RangeError(`${bytes.length - offset} stray bytes after the last netlink message`);
    const length = u32At(bytes, offset + at.length);
    if (length < nlmsghdr.size || offset + length > bytes.length)
      throw new RangeError(
        `netlink message of length ${length} in a buffer of ${bytes.length - offset}`,
      );
    const payload = bytes.subarray(offset + nlmsghdr.size, offset + length);
    messages.push({
      type: u16At(bytes, offset + at.type),
      flags: u16At(bytes, offset + at.flags),
      sequence: u32At(bytes, offset + at.sequence),
      portid: u32At(bytes, offset + at.portid),
      payload,
    });
    offset += align4(length);
  }
  return messages;
}

/**
 * Whether the answer to a request ends with what one recv() returned: NLMSG_ERROR or NLMSG_DONE of its
 * sequence number. Looks at no more than the headers, and leaves malformed ones to decodeMessages().
 */
export function endsAnswer(bytes: Uint8Array, sequence: number): boolean {
  for (let offset = 0; offset + nlmsghdr.size <= bytes.length; ) {
    const type = u16At(bytes, offset + at.type);
    const ends = type === NLMSG_ERROR || type === NLMSG_DONE;
    if (ends && u32At(bytes, offset + at.sequence) === sequence) return true;
    offset += Math.max(nlmsghdr.size, align4(u32At(bytes, offset + at.length)));
  }
  return false;
}

/**
 * Splits a run of attributes.
 *
 * @param start where in `bytes` the first attribute begins
 */
export function decodeAttributes(bytes: Uint8Array, start = 0): Attribute[] {
  const attributes: Attribute[] = [];
  let offset = start;
  while (bytes.length - offset >= nlattr.size) {
    const length = u16At(bytes, offset);
    const type = u16At(bytes, offset + typeOfAttribute);
    if (length < nlattr.size || offset + length > bytes.length) break;
    attributes.push({
      type,
      payload: bytes.subarray(offset + nlattr.size, offset + length),
      offset,
    });
    offset += align4(length);
  }
  return attributes;
}

/** NLMSG_ALIGN, NLA_ALIGN */
export function align4(length: number): number {
  return (length + 3) & ~3;
}
