import { address } from './address.ts';
import {
  type AeadAlgorithm,
  type Algorithm,
  decodeAead,
  decodeAlgorithm,
  decodeReplayStateEsn,
  decodeSecurityContext,
  decodeTruncatedAlgorithm,
  encodeAead,
  encodeAlgorithm,
  encodeReplayStateEsn,
  encodeTruncatedAlgorithm,
  type ReplayStateEsn,
  type SecurityContext,
  type TruncatedAlgorithm,
} from './algorithm.ts';
import {
  type Codec,
  concat,
  decode,
  encode,
  flagSet,
  named,
  toHex,
  type U64,
  u8,
  u16,
  u32,
  u64,
} from './codec.ts';
import { type Attribute, encodeAttribute, NLA_TYPE_MASK } from './message.ts';
import {
  type EncapTemplate,
  extraFlags,
  type Mark,
  saDirections,
  type UserMigrate,
  type UserOffload,
  type UserTemplate,
  xfrm_address_filter,
  xfrm_encap_tmpl,
  xfrm_lifetime_cur,
  xfrm_mark,
  xfrm_replay_state,
  xfrm_user_kmaddress,
  xfrm_user_migrate,
  xfrm_user_offload,
  xfrm_user_tmpl,
  xfrm_userpolicy_info,
  xfrm_userpolicy_type,
  xfrm_usersa_info,
} from './xfrm.ts';

/** What the payload of an attribute is: fixed, or of a length that its content says. */
interface AttributeCodec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

function fixed<T>(codec: Codec<T>): AttributeCodec<T> {
  return { encode: (value) => encode(codec, value), decode: (bytes) => decode(codec, bytes) };
}

function arrayOf<T>(codec: Codec<T>): AttributeCodec<readonly T[]> {
  return {
    encode: (values) => concat(...values.map((value) => encode(codec, value))),
    decode: (bytes) =>
      Array.from({ length: Math.floor(bytes.length / codec.size) }, (_, i) =>
        decode(codec, bytes.subarray(i * codec.size)),
      ),
  };
}

const readOnly = <T>(read: (bytes: Uint8Array) => T): AttributeCodec<T> => ({
  encode() {
    throw new RangeError('this attribute is only read');
  },
  decode: read,
});

const flag: AttributeCodec<true> = { encode: () => new Uint8Array(), decode: () => true };

/** Every XFRMA_* attribute by name, in the order of enum xfrm_attr_type_t; index + 1 is its type. */
export const xfrmAttributes = {
  XFRMA_ALG_AUTH: { encode: encodeAlgorithm, decode: decodeAlgorithm } as AttributeCodec<Algorithm>,
  XFRMA_ALG_CRYPT: {
    encode: encodeAlgorithm,
    decode: decodeAlgorithm,
  } as AttributeCodec<Algorithm>,
  XFRMA_ALG_COMP: { encode: encodeAlgorithm, decode: decodeAlgorithm } as AttributeCodec<Algorithm>,
  XFRMA_ENCAP: fixed<EncapTemplate>(xfrm_encap_tmpl),
  XFRMA_TMPL: arrayOf<UserTemplate>(xfrm_user_tmpl),
  XFRMA_SA: fixed(xfrm_usersa_info),
  XFRMA_POLICY: fixed(xfrm_userpolicy_info),
  XFRMA_SEC_CTX: readOnly<SecurityContext>(decodeSecurityContext),
  XFRMA_LTIME_VAL: fixed(xfrm_lifetime_cur),
  XFRMA_REPLAY_VAL: fixed(xfrm_replay_state),
  XFRMA_REPLAY_THRESH: fixed(u32),
  XFRMA_ETIMER_THRESH: fixed(u32),
  XFRMA_SRCADDR: fixed(address),
  XFRMA_COADDR: fixed(address),
  XFRMA_LASTUSED: fixed<U64>(u64),
  XFRMA_POLICY_TYPE: fixed(xfrm_userpolicy_type),
  XFRMA_MIGRATE: arrayOf<UserMigrate>(xfrm_user_migrate),
  XFRMA_ALG_AEAD: { encode: encodeAead, decode: decodeAead } as AttributeCodec<AeadAlgorithm>,
  XFRMA_KMADDRESS: fixed(xfrm_user_kmaddress),
  XFRMA_ALG_AUTH_TRUNC: {
    encode: encodeTruncatedAlgorithm,
    decode: decodeTruncatedAlgorithm,
  } as AttributeCodec<TruncatedAlgorithm>,
  XFRMA_MARK: fixed<Mark>(xfrm_mark),
  XFRMA_TFCPAD: fixed(u32),
  XFRMA_REPLAY_ESN_VAL: {
    encode: encodeReplayStateEsn,
    decode: decodeReplayStateEsn,
  } as AttributeCodec<ReplayStateEsn>,
  XFRMA_SA_EXTRA_FLAGS: fixed(flagSet(u32, extraFlags)),
  XFRMA_PROTO: fixed(u8),
  XFRMA_ADDRESS_FILTER: fixed(xfrm_address_filter),
  XFRMA_PAD: flag,
  XFRMA_OFFLOAD_DEV: fixed<UserOffload>(xfrm_user_offload),
  XFRMA_SET_MARK: fixed(u32),
  XFRMA_SET_MARK_MASK: fixed(u32),
  XFRMA_IF_ID: fixed(u32),
  XFRMA_MTIMER_THRESH: fixed(u32),
  XFRMA_SA_DIR: fixed(named(u8, saDirections)),
  XFRMA_NAT_KEEPALIVE_INTERVAL: fixed(u32),
  XFRMA_SA_PCPU: fixed(u32),
  XFRMA_IPTFS_DROP_TIME: fixed(u32),
  XFRMA_IPTFS_REORDER_WINDOW: fixed(u16),
  XFRMA_IPTFS_DONT_FRAG: flag,
  XFRMA_IPTFS_INIT_DELAY: fixed(u32),
  XFRMA_IPTFS_MAX_QSIZE: fixed(u32),
  XFRMA_IPTFS_PKT_SIZE: fixed(u32),
} as const;

export type XfrmAttributeName = keyof typeof xfrmAttributes;
/** The value of each attribute. */
export type XfrmAttributeValues = {
  [Name in XfrmAttributeName]: (typeof xfrmAttributes)[Name] extends AttributeCodec<infer T>
    ? T
    : never;
};
/** Attributes by name, in the order they are to be sent. */
export type XfrmAttributeSet = Partial<XfrmAttributeValues>;

const attributeNames = Object.keys(xfrmAttributes) as XfrmAttributeName[];
/** XFRMA_MAX of Linux 7.3. */
export const XFRMA_MAX = attributeNames.length;

const attributeTypes = Object.fromEntries(attributeNames.map((name, i) => [name, i + 1])) as Record<
  XfrmAttributeName,
  number
>;

/** The number of an attribute: XFRMA_ALG_AUTH is 1. */
export function attributeType(name: XfrmAttributeName): number {
  return attributeTypes[name];
}

/** The name of an attribute type; "XFRMA 99" for one without a name. */
export function attributeName(type: number): string {
  const kind = type & NLA_TYPE_MASK;
  return attributeNames[kind - 1] ?? `XFRMA ${kind}`;
}

/** Attributes as they go on the wire, in the order of the object's members. */
export function encodeXfrmAttributes(attributes: XfrmAttributeSet): Uint8Array {
  const parts: Uint8Array[] = [];
  let name: XfrmAttributeName;
  for (name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    const codec = xfrmAttributes[name] as AttributeCodec<unknown>;
    parts.push(encodeAttribute(attributeTypes[name], codec.encode(value)));
  }
  return concat(...parts);
}

/** The value of one attribute; { hex } where there is no codec or the payload does not fit it. */
export function decodeXfrmAttribute(attribute: Attribute): { name: string; value: unknown } {
  const name = attributeName(attribute.type);
  const codec = xfrmAttributes[name as XfrmAttributeName] as AttributeCodec<unknown> | undefined;
  try {
    if (codec) return { name, value: codec.decode(attribute.payload) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { name, value: { hex: toHex(attribute.payload) } };
}

/** Attributes by name; of one that is there twice the last, as the kernel reads them. */
export function decodeXfrmAttributes(attributes: readonly Attribute[]): XfrmAttributeSet {
  return Object.fromEntries(
    attributes.map((attribute) => {
      const { name, value } = decodeXfrmAttribute(attribute);
      return [name, value];
    }),
  );
}
