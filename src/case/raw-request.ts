/** What a case needs to send a request that no builder would make: attributes and headers by the byte. */
import { concat, encode, fromHex, toHex } from '../netlink/codec.ts';
import { encodeAttribute } from '../netlink/message.ts';
import { xfrm_user_migrate_state, xfrm_userpolicy_id } from '../netlink/xfrm.ts';
import {
  attributeType,
  decodeXfrmAttribute,
  encodeXfrmAttributes,
  type XfrmAttributeName,
  type XfrmAttributeSet,
  xfrmAttributes,
} from '../netlink/xfrm-attributes.ts';
import { xfrmMessages } from '../netlink/xfrm-messages.ts';
import type { RawRequest } from './exchange.ts';
import { migrateStateAttributes, migrateStateHeader, type StateChange } from './migrate-state.ts';
import { type Policy, policyId } from './policy.ts';
import type { Json } from './record.ts';
import type { Sa } from './sa.ts';

export type { XfrmAttributeName, XfrmAttributeSet };

/** The names of all XFRMA_* attributes, in the order of their numbers. */
export const attributeNames = Object.keys(xfrmAttributes) as readonly XfrmAttributeName[];

/** Attributes as they go on the wire. */
export { encodeXfrmAttributes as encodeAttributes };

/** The payload of each attribute, hex. */
export function attributePayloads(attributes: XfrmAttributeSet): { [name: string]: string } {
  const payloads = Object.entries(attributes).map(([name, value]) => {
    const codec = xfrmAttributes[name as XfrmAttributeName] as {
      encode(value: unknown): Uint8Array;
    };
    return [name, toHex(codec.encode(value))];
  });
  return Object.fromEntries(payloads);
}

/** What an attribute with this payload (hex) says; { hex } where that is not known. */
export function attributeValue(name: string, payload: string): Json {
  const known = attributeNames.find((each) => each === name);
  if (!known) return { hex: payload };
  const attribute = { type: attributeType(known), payload: fromHex(payload), offset: 0 };
  return decodeXfrmAttribute(attribute).value as Json;
}

/** One attribute with any payload: by name, or by number (NLA_F_NESTED included). */
export function rawAttribute(name: XfrmAttributeName | number, payload: Uint8Array): Uint8Array {
  return encodeAttribute(typeof name === 'number' ? name : attributeType(name), payload);
}

/** One attribute with a payload that was cut or extended with zeros to this many bytes. */
export function resizedAttribute(attribute: XfrmAttributeSet, length: number): Uint8Array {
  const [name] = Object.keys(attribute) as [XfrmAttributeName];
  const payload = encodeXfrmAttributes(attribute).subarray(4);
  const resized = new Uint8Array(length);
  resized.set(payload.subarray(0, length));
  return rawAttribute(name, resized);
}

/** XFRM_MSG_MIGRATE_STATE as `XfrmClient.migrateState` sends it, with these bytes after it. */
export function migrateStateRequest(
  sa: Sa,
  change: StateChange = {},
  ...rest: readonly Uint8Array[]
): Required<Pick<RawRequest, 'type' | 'header' | 'attributes'>> {
  return {
    type: xfrmMessages.XFRM_MSG_MIGRATE_STATE,
    header: encode(xfrm_user_migrate_state, migrateStateHeader(sa, change)),
    attributes: concat(encodeXfrmAttributes(migrateStateAttributes(change)), ...rest),
  };
}

/** XFRM_MSG_MIGRATE for a policy, with these bytes as its attributes. */
export function migrateRequest(
  policy: Policy,
  ...attributes: readonly Uint8Array[]
): Required<Pick<RawRequest, 'type' | 'header' | 'attributes'>> {
  return {
    type: xfrmMessages.XFRM_MSG_MIGRATE,
    header: encode(xfrm_userpolicy_id, policyId(policy)),
    attributes: concat(...attributes),
  };
}
