import { decodeDone, decodeError, type ExtAckBytes, type NetlinkError } from '../netlink/extack.ts';
import {
  decodeAttributes,
  decodeMessages,
  type Message,
  NLMSG_DONE,
  NLMSG_ERROR,
  nlmsghdr,
} from '../netlink/message.ts';
import { errnoName } from '../netlink/names.ts';
import { attributeName } from '../netlink/xfrm-attributes.ts';
import type { ExtAck, Json, Reply } from './record.ts';

/** The kernel's answer to one request: its word, and the messages of a GET or a dump. */
export interface Answer {
  reply: Reply;
  messages: readonly Message[];
}

/**
 * Reads the answer out of the datagrams that came back.
 *
 * @param received the datagrams, or the positive errno with which sending failed
 * @param request the request's own bytes, which an extack points into
 */
export function readAnswer(
  received: Uint8Array[] | number,
  sequence: number,
  request: Uint8Array,
): Answer {
  if (typeof received === 'number')
    return { reply: { errno: errnoName(received), extack: null }, messages: [] };
  const messages: Message[] = [];
  let error: NetlinkError | null = null;
  for (const datagram of received)
    for (const message of decodeMessages(datagram)) {
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
