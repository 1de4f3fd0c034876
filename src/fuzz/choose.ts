/** Chooses mutations at random: mostly small ones, so that much of the message stays valid. */
import { randomNumbers } from '../case/seed.ts';
import { parseAddress } from '../netlink/address.ts';
import { encode, toHex } from '../netlink/codec.ts';
import { NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLM_F_ACK, NLM_F_REQUEST } from '../netlink/message.ts';
import { xfrm_encap_tmpl, xfrm_user_migrate_state, xfrm_userpolicy_id } from '../netlink/xfrm.ts';
import { attributeType, XFRMA_MAX } from '../netlink/xfrm-attributes.ts';
import type { Mutation } from './mutate.ts';
import { bytesOf, type Request } from './request.ts';
import { type FuzzInterface, validRequest } from './setting.ts';

export interface Input {
  readonly request: Request;
  readonly mutations: readonly Mutation[];
}

/** The input of this number: the same for the same seed, whatever was sent before. */
export function inputOf(kind: FuzzInterface, seed: number, index: number): Input {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const request = validRequest(kind, random);
  const mutations: Mutation[] = [];
  const count = [0, 1, 1, 1, 1, 2, 2, 3, 4][below(random, 9)]!;
  for (let i = 0; i < count; i++) mutations.push(chooseMutation(kind, request, random));
  return { request, mutations };
}

type Random = () => number;
const below = (random: Random, end: number) => Math.floor(random() * end);
const pick = <T>(random: Random, list: readonly T[]) => list[below(random, list.length)]!;

/** Bytes of which something may follow: ends of ranges, families, protocols, addresses, SPIs. */
const telling: readonly string[] = [
  ...['00', '01', '02', '03', '04', '05', '0a', '20', '21', '32', '33', '6c', '80', '81', 'ff'],
  ...['0000', '0100', '0200', '0a00', '0300', 'ffff', '1194', '00000000', '01000000', '04000000'],
  ...['ffffffff', '00000080', '000003e8', '00001000', '00001001', '00001002', '00001003'],
  ...['192.0.2.1', '192.0.2.2', '198.51.100.1', '198.51.100.2', '203.0.113.2', '0.0.0.0'].map(
    (text) => toHex(parseAddress(text).subarray(0, 4)),
  ),
  ...['::', '2001:db8:a::2', '2001:db8:b::1', 'c000:202::1'].map((text) =>
    toHex(parseAddress(text)),
  ),
];

function someBytes(random: Random): string {
  if (random() < 0.6) return pick(random, telling);
  const bytes = Uint8Array.from({ length: 1 + below(random, 8) }, () => below(random, 256));
  return toHex(bytes);
}

/** Where members of the fixed headers begin, bytes. */
const memberOffsets: Readonly<Record<FuzzInterface, readonly number[]>> = {
  'migrate-state': [
    ...[0, 4, 16, 20, 22, 23, 24, 28, 40, 44, 56, 60, 64, 80, 96, 98, 100, 102, 104, 106, 107, 108],
    ...[112, 116, 120, 124, 128, 130],
  ],
  migrate: [0, 16, 32, 34, 36, 38, 40, 42, 43, 44, 48, 52, 56, 60, 61],
};
const headerSize = {
  'migrate-state': xfrm_user_migrate_state.size,
  migrate: xfrm_userpolicy_id.size,
} as const;

function chooseMutation(kind: FuzzInterface, request: Request, random: Random): Mutation {
  const index = below(random, Math.max(1, request.attributes.length));
  const size = request.attributes[index]?.payload.length ?? 4;
  const value = (): Mutation => ({
    ...{
      kind: 'value',
      index,
      at: random() < 0.5 ? 4 * below(random, 1 + (size >> 2)) : below(random, size + 1),
    },
    hex: someBytes(random),
  });
  const fixed = (): Mutation => ({
    kind: 'header',
    at: random() < 0.8 ? pick(random, memberOffsets[kind]) : below(random, headerSize[kind]),
    hex: someBytes(random),
  });
  const choices: readonly (() => Mutation)[] = [
    ...[fixed, fixed, fixed, fixed, fixed, fixed, value, value, value, value],
    () => ({ kind: 'add', index, ...someAttribute(random) }),
    () => ({ kind: 'add', index, ...someAttribute(random) }),
    () => ({ kind: 'add', index, ...acceptedAttribute(random) }),
    () => ({ kind: 'add', index, ...acceptedAttribute(random) }),
    () => ({ kind: 'drop', index }),
    // An entry of XFRMA_MIGRATE twice; elsewhere a longer attribute.
    () => ({ kind: 'double', index, size: pick(random, [76, 76, 16]) }),
    () => ({ kind: 'repeat', index, to: below(random, request.attributes.length + 1) }),
    () => ({ kind: 'swap', index, with: below(random, request.attributes.length + 1) }),
    () => ({ kind: 'type', index, type: flagged(request.attributes[index]?.type ?? 0, random) }),
    () => ({ kind: 'nla_len', index, by: pick(random, [-8, -4, -3, -1, 1, 3, 4, 8, 100, 0x8000]) }),
    () => ({
      kind: 'length',
      index,
      length: pick(
        random,
        [0, 1, size - 4, size - 1, size + 1, size + 4, 80, 160, 600].filter((n) => n >= 0),
      ),
    }),
    () => ({
      kind: 'header length',
      length: pick(random, [
        0,
        4,
        headerSize[kind] - 4,
        headerSize[kind] - 1,
        headerSize[kind] + 1,
        headerSize[kind] + 8,
      ]),
    }),
    () => ({
      kind: 'nlmsg_len',
      by: pick(random, [-1000, -150, -20, -4, -1, 1, 4, 16, 0x7fffffff]),
    }),
    () => ({
      kind: 'nlmsg_flags',
      flags:
        random() < 0.5
          ? below(random, 0x10000)
          : pick(random, [0, NLM_F_REQUEST, NLM_F_ACK, 0x305, 0xf05]),
    }),
    () => ({ kind: 'nlmsg_seq', sequence: below(random, 2 ** 32) }),
    () => ({ kind: 'nlmsg_pid', portid: below(random, 2 ** 32) }),
    () => ({
      kind: 'tail',
      hex: toHex(Uint8Array.from({ length: 1 + below(random, 11) }, () => below(random, 256))),
    }),
    () => ({
      kind: 'more',
      hex: toHex(bytesOf({ ...validRequest(kind, random), sequence: 1000 + below(random, 1000) })),
    }),
  ];
  return pick(random, choices)();
}

function flagged(type: number, random: Random): number {
  const others = [below(random, XFRMA_MAX + 3), 0x3fff & below(random, 0x10000), 0];
  return pick(random, [type | NLA_F_NESTED, type | NLA_F_NET_BYTEORDER, type ^ 1, ...others]);
}

/** An attribute of any type and of any length. */
function someAttribute(random: Random): { type: number; hex: string } {
  const type = 1 + below(random, XFRMA_MAX + 2);
  const length = pick(random, [0, 1, 2, 4, 8, 16, 24, 40, 64, 76, 80, 224]);
  const fill = pick(random, [0, 1, 255, below(random, 256)]);
  return { type, hex: toHex(new Uint8Array(length).fill(fill)) };
}

const encap = (encap_type: number) =>
  toHex(
    encode(xfrm_encap_tmpl, {
      encap_type,
      encap_sport: 4500,
      encap_dport: 4500,
      encap_oa: '0.0.0.0',
    }),
  );

/** One of those that the interfaces read, with a value that is near to being right. */
function acceptedAttribute(random: Random): { type: number; hex: string } {
  const number = pick(random, ['00000000', '01000000', '3c000000', 'ffffffff']);
  const [name, hex] = pick(random, [
    ['XFRMA_MARK', pick(random, ['0000000000000000', '06000000ff000000', '06120000ff000000'])],
    ['XFRMA_ENCAP', encap(pick(random, [0, 1, 2, 3, 7]))],
    [
      'XFRMA_OFFLOAD_DEV',
      pick(random, [
        'e703000000000000',
        'e703000002000000',
        '0100000004000000',
        'e703000008000000',
      ]),
    ],
    ['XFRMA_SET_MARK', number],
    ['XFRMA_SET_MARK_MASK', number],
    ['XFRMA_MTIMER_THRESH', number],
    ['XFRMA_NAT_KEEPALIVE_INTERVAL', number],
    ['XFRMA_IF_ID', number],
    ['XFRMA_POLICY_TYPE', pick(random, ['000000000000', '010000000000', '020000000000'])],
  ] as const);
  return { type: attributeType(name), hex };
}
