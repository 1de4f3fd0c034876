import { familyOf } from '../netlink/address.ts';
import type {
  AeadAlgorithm,
  Algorithm,
  ReplayStateEsn,
  TruncatedAlgorithm,
} from '../netlink/algorithm.ts';
import type { U64 } from '../netlink/codec.ts';
import type {
  EncapTemplate,
  LifetimeConfig,
  Mark,
  Selector,
  UserOffload,
  UserSaInfo,
} from '../netlink/xfrm.ts';
import type { XfrmAttributeSet } from '../netlink/xfrm-attributes.ts';

export type Protocol = 'esp' | 'ah' | 'comp' | 'ipip' | 'ipv6' | 'route2' | 'hao';
export type Mode = 'transport' | 'tunnel' | 'ro' | 'beet' | 'iptfs';
export type Direction = 'in' | 'out';
export type Family = 'AF_INET' | 'AF_INET6';

/** An SA as a case writes it down. What is left out is not sent, or zero in the fixed header. */
export interface Sa {
  /** Tunnel or host address, in text. */
  readonly src: string;
  readonly dst: string;
  readonly spi: number;
  readonly proto: Protocol;
  readonly mode: Mode;
  readonly reqid: number;
  /** Family of src and dst; by their look when left out. */
  readonly family?: Family | number;
  readonly selector?: Partial<Selector>;
  readonly flags?: readonly (string | number)[];
  readonly extraFlags?: readonly (string | number)[];
  /** In packets, of the plain replay state. */
  readonly replayWindow?: number;
  readonly lifetime?: Partial<LifetimeConfig>;
  readonly sequence?: number;
  readonly aead?: AeadAlgorithm;
  readonly auth?: TruncatedAlgorithm;
  readonly crypt?: Algorithm;
  readonly comp?: Algorithm;
  readonly encap?: Encap;
  readonly mark?: Mark;
  /** Output mark: XFRMA_SET_MARK and XFRMA_SET_MARK_MASK. */
  readonly outputMark?: Mark;
  readonly ifId?: number;
  readonly dir?: Direction;
  /** Seconds. */
  readonly natKeepalive?: number;
  /** Seconds: XFRMA_MTIMER_THRESH. */
  readonly mappingThreshold?: number;
  readonly tfcPad?: number;
  readonly pcpu?: number;
  readonly careOf?: string;
  readonly replay?: { oseq: number; seq: number; bitmap: number };
  readonly replayEsn?: ReplayStateEsn;
  /** Packets and tenths of a second: XFRMA_REPLAY_THRESH, XFRMA_ETIMER_THRESH. */
  readonly replayThreshold?: number;
  readonly timerThreshold?: number;
  readonly offload?: UserOffload;
  /** XFRMA_IPTFS_* attributes. */
  readonly iptfs?: XfrmAttributeSet;
}

/** A UDP or TCP encapsulation: ports are plain numbers, `oa` the original address (RFC 3947). */
export interface Encap {
  readonly type: 'espinudp' | 'espinudp-nonike' | 'espintcp' | 'none' | number;
  readonly sport: number;
  readonly dport: number;
  readonly oa?: string;
}

/** ESP in UDP as NAT traversal uses it. */
export function espInUdp(sport = 4500, dport = 4500, oa?: string): Encap {
  return { type: 'espinudp', sport, dport, ...(oa === undefined ? {} : { oa }) };
}

/** What removes the encapsulation in XFRM_MSG_MIGRATE_STATE: an XFRMA_ENCAP of type 0. */
export const noEncap: Encap = { type: 'none', sport: 0, dport: 0 };

/** AES-128-GCM with a 16-byte ICV: 16 bytes of key, 4 of salt (RFC 4106). */
export const aesGcm: AeadAlgorithm = {
  name: 'rfc4106(gcm(aes))',
  key: '000102030405060708090a0b0c0d0e0fa0a1a2a3',
  icvBits: 128,
};

/** AES-128-CBC (RFC 3602). */
export const aesCbc: Algorithm = { name: 'cbc(aes)', key: '000102030405060708090a0b0c0d0e0f' };

/** HMAC-SHA-256-128 (RFC 4868). */
export const hmacSha256: TruncatedAlgorithm = {
  name: 'hmac(sha256)',
  key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  truncBits: 128,
};

/** NULL encryption (RFC 2410). */
export const nullCipher: Algorithm = { name: 'ecb(cipher_null)', key: '' };

/** Addresses that cases use (RFC 5737, RFC 3849): where the SA is, and where it moves. */
export const hosts = {
  a: { src: '192.0.2.1', dst: '192.0.2.2' },
  b: { src: '198.51.100.1', dst: '198.51.100.2' },
  c: { src: '203.0.113.1', dst: '203.0.113.2' },
  a6: { src: '2001:db8:a::1', dst: '2001:db8:a::2' },
  b6: { src: '2001:db8:b::1', dst: '2001:db8:b::2' },
} as const;

/** An ESP tunnel SA with AES-GCM between hosts.a, changed as given. */
export function espSa(overrides: Partial<Sa> = {}): Sa {
  const algorithms = overrides.aead || overrides.crypt || overrides.auth ? {} : { aead: aesGcm };
  return {
    ...hosts.a,
    spi: 0x1000,
    proto: 'esp',
    mode: 'tunnel',
    reqid: 1,
    ...algorithms,
    ...overrides,
  };
}

/** An AH transport SA with HMAC-SHA-256 between hosts.a, changed as given. */
export function ahSa(overrides: Partial<Sa> = {}): Sa {
  return {
    ...hosts.a,
    spi: 0x1000,
    proto: 'ah',
    mode: 'transport',
    reqid: 1,
    auth: hmacSha256,
    ...overrides,
  };
}

/** An IPComp SA (deflate) between hosts.a; its SPI is a CPI and must fit 16 bits. */
export function compSa(overrides: Partial<Sa> = {}): Sa {
  return {
    ...hosts.a,
    spi: 0x1000,
    proto: 'comp',
    mode: 'tunnel',
    reqid: 1,
    comp: { name: 'deflate', key: '' },
    ...overrides,
  };
}

export const emptySelector: Selector = {
  daddr: '0.0.0.0',
  saddr: '0.0.0.0',
  dport: 0,
  dport_mask: 0,
  sport: 0,
  sport_mask: 0,
  family: 'AF_UNSPEC',
  prefixlen_d: 0,
  prefixlen_s: 0,
  proto: 0,
  ifindex: 0,
  user: 0,
};

/** A selector in full; its family is that of its addresses when not given. */
export function selector(parts: Partial<Selector>): Selector {
  const text = parts.daddr ?? parts.saddr;
  return { ...emptySelector, ...(text === undefined ? {} : { family: familyOf(text) }), ...parts };
}

/** A selector for one pair of hosts: prefix lengths 32 or 128. */
export function hostSelector(pair: { src: string; dst: string }): Selector {
  const length = familyOf(pair.dst) === 'AF_INET6' ? 128 : 32;
  return selector({ saddr: pair.src, daddr: pair.dst, prefixlen_s: length, prefixlen_d: length });
}

export const unlimited: LifetimeConfig = {
  soft_byte_limit: 'infinite',
  hard_byte_limit: 'infinite',
  soft_packet_limit: 'infinite',
  hard_packet_limit: 'infinite',
  soft_add_expires_seconds: 0,
  hard_add_expires_seconds: 0,
  soft_use_expires_seconds: 0,
  hard_use_expires_seconds: 0,
};

export function saFamily(sa: Pick<Sa, 'dst' | 'family'>): Family | number {
  return sa.family ?? familyOf(sa.dst);
}

/** The selector an SA is installed with: as written, or the empty one of its family. */
export function saSelector(sa: Sa): Selector {
  return sa.selector ? selector(sa.selector) : { ...emptySelector, family: saFamily(sa) };
}

export function encapTemplate(encap: Encap): EncapTemplate {
  return {
    encap_type: encap.type,
    encap_sport: encap.sport,
    encap_dport: encap.dport,
    encap_oa: encap.oa ?? '0.0.0.0',
  };
}

/** The fixed header of XFRM_MSG_NEWSA. */
export function saInfo(sa: Sa): UserSaInfo {
  return {
    sel: saSelector(sa),
    id: { daddr: sa.dst, spi: sa.spi, proto: sa.proto },
    saddr: sa.src,
    lft: { ...unlimited, ...sa.lifetime },
    curlft: { bytes: 0, packets: 0, add_time: 0, use_time: 0 },
    stats: { replay_window: 0, replay: 0, integrity_failed: 0 },
    seq: sa.sequence ?? 0,
    reqid: sa.reqid,
    family: saFamily(sa),
    mode: sa.mode,
    replay_window: sa.replayWindow ?? 0,
    flags: sa.flags ?? [],
  };
}

/** The attributes of XFRM_MSG_NEWSA. */
export function saAttributes(sa: Sa): XfrmAttributeSet {
  return dropUndefined({
    XFRMA_ALG_AEAD: sa.aead,
    XFRMA_ALG_AUTH_TRUNC: sa.auth,
    XFRMA_ALG_CRYPT: sa.crypt,
    XFRMA_ALG_COMP: sa.comp,
    XFRMA_ENCAP: sa.encap && encapTemplate(sa.encap),
    XFRMA_MARK: sa.mark,
    XFRMA_SET_MARK: sa.outputMark?.v,
    XFRMA_SET_MARK_MASK: sa.outputMark?.m,
    XFRMA_IF_ID: sa.ifId,
    XFRMA_SA_DIR: sa.dir,
    XFRMA_NAT_KEEPALIVE_INTERVAL: sa.natKeepalive,
    XFRMA_MTIMER_THRESH: sa.mappingThreshold,
    XFRMA_TFCPAD: sa.tfcPad,
    XFRMA_SA_PCPU: sa.pcpu,
    XFRMA_COADDR: sa.careOf,
    XFRMA_REPLAY_VAL: sa.replay,
    XFRMA_REPLAY_ESN_VAL: sa.replayEsn,
    XFRMA_REPLAY_THRESH: sa.replayThreshold,
    XFRMA_ETIMER_THRESH: sa.timerThreshold,
    XFRMA_SA_EXTRA_FLAGS: sa.extraFlags,
    XFRMA_OFFLOAD_DEV: sa.offload,
    ...sa.iptfs,
  });
}

type WithoutUndefined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

export function dropUndefined<T extends object>(members: T): WithoutUndefined<T> {
  const kept: WithoutUndefined<T> = {};
  for (const name in members)
    if (members[name] !== undefined) kept[name] = members[name] as (typeof kept)[typeof name];
  return kept;
}

/**
 * An SA as the kernel reports it, under the names of `Sa`. An attribute that the kernel did not send
 * is null. Times that pass by themselves (`addTime`, `useTime`, `lastUsed`) are left to `Sa.timing`.
 */
export function viewSa(info: UserSaInfo, attributes: XfrmAttributeSet) {
  const encap = attributes.XFRMA_ENCAP;
  const { add_time, use_time, ...counted } = info.curlft;
  return {
    src: info.saddr,
    dst: info.id.daddr,
    spi: info.id.spi,
    proto: info.id.proto,
    family: info.family,
    mode: info.mode,
    reqid: info.reqid,
    selector: info.sel,
    flags: info.flags,
    extraFlags: attributes.XFRMA_SA_EXTRA_FLAGS ?? [],
    replayWindow: info.replay_window,
    lifetime: info.lft,
    counted: counted as { bytes: U64; packets: U64 },
    used: use_time !== 0,
    stats: info.stats,
    sequence: info.seq,
    aead: attributes.XFRMA_ALG_AEAD ?? null,
    auth: attributes.XFRMA_ALG_AUTH_TRUNC ?? null,
    crypt: attributes.XFRMA_ALG_CRYPT ?? null,
    comp: attributes.XFRMA_ALG_COMP ?? null,
    encap: encap
      ? {
          type: encap.encap_type,
          sport: encap.encap_sport,
          dport: encap.encap_dport,
          oa: encap.encap_oa,
        }
      : null,
    mark: attributes.XFRMA_MARK ?? null,
    outputMark:
      attributes.XFRMA_SET_MARK === undefined
        ? null
        : { v: attributes.XFRMA_SET_MARK, m: attributes.XFRMA_SET_MARK_MASK ?? null },
    ifId: attributes.XFRMA_IF_ID ?? null,
    dir: attributes.XFRMA_SA_DIR ?? null,
    natKeepalive: attributes.XFRMA_NAT_KEEPALIVE_INTERVAL ?? null,
    mappingThreshold: attributes.XFRMA_MTIMER_THRESH ?? null,
    tfcPad: attributes.XFRMA_TFCPAD ?? null,
    pcpu: attributes.XFRMA_SA_PCPU ?? null,
    careOf: attributes.XFRMA_COADDR ?? null,
    replay: attributes.XFRMA_REPLAY_VAL ?? null,
    replayEsn: attributes.XFRMA_REPLAY_ESN_VAL ?? null,
    replayThreshold: attributes.XFRMA_REPLAY_THRESH ?? null,
    timerThreshold: attributes.XFRMA_ETIMER_THRESH ?? null,
    offload: attributes.XFRMA_OFFLOAD_DEV ?? null,
    securityContext: attributes.XFRMA_SEC_CTX ?? null,
    iptfs: Object.fromEntries(
      Object.entries(attributes).filter(([name]) => name.startsWith('XFRMA_IPTFS_')),
    ),
  };
}

export type SaView = ReturnType<typeof viewSa>;
