import { u16At, u32At } from '../netlink/codec.ts';
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
  const read = readerOf(raw);
  return {
    ...raw,
    requests: raw.requests.map((request) => decodeRequest(request, read)),
    notifications: raw.notifications.flatMap((notification) =>
      decodeNotification(notification, read(notification.bytes)),
    ),
  };
}

/** Turns hex of a record into bytes; wants each in its turn. */
type ReadHex = (hex: string) => Uint8Array;

/** Converts all of a record at once: one by one each would cost more than what is in it. */
function readerOf({
  requests,
  notifications,
}: Pick<RawCaseRecord, 'requests' | 'notifications'>): ReadHex {
  const all: string[] = [];
  for (const { bytes, received } of requests) {
    all.push(bytes);
    if (typeof received !== 'number') all.push(...received);
  }
  for (const { bytes } of notifications) all.push(bytes);
  const buffer = Buffer.from(all.join(''), 'hex');
  let at = 0;
  return (hex) => {
    const start = at;
    at += hex.length / 2;
    return buffer.subarray(start, at);
  };
}

const at = {
  type: nlmsghdr.offsetOf('type'),
  flags: nlmsghdr.offsetOf('flags'),
  sequence: nlmsghdr.offsetOf('sequence'),
};

function decodeRequest(raw: RawRequestRecord, read: ReadHex): RequestRecord {
  const bytes = read(raw.bytes);
  const received = typeof raw.received === 'number' ? raw.received : raw.received.map(read);
  if (bytes.length < nlmsghdr.size)
    throw new RangeError(`a netlink message of ${bytes.length} bytes`);
  const type = u16At(bytes, at.type);
  const { reply, messages } = readAnswer(received, u32At(bytes, at.sequence), bytes);
  return {
    purpose: raw.purpose,
    netns: raw.netns,
    message: messageName(type),
    flags: flagNames(u16At(bytes, at.flags)),
    ...describeRequest({ type, payload: bytes.subarray(nlmsghdr.size) }, raw.headerLength),
    bytes: raw.bytes,
    reply,
    answers: messages.map((message) => ({
      message: messageName(message.type),
      ...describe(message),
    })),
  };
}

function decodeNotification(
  { group, netns, bytes: hex }: RawNotification,
  bytes: Uint8Array,
): NotificationRecord[] {
  return describeNotifications({ group, bytes }).map((notification) => ({
    ...notification,
    netns,
    bytes: hex,
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
