import { toHex } from '../netlink/codec.ts';
import {
  type Attribute,
  decodeAttributes,
  decodeMessages,
  type Message,
} from '../netlink/message.ts';
import { decodeXfrmAttribute } from '../netlink/xfrm-attributes.ts';
import {
  decodeXfrmPayload,
  groupName,
  messageName,
  sadAttributes,
  xfrmMessages,
} from '../netlink/xfrm-messages.ts';
import type { Json, NotificationRecord } from './record.ts';
import { remembered } from './remembered.ts';
import type { Received } from './transport.ts';

interface Described {
  readonly header: Json;
  readonly attributes: readonly { readonly name: string; readonly value: Json }[];
}

/** Header and attributes of an xfrm payload as records show them. */
export const describe = remembered(({ type, payload }): Described => {
  const { header, attributes } = decodeXfrmPayload(type, payload);
  const describeOne =
    type === xfrmMessages.XFRM_MSG_NEWSADINFO ? describeSadAttribute : describeAttribute;
  return { header: header as Json, attributes: attributes.map(describeOne) };
});

/**
 * The same of a request, whose message may have no header that is known, or one of another length.
 *
 * @param headerLength what the case took for the header, bytes
 */
export function describeRequest(
  message: Pick<Message, 'type' | 'payload'>,
  headerLength: number,
): Described {
  const described = describe(message);
  if (described.attributes.length > 0) return described;
  const attributes = decodeAttributes(message.payload, headerLength);
  return { ...described, attributes: attributes.map(describeAttribute) };
}

function describeSadAttribute({ type, payload }: Attribute): { name: string; value: Json } {
  const name = Object.entries(sadAttributes).find(([, number]) => number === type)?.[0];
  return { name: name ?? `XFRMA_SAD ${type}`, value: { hex: toHex(payload) } };
}

function describeAttribute(attribute: Attribute): { name: string; value: Json } {
  return decodeXfrmAttribute(attribute) as { name: string; value: Json };
}

/** The messages of a datagram that a multicast listener received. */
export function describeNotifications({
  group,
  bytes,
}: Received): Omit<NotificationRecord, 'netns' | 'bytes'>[] {
  return decodeMessages(bytes).map((message) => ({
    group: groupName(group),
    message: messageName(message.type),
    sequence: message.sequence,
    portid: message.portid,
    ...describe(message),
  }));
}
