import { decode } from '../netlink/codec.ts';
import { NLM_F_DUMP, nlmsghdr } from '../netlink/message.ts';
import { requestFlags } from '../netlink/names.ts';
import { messageName } from '../netlink/xfrm-messages.ts';
import { readAnswer } from './answer.ts';
import { describe, describeNotifications, describeRequest } from './describe-message.ts';
import type {
  CaseRecord,
  NotificationRecord,
  RawCaseRecord,
  RawNotification,
  RawRequestRecord,
  RequestRecord,
} from './record.ts';

/**
 * Reads the bytes that a guest recorded. It is done on the host, where it costs an order of
 * magnitude less than on an emulated machine. Throws a RangeError for bytes that are no netlink
 * messages: a kernel does not send such.
 */
export function decodeRecord({ startedMs: _, ...raw }: RawCaseRecord): CaseRecord {
  return {
    ...raw,
    requests: raw.requests.map(decodeRequest),
    notifications: raw.notifications.flatMap(decodeNotification),
  };
}

function decodeRequest(raw: RawRequestRecord): RequestRecord {
  const bytes = bytesOf(raw.bytes);
  const { type, flags, sequence } = decode(nlmsghdr, bytes);
  const received = typeof raw.received === 'number' ? raw.received : raw.received.map(bytesOf);
  const { reply, messages } = readAnswer(received, sequence, bytes);
  return {
    purpose: raw.purpose,
    netns: raw.netns,
    message: messageName(type),
    flags: flagNames(flags),
    ...describeRequest({ type, payload: bytes.subarray(nlmsghdr.size) }, raw.headerLength),
    bytes: raw.bytes,
    reply,
    answers: messages.map((message) => ({
      message: messageName(message.type),
      ...describe(message),
    })),
  };
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function decodeNotification({ group, netns, bytes }: RawNotification): NotificationRecord[] {
  return describeNotifications({ group, bytes: bytesOf(bytes) }).map((notification) => ({
    ...notification,
    netns,
    bytes,
  }));
}

/** There are only a few different ones. */
const knownFlags = new Map<number, readonly string[]>();

function flagNames(flags: number): readonly string[] {
  const known = knownFlags.get(flags) ?? namesOf(flags);
  knownFlags.set(flags, known);
  return known;
}

function namesOf(flags: number): string[] {
  const names: string[] = [];
  let rest = flags;
  const dump = (flags & NLM_F_DUMP) === NLM_F_DUMP;
  for (const [name, bit] of Object.entries(requestFlags)) {
    if (name === 'NLM_F_DUMP' ? !dump : (rest & bit) !== bit) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names;
}
