/** How the kernel reads a datagram and its attributes (Documentation/userspace-api/netlink), for the oracle. */
import { viewOf } from '../netlink/codec.ts';
import {
  align4,
  type Message,
  NLA_F_NESTED,
  NLA_TYPE_MASK,
  nlattr,
  nlmsghdr,
} from '../netlink/message.ts';
import { attributeType, XFRMA_MAX, type XfrmAttributeName } from '../netlink/xfrm-attributes.ts';

/** An answer that refuses. Text undefined: any text, but one; null: none is expected. */
export interface Refusal {
  readonly errno: string;
  readonly text?: string | null;
}

/** The messages that the kernel finds in a datagram: it stops at the first length that cannot be. */
export function messagesIn(datagram: Uint8Array): Message[] {
  const messages: Message[] = [];
  const view = viewOf(datagram);
  let offset = 0;
  while (datagram.length - offset >= nlmsghdr.size) {
    // By hand: this runs for every request, and codecs of structs are slow where V8 is emulated.
    const length = view.getUint32(offset, true);
    if (length < nlmsghdr.size || length > datagram.length - offset) break;
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      portid: view.getUint32(offset + 12, true),
      payload: datagram.subarray(offset + nlmsghdr.size, offset + length),
    });
    offset += align4(length);
  }
  return messages;
}

const tooShort: Refusal = { errno: 'ERANGE', text: 'Attribute failed policy validation' };
const wrongLength: Refusal = { errno: 'EINVAL', text: 'invalid attribute length' };
const nestedFlag: Refusal = { errno: 'EINVAL', text: 'NLA_F_NESTED not expected' };
const outOfRange: Refusal = { errno: 'ERANGE', text: 'integer out of range' };

/** The least length of an attribute's payload in bytes: the size of its struct. 0 where there is none. */
const least: Partial<Record<XfrmAttributeName, number>> = {
  XFRMA_ALG_AUTH: 68,
  XFRMA_ALG_CRYPT: 68,
  XFRMA_ALG_COMP: 68,
  XFRMA_ENCAP: 24,
  XFRMA_TMPL: 64,
  XFRMA_SA: 224,
  XFRMA_POLICY: 168,
  XFRMA_SEC_CTX: 8,
  XFRMA_LTIME_VAL: 32,
  XFRMA_REPLAY_VAL: 12,
  XFRMA_REPLAY_THRESH: 4,
  XFRMA_ETIMER_THRESH: 4,
  XFRMA_SRCADDR: 16,
  XFRMA_COADDR: 16,
  XFRMA_LASTUSED: 8,
  XFRMA_POLICY_TYPE: 6,
  XFRMA_MIGRATE: 76,
  XFRMA_ALG_AEAD: 72,
  XFRMA_KMADDRESS: 40,
  XFRMA_ALG_AUTH_TRUNC: 72,
  XFRMA_MARK: 8,
  XFRMA_TFCPAD: 4,
  XFRMA_REPLAY_ESN_VAL: 24,
  XFRMA_SA_EXTRA_FLAGS: 4,
  XFRMA_PROTO: 1,
  XFRMA_ADDRESS_FILTER: 36,
  XFRMA_OFFLOAD_DEV: 8,
  XFRMA_SET_MARK: 4,
  XFRMA_SET_MARK_MASK: 4,
  XFRMA_IF_ID: 4,
  XFRMA_MTIMER_THRESH: 4,
};
/** Attributes since XFRMA_SA_DIR are read strictly: this length and no other, no stray flags. */
const exact: Partial<Record<XfrmAttributeName, number>> = {
  XFRMA_SA_DIR: 1,
  XFRMA_NAT_KEEPALIVE_INTERVAL: 4,
  XFRMA_SA_PCPU: 4,
  XFRMA_IPTFS_DROP_TIME: 4,
  XFRMA_IPTFS_REORDER_WINDOW: 2,
  XFRMA_IPTFS_INIT_DELAY: 4,
  XFRMA_IPTFS_MAX_QSIZE: 4,
  XFRMA_IPTFS_PKT_SIZE: 4,
};

const byType = <T>(table: Partial<Record<XfrmAttributeName, T>>): ReadonlyMap<number, T> =>
  new Map(
    Object.entries(table).map(([name, value]) => [attributeType(name as XfrmAttributeName), value]),
  );
const leastByType = byType(least);
const exactByType = byType(exact);
const strictFrom = attributeType('XFRMA_SA_DIR');
const saDir = attributeType('XFRMA_SA_DIR');
const dontFrag = attributeType('XFRMA_IPTFS_DONT_FRAG');

export interface ParsedAttributes {
  /** Valid payloads by type; of an attribute that is there twice the last. */
  readonly values: ReadonlyMap<number, Uint8Array>;
  /** What netlink refuses: the first ends the request, so any of them will do. */
  readonly refusals: readonly Refusal[];
  /** Bytes that are no attribute follow: a warning, not an error. */
  readonly leftover: boolean;
}

/** Reads attributes as nlmsg_parse_deprecated does: liberally, but for the strict ones. */
export function parseAttributes(payload: Uint8Array, start: number): ParsedAttributes {
  const values = new Map<number, Uint8Array>();
  const refusals: Refusal[] = [];
  const view = viewOf(payload);
  let offset = start;
  while (payload.length - offset >= nlattr.size) {
    const length = view.getUint16(offset, true);
    const flagged = view.getUint16(offset + 2, true);
    if (length < nlattr.size || offset + length > payload.length) break;
    const type = flagged & NLA_TYPE_MASK;
    const value = payload.subarray(offset + nlattr.size, offset + length);
    if (type !== 0 && type <= XFRMA_MAX) {
      const wrong = validate(type, flagged, value);
      refusals.push(...wrong);
      if (wrong.length === 0) values.set(type, value);
    }
    offset += align4(length);
  }
  return { values, refusals, leftover: offset < payload.length };
}

function validate(type: number, flagged: number, value: Uint8Array): Refusal[] {
  if (type < strictFrom) return value.length < (leastByType.get(type) ?? 0) ? [tooShort] : [];
  const refusals: Refusal[] = [];
  if ((flagged & NLA_F_NESTED) !== 0) refusals.push(nestedFlag);
  const length = exactByType.get(type);
  if (length !== undefined && value.length !== length) refusals.push(wrongLength);
  else if (type === dontFrag && value.length > 0) refusals.push(tooShort);
  else if (type === saDir && value[0] !== 1 && value[0] !== 2) refusals.push(outOfRange);
  return refusals;
}
