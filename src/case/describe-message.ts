import { toHex } from '../netlink/codec.ts';
import { type Attribute, decodeAttributes, decodeMessages } from '../netlink/message.ts';
import { decodeXfrmAttribute } from '../netlink/xfrm-attributes.ts';
import {
  decodeXfrmPayload,
  groupName,
  messageName,
  sadAttributes,
  xfrmMessages,
} from '../netlink/xfrm-messages.ts';
import type { Json, NotificationRecord } from './record.ts';
import type { Received } from './transport.ts';

/** Header and attributes of an xfrm payload as records show them. */
export function describe(
  type: number,
  payload: Uint8Array,
  headerLength?: number,
): { header: Json; attributes: { name: string; value: Json }[] } {
  const { header, attributes } = decodeXfrmPayload(type, payload);
  const known =
    attributes.length > 0 || headerLength === undefined
      ? attributes
      : decodeAttributes(payload, headerLength);
  const describeOne =
    type === xfrmMessages.XFRM_MSG_NEWSADINFO ? describeSadAttribute : describeAttribute;
  return { header: header as Json, attributes: known.map(describeOne) };
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
  return decodeMessages(bytes).map(({ type, sequence, portid, payload }) => ({
    group: groupName(group),
    message: messageName(type),
    sequence,
    portid,
    ...describe(type, payload),
  }));
}
