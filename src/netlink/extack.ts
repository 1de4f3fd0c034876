import { type Codec, i32, type U64, u32, u64, viewOf } from './codec.ts';
import {
  align4,
  decodeAttributes,
  type Message,
  NLA_TYPE_MASK,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  nlmsghdr,
} from './message.ts';

/** The content of an NLMSG_ERROR or NLMSG_DONE message. */
export interface NetlinkError {
  /** Positive errno; 0 is the acknowledgement. */
  errno: number;
  /** Sequence number of the request that is answered; null for NLMSG_DONE, which echoes none. */
  sequence: number | null;
  extack: ExtAckBytes | null;
}

/** The extended acknowledgement (linux/netlink.h, enum nlmsgerr_attrs). */
export interface ExtAckBytes {
  message: string | null;
  /** Byte offset into the request of the attribute at fault. */
  offset: number | null;
  policy: AttributePolicy | null;
  /** NLMSGERR_ATTR_MISS_TYPE: type of an attribute that is missing. */
  missingType: number | null;
}

/** What the kernel says an attribute must be (enum netlink_policy_type_attr). */
export interface AttributePolicy {
  type: string;
  [bound: string]: U64;
}

const policyTypes = [
  'invalid',
  'flag',
  'u8',
  'u16',
  'u32',
  'u64',
  's8',
  's16',
  's32',
  's64',
  'binary',
  'string',
  'nul-string',
  'nested',
  'nested-array',
  'bitfield32',
  'sint',
  'uint',
];

const policyBounds: Readonly<Record<number, readonly [string, Codec<U64> | Codec<number>]>> = {
  2: ['minValueSigned', u64],
  3: ['maxValueSigned', u64],
  4: ['minValue', u64],
  5: ['maxValue', u64],
  6: ['minLength', u32],
  7: ['maxLength', u32],
  8: ['policyIndex', u32],
  9: ['policyMaxType', u32],
  10: ['bitfieldMask', u32],
  12: ['mask', u64],
};

const sequenceAt = nlmsghdr.offsetOf('sequence');

/**
 * Decodes NLMSG_ERROR: int error, the request's nlmsghdr, the request's payload unless
 * NLM_F_CAPPED, and with NLM_F_ACK_TLVS the extended acknowledgement.
 */
export function decodeError(message: Message): NetlinkError {
  const view = viewOf(message.payload);
  const capped = (message.flags & NLM_F_CAPPED) !== 0;
  const echoed = capped ? nlmsghdr.size : view.getUint32(i32.size, true);
  const tlvs = i32.size + align4(echoed);
  return {
    errno: -i32.read(view, 0) || 0,
    sequence: view.getUint32(i32.size + sequenceAt, true),
    extack: decodeExtAck(message, tlvs),
  };
}

/** Decodes NLMSG_DONE of a dump: int error, then the extended acknowledgement. */
export function decodeDone(message: Message): NetlinkError {
  const errno = message.payload.length >= i32.size ? -i32.read(viewOf(message.payload), 0) || 0 : 0;
  return { errno, sequence: null, extack: decodeExtAck(message, i32.size) };
}

function decodeExtAck(message: Message, start: number): ExtAckBytes | null {
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return null;
  const extack: ExtAckBytes = { message: null, offset: null, policy: null, missingType: null };
  for (const { type, payload } of decodeAttributes(message.payload, start)) {
    const view = viewOf(payload);
    const kind = type & NLA_TYPE_MASK;
    if (kind === 1) extack.message = Buffer.from(payload).toString('latin1').replace(/\0+$/, '');
    else if (kind === 2) extack.offset = u32.read(view, 0);
    else if (kind === 4) extack.policy = decodePolicy(payload);
    else if (kind === 5) extack.missingType = u32.read(view, 0);
  }
  return extack;
}

function decodePolicy(bytes: Uint8Array): AttributePolicy {
  const policy: AttributePolicy = { type: 'unspecified' };
  for (const { type, payload } of decodeAttributes(bytes)) {
    const kind = type & NLA_TYPE_MASK;
    const view = viewOf(payload);
    if (kind === 1) {
      const number = u32.read(view, 0);
      policy.type = policyTypes[number] ?? `type ${number}`;
      continue;
    }
    const bound = policyBounds[kind];
    if (bound && payload.length >= bound[1].size) policy[bound[0]] = bound[1].read(view, 0);
  }
  return policy;
}
