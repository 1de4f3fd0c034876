import { concat, toHex } from '../netlink/codec.ts';
import { decodeDone, decodeError, type ExtAckBytes, type NetlinkError } from '../netlink/extack.ts';
import {
  type Attribute,
  decodeAttributes,
  decodeMessages,
  encodeMessage,
  type Message,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  nlmsghdr,
} from '../netlink/message.ts';
import { errnoName, requestFlags } from '../netlink/names.ts';
import { attributeName, decodeXfrmAttribute } from '../netlink/xfrm-attributes.ts';
import { decodeXfrmPayload, messageName } from '../netlink/xfrm-messages.ts';
import type { ExtAck, Json, NotificationRecord, Reply, RequestRecord } from './record.ts';
import type { Transport } from './transport.ts';

/** A request before it has a sequence number. */
export interface RawRequest {
  type: number;
  /** Beside NLM_F_REQUEST | NLM_F_ACK, which are the default. */
  flags?: number;
  /** All of the netlink flags, instead of the default. */
  allFlags?: number;
  /** nlmsg_pid; 0 when left out, which the kernel takes from any sender. */
  portid?: number;
  /** The fixed header of the message. */
  header: Uint8Array;
  /** Attributes, encoded. */
  attributes?: Uint8Array;
}

export interface Answer {
  reply: Reply;
  messages: readonly Message[];
}

/** Everything that a case sends and receives goes through here, so that nothing goes unrecorded. */
export class Exchange {
  readonly requests: RequestRecord[] = [];
  readonly notifications: NotificationRecord[] = [];
  #sequence = 0;
  /** Sequence number and port id of the subject sent last: what its notifications echo. */
  subject = { sequence: 0, portid: 0 };

  /** Sends a request over a namespace's socket and records it with its answer. */
  send(transport: Transport, purpose: RequestRecord['purpose'], request: RawRequest): Answer {
    const sequence = ++this.#sequence;
    const flags = request.allFlags ?? NLM_F_REQUEST | NLM_F_ACK | (request.flags ?? 0);
    const portid = request.portid ?? 0;
    if (purpose === 'subject') this.subject = { sequence, portid };
    const payload = concat(request.header, request.attributes ?? new Uint8Array());
    const bytes = encodeMessage({ type: request.type, flags, sequence, portid, payload });
    const answer = readAnswer(transport.exchange(bytes), sequence, bytes);
    this.requests.push({
      purpose,
      netns: transport.netns,
      message: messageName(request.type),
      flags: flagNames(flags),
      ...describe(request.type, payload, request.header.length),
      bytes: toHex(bytes),
      reply: answer.reply,
      answers: answer.messages.map(({ type, payload }) => ({
        message: messageName(type),
        ...describe(type, payload),
      })),
    });
    return answer;
  }

  /** Records what the listener received since the last call, and returns it. */
  drain(transport: Transport, groupName: (group: number) => string): NotificationRecord[] {
    const fresh = transport.drain().flatMap(({ group, bytes }) =>
      decodeMessages(bytes).map(({ type, sequence, portid, payload }) => ({
        group: groupName(group),
        netns: transport.netns,
        message: messageName(type),
        sequence,
        portid,
        ...describe(type, payload),
        bytes: toHex(bytes),
      })),
    );
    this.notifications.push(...fresh);
    return fresh;
  }
}

/** Header and attributes of an xfrm payload as records show them. */
function describe(
  type: number,
  payload: Uint8Array,
  headerLength?: number,
): { header: Json; attributes: { name: string; value: Json }[] } {
  const { header, attributes } = decodeXfrmPayload(type, payload);
  const known =
    attributes.length > 0 || headerLength === undefined
      ? attributes
      : decodeAttributes(payload, headerLength);
  return { header: header as Json, attributes: known.map(describeAttribute) };
}

function describeAttribute(attribute: Attribute): { name: string; value: Json } {
  return decodeXfrmAttribute(attribute) as { name: string; value: Json };
}

function readAnswer(
  received: Uint8Array[] | number,
  sequence: number,
  request: Uint8Array,
): Answer {
  if (typeof received === 'number')
    return { reply: { errno: errnoName(received), extack: null }, messages: [] };
  const messages: Message[] = [];
  let error: NetlinkError | null = null;
  for (const message of received.flatMap(decodeMessages)) {
    if (message.sequence !== sequence) continue;
    if (message.type === NLMSG_ERROR) error = decodeError(message);
    else if (message.type === NLMSG_DONE) error ??= decodeDone(message);
    else messages.push(message);
  }
  if (!error)
    return { reply: { errno: messages.length > 0 ? 'OK' : 'no reply', extack: null }, messages };
  return {
    reply: {
      errno: errnoName(error.errno),
      extack: error.extack && describeExtAck(error.extack, request),
    },
    messages,
  };
}

function describeExtAck(extack: ExtAckBytes, request: Uint8Array): ExtAck {
  return {
    message: extack.message,
    offset: extack.offset,
    attribute: extack.offset === null ? null : attributeAt(request, extack.offset),
    policy: extack.policy as Json,
  };
}

/** The name of the attribute whose header is at this offset of the request. */
function attributeAt(request: Uint8Array, offset: number): string | null {
  if (offset < nlmsghdr.size || offset + 4 > request.length) return null;
  const [attribute] = decodeAttributes(request, offset);
  return attribute ? attributeName(attribute.type) : null;
}

function flagNames(flags: number): string[] {
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
