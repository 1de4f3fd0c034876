import {
  aesCbc,
  aesGcm,
  espInUdp,
  hmacSha256,
  hostSelector,
  hosts,
  nullCipher,
  type Sa,
  selector,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import type { Factors, Row } from './covering-array.ts';

/** What a value of a property puts into the SA; some depend on what else the SA has. */
export interface Value {
  readonly sa?: Partial<Sa> | ((row: Row) => Partial<Sa>);
  /** What cannot be given with XFRM_MSG_NEWSA and is set afterwards (XFRM_MSG_NEWAE). */
  readonly later?: XfrmAttributeSet;
}

type SaFlag = NonNullable<Sa['flags']>[number];

export type Properties = { readonly [property: string]: { readonly [value: string]: Value } };

const isOut = ({ direction }: Row) => direction === 'out';
const isIn = ({ direction }: Row) => direction === 'in';
export const isIpv6 = ({ family }: Row) => family === 'ipv6';
const place = (row: Row) => (isIpv6(row) ? hosts.a6 : hosts.a);

const aes256Gcm = { ...aesGcm, key: '1f'.repeat(36), icvBits: 64 };
const shortHmac = { ...hmacSha256, truncBits: 96 };
/** Its key is of no common length, its truncation at no byte that one would expect: 72 bits. */
const oddHmac = { name: 'hmac(sha256)', key: 'c3'.repeat(13), truncBits: 72 };

/** A window in which every word is another; an outbound SA has none, and an inbound one sends not. */
function window(row: Row, { esn, words }: { esn: boolean; words: number }): Partial<Sa> {
  const bmp = Array.from({ length: words }, (_, i) => (0x80000001 + i * 0x01010101) >>> 0);
  return {
    ...(esn ? { flags: ['esn'] } : {}),
    replayEsn: {
      oseq: isIn(row) ? 0 : 0x11223344,
      oseq_hi: isIn(row) || !esn ? 0 : 3,
      seq: isOut(row) ? 0 : 0xffffff00,
      seq_hi: isOut(row) || !esn ? 0 : 2,
      replay_window: isOut(row) ? 0 : words * 32,
      bmp: isOut(row) ? [] : bmp,
    },
  };
}

/** Limits that are far away even for an SA that was added long ago. */
const lifetime = {
  soft_byte_limit: 1_000_001,
  hard_byte_limit: '9007199254740993',
  soft_packet_limit: 1_003,
  hard_packet_limit: 1_004,
  soft_add_expires_seconds: 4_000_000_005,
  hard_add_expires_seconds: 4_000_000_006,
  soft_use_expires_seconds: 4_000_000_007,
  hard_use_expires_seconds: 4_000_000_008,
};
const counted = { bytes: 5000, packets: 50, add_time: 1_700_000_001, use_time: 1_700_000_002 };

const ports = {
  ...{ sport: 500, sport_mask: 0xffff, dport: 4500, dport_mask: 0xff00 },
  ...{ proto: 17, ifindex: 3, user: 1000 },
};
const inner = { v4: { src: '10.1.0.1', dst: '10.2.0.1' }, v6: hosts.b6 };

/**
 * Every property that an SA can have on any kernel with ESP and AH; the ordinary value comes first.
 * No value's name is a decimal number: JavaScript would put it before the others.
 * What the kernel does not let be together goes into ./rules.ts; after a change here or there the rows
 * of the default seed are made anew, see ./chosen-rows.ts.
 */
export const properties: Properties = {
  family: { ipv4: { sa: hosts.a }, ipv6: { sa: hosts.a6 } },
  transform: {
    'aes-gcm': { sa: { aead: aesGcm } },
    'aes-256-gcm-64': { sa: { aead: aes256Gcm } },
    'aes-cbc-hmac-96': { sa: { crypt: aesCbc, auth: shortHmac } },
    'null-hmac-72': { sa: { crypt: nullCipher, auth: oddHmac } },
    ah: { sa: { proto: 'ah', auth: hmacSha256 } },
  },
  mode: {
    tunnel: { sa: { mode: 'tunnel' } },
    transport: { sa: { mode: 'transport' } },
    beet: { sa: { mode: 'beet' } },
  },
  direction: { none: {}, in: { sa: { dir: 'in' } }, out: { sa: { dir: 'out' } } },
  replay: {
    none: {},
    plain: {
      sa: (row) =>
        isOut(row)
          ? { replay: { oseq: 0x11223344, seq: 0, bitmap: 0 } }
          : { replayWindow: 32, replay: { oseq: 0x11223344, seq: 0x22334455, bitmap: 0x87654321 } },
    },
    'window-64': { sa: (row) => window(row, { esn: false, words: 2 }) },
    'esn-32': { sa: (row) => window(row, { esn: true, words: 1 }) },
    'esn-128': { sa: (row) => window(row, { esn: true, words: 4 }) },
  },
  lifetime: { unlimited: {}, limited: { sa: { lifetime } } },
  counters: { zero: {}, used: { later: { XFRMA_LTIME_VAL: counted } } },
  mark: {
    none: {},
    '5/0xff': { sa: { mark: { v: 5, m: 0xff } } },
    '0x12345678/0xffffffff': { sa: { mark: { v: 0x12345678, m: 0xffffffff } } },
  },
  'output-mark': {
    none: {},
    '0x10/0xf0': { sa: { outputMark: { v: 0x10, m: 0xf0 } } },
    '0x87654321/0xffffffff': { sa: { outputMark: { v: 0x87654321, m: 0xffffffff } } },
  },
  'if-id': { none: {}, '0x2a': { sa: { ifId: 42 } } },
  reqid: { '0x1': {}, '0x0': { sa: { reqid: 0 } }, '0x4d': { sa: { reqid: 77 } } },
  encap: {
    none: {},
    '4500-4500': { sa: { encap: espInUdp(4500, 4500) } },
    '4500-1024-oa': { sa: { encap: espInUdp(4500, 1024, '192.0.2.77') } },
  },
  'nat-timer': {
    none: {},
    'keepalive-20': { sa: { natKeepalive: 20 } },
    'mapping-30': { sa: { mappingThreshold: 30 } },
  },
  selector: {
    any: {},
    hosts: { sa: (row) => ({ selector: hostSelector(place(row)) }) },
    ports: {
      sa: (row) => ({
        selector: { ...hostSelector(isIpv6(row) ? inner.v6 : inner.v4), ...ports },
      }),
    },
    'other-family': {
      sa: (row) => ({ selector: hostSelector(isIpv6(row) ? inner.v4 : inner.v6) }),
    },
  },
  flags: {
    none: {},
    many: {
      sa: (row) => ({
        flags: [
          ...['noecn', 'align4'],
          ...(isIn(row) ? [] : ['nopmtudisc']),
          ...(isOut(row) ? [] : ['decap-dscp', 'icmp', 'wildrecv']),
        ],
      }),
    },
    'af-unspec': { sa: { flags: ['af-unspec'], selector: selector({ family: 'AF_UNSPEC' }) } },
  },
  'extra-flags': {
    none: {},
    both: { sa: { extraFlags: ['dont-encap-dscp', 'oseq-may-wrap'] } },
  },
  'per-cpu': { none: {}, 'cpu-0': { sa: { pcpu: 0 } } },
  'tfc-pad': { none: {}, '1200-bytes': { sa: { tfcPad: 1200 } } },
  // The second is taken as jiffies and told in tenths of a second: large enough to survive that.
  thresholds: {
    default: {},
    '70000-2300': { sa: { replayThreshold: 70_000, timerThreshold: 2300 } },
  },
  'care-of': { none: {}, address: { sa: { careOf: '2001:db8:c::1' } } },
  sequence: { none: {}, '0x12345678': { sa: { sequence: 0x12345678 } } },
};

export function factorsOf(table: Properties): Factors {
  return Object.fromEntries(
    Object.entries(table).map(([property, values]) => [property, Object.keys(values)]),
  );
}

/** The SA that a row describes, and what is to be set once it is there. */
export function saOf(
  table: Properties,
  row: Row,
  spi: number,
): { sa: Sa; later: XfrmAttributeSet } {
  const sa: Sa = { ...hosts.a, spi, proto: 'esp', mode: 'tunnel', reqid: 1 };
  const later: XfrmAttributeSet = {};
  const flags: SaFlag[] = [];
  for (const property in table) {
    const value = table[property]![row[property]!]!;
    const part = typeof value.sa === 'function' ? value.sa(row) : value.sa;
    if (part?.flags) flags.push(...part.flags);
    if (part) Object.assign(sa, part);
    if (value.later) Object.assign(later, value.later);
  }
  return { sa: { ...sa, flags }, later };
}
