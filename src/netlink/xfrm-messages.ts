import { type Codec, decode, toHex, u32 } from './codec.ts';
import { type Attribute, align4, decodeAttributes } from './message.ts';
import {
  xfrm_aevent_id,
  xfrm_user_acquire,
  xfrm_user_expire,
  xfrm_user_mapping,
  xfrm_user_migrate_state,
  xfrm_userpolicy_id,
  xfrm_userpolicy_info,
  xfrm_usersa_flush,
  xfrm_usersa_id,
  xfrm_usersa_info,
  xfrm_userspi_info,
} from './xfrm.ts';

/** XFRM_MSG_* numbers (enum of linux/xfrm.h). */
export const xfrmMessages = {
  XFRM_MSG_NEWSA: 0x10,
  XFRM_MSG_DELSA: 0x11,
  XFRM_MSG_GETSA: 0x12,
  XFRM_MSG_NEWPOLICY: 0x13,
  XFRM_MSG_DELPOLICY: 0x14,
  XFRM_MSG_GETPOLICY: 0x15,
  XFRM_MSG_ALLOCSPI: 0x16,
  XFRM_MSG_ACQUIRE: 0x17,
  XFRM_MSG_EXPIRE: 0x18,
  XFRM_MSG_UPDPOLICY: 0x19,
  XFRM_MSG_UPDSA: 0x1a,
  XFRM_MSG_POLEXPIRE: 0x1b,
  XFRM_MSG_FLUSHSA: 0x1c,
  XFRM_MSG_FLUSHPOLICY: 0x1d,
  XFRM_MSG_NEWAE: 0x1e,
  XFRM_MSG_GETAE: 0x1f,
  XFRM_MSG_REPORT: 0x20,
  XFRM_MSG_MIGRATE: 0x21,
  XFRM_MSG_NEWSADINFO: 0x22,
  XFRM_MSG_GETSADINFO: 0x23,
  XFRM_MSG_NEWSPDINFO: 0x24,
  XFRM_MSG_GETSPDINFO: 0x25,
  XFRM_MSG_MAPPING: 0x26,
  XFRM_MSG_SETDEFAULT: 0x27,
  XFRM_MSG_GETDEFAULT: 0x28,
  XFRM_MSG_MIGRATE_STATE: 0x29,
} as const;

/** Attributes of XFRM_MSG_NEWSADINFO (enum xfrm_sadattr_type_t), which are of their own kind. */
export const sadAttributes = { XFRMA_SAD_CNT: 1, XFRMA_SAD_HINFO: 2 } as const;

export type XfrmMessageName = keyof typeof xfrmMessages;

/** Multicast groups (enum xfrm_nlgroups). */
export const xfrmGroups = {
  XFRMNLGRP_ACQUIRE: 1,
  XFRMNLGRP_EXPIRE: 2,
  XFRMNLGRP_SA: 3,
  XFRMNLGRP_POLICY: 4,
  XFRMNLGRP_AEVENTS: 5,
  XFRMNLGRP_REPORT: 6,
  XFRMNLGRP_MIGRATE: 7,
  XFRMNLGRP_MAPPING: 8,
} as const;

export type XfrmGroup = keyof typeof xfrmGroups;

/** "XFRMNLGRP_MIGRATE"; "group 9" for one without a name. */
export function groupName(group: number): string {
  return groupNames.get(group) ?? `group ${group}`;
}

const groupNames = new Map<number, string>(
  Object.entries(xfrmGroups).map(([name, number]) => [number, name]),
);

/** The fixed header that follows nlmsghdr, by message; GET and DEL messages are requests here. */
// biome-ignore lint/suspicious/noExplicitAny: a table of codecs of different values
const headers: Readonly<Record<number, Codec<any>>> = {
  [xfrmMessages.XFRM_MSG_NEWSA]: xfrm_usersa_info,
  [xfrmMessages.XFRM_MSG_UPDSA]: xfrm_usersa_info,
  [xfrmMessages.XFRM_MSG_DELSA]: xfrm_usersa_id,
  [xfrmMessages.XFRM_MSG_GETSA]: xfrm_usersa_id,
  [xfrmMessages.XFRM_MSG_NEWPOLICY]: xfrm_userpolicy_info,
  [xfrmMessages.XFRM_MSG_UPDPOLICY]: xfrm_userpolicy_info,
  [xfrmMessages.XFRM_MSG_DELPOLICY]: xfrm_userpolicy_id,
  [xfrmMessages.XFRM_MSG_GETPOLICY]: xfrm_userpolicy_id,
  [xfrmMessages.XFRM_MSG_ALLOCSPI]: xfrm_userspi_info,
  [xfrmMessages.XFRM_MSG_ACQUIRE]: xfrm_user_acquire,
  [xfrmMessages.XFRM_MSG_EXPIRE]: xfrm_user_expire,
  [xfrmMessages.XFRM_MSG_FLUSHSA]: xfrm_usersa_flush,
  [xfrmMessages.XFRM_MSG_NEWAE]: xfrm_aevent_id,
  [xfrmMessages.XFRM_MSG_GETAE]: xfrm_aevent_id,
  [xfrmMessages.XFRM_MSG_MIGRATE]: xfrm_userpolicy_id,
  [xfrmMessages.XFRM_MSG_MAPPING]: xfrm_user_mapping,
  [xfrmMessages.XFRM_MSG_MIGRATE_STATE]: xfrm_user_migrate_state,
  [xfrmMessages.XFRM_MSG_GETSADINFO]: u32,
  [xfrmMessages.XFRM_MSG_NEWSADINFO]: u32,
  [xfrmMessages.XFRM_MSG_GETSPDINFO]: u32,
  [xfrmMessages.XFRM_MSG_NEWSPDINFO]: u32,
};

const messageNames = new Map<number, XfrmMessageName>(
  Object.entries(xfrmMessages).map(([name, type]) => [type, name as XfrmMessageName]),
);

/** "XFRM_MSG_MIGRATE_STATE"; "0x2a" for a type without a name. */
export function messageName(type: number): string {
  return messageNames.get(type) ?? `0x${type.toString(16)}`;
}

/**
 * Splits the payload of an xfrm message into its fixed header and its attributes. A payload that is
 * too short for its header, or of an unknown message, is given as { hex }.
 *
 * @returns attribute offsets count from the start of the payload
 */
export function decodeXfrmPayload(
  type: number,
  payload: Uint8Array,
): { header: unknown; attributes: Attribute[] } {
  const codec = headers[type];
  if (!codec || payload.length < codec.size)
    return { header: { hex: toHex(payload) }, attributes: [] };
  return {
    header: decode(codec, payload),
    attributes: decodeAttributes(payload, align4(codec.size)),
  };
}
