/** The SAs and policies that requests of the fuzzer are about, and valid requests for them. */
import {
  migrateStateAttributes,
  migrateStateHeader,
  type StateChange,
} from '../case/migrate-state.ts';
import {
  migrateEntry,
  type Policy,
  policyAttributes,
  policyFor,
  policyId,
  policyInfo,
  subnets,
} from '../case/policy.ts';
import {
  aesGcm,
  ahSa,
  encapTemplate,
  espInUdp,
  espSa,
  hostSelector,
  hosts,
  noEncap,
  type Sa,
  saAttributes,
  saInfo,
} from '../case/sa.ts';
import { type Codec, encode } from '../netlink/codec.ts';
import { decodeAttributes, encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../netlink/message.ts';
import {
  xfrm_user_migrate_state,
  xfrm_userpolicy_id,
  xfrm_userpolicy_info,
  xfrm_usersa_info,
} from '../netlink/xfrm.ts';
import { encodeXfrmAttributes, type XfrmAttributeSet } from '../netlink/xfrm-attributes.ts';
import { xfrmMessages } from '../netlink/xfrm-messages.ts';
import type { Request } from './request.ts';

/** The two messages: InterfaceName of src/kernel/kernel.ts. */
export type FuzzInterface = 'migrate-state' | 'migrate';

/** Differ in what the interface looks at: family, mode, encapsulation, direction, mark, selector. */
const stateSas: readonly Sa[] = [
  espSa({ selector: hostSelector(hosts.a) }),
  espSa({ spi: 0x1001, dir: 'in', encap: espInUdp(), mappingThreshold: 60 }),
  espSa({
    ...{ spi: 0x1002, dir: 'out', encap: espInUdp(4500, 4501), natKeepalive: 20 },
    outputMark: { v: 3, m: 0xff },
  }),
  espSa({ spi: 0x1003, mark: { v: 5, m: 0xff }, reqid: 9 }),
  espSa({ ...hosts.a6, spi: 0x1004, mode: 'transport', selector: hostSelector(hosts.a6) }),
  ahSa({ spi: 0x1005, selector: hostSelector(hosts.a) }),
];

const tunnel = espSa({ aead: aesGcm });
const encapsulated = espSa({ ...hosts.c, spi: 0x1001, reqid: 2, encap: espInUdp() });
const beside = espSa({ ...hosts.a, spi: 0x1002, reqid: 3 });
const six = espSa({ ...hosts.a6, spi: 0x1003, reqid: 4 });
const migrateSas: readonly Sa[] = [
  tunnel,
  encapsulated,
  beside,
  six,
  ahSa({ spi: 0x1005, reqid: 5 }),
];
const migratePolicies: readonly Policy[] = [
  policyFor([tunnel, encapsulated], { index: 9 }),
  policyFor([beside], {
    ...{ index: 17, selector: { ...subnets.v4, saddr: '10.9.0.0', daddr: '10.8.0.0' } },
  }),
  policyFor([six], { index: 25, selector: subnets.v6 }),
];

export interface Setting {
  readonly sas: readonly Sa[];
  readonly policies: readonly Policy[];
}

export function settingOf(kind: FuzzInterface): Setting {
  return kind === 'migrate-state'
    ? { sas: stateSas, policies: [policyFor([stateSas[0]!], { index: 9 })] }
    : { sas: migrateSas, policies: migratePolicies };
}

/** Messages that install everything, without acknowledgement: silence is success. */
export function installing({ sas, policies }: Setting): Uint8Array[] {
  return [
    ...sas.map((sa) => quiet('XFRM_MSG_NEWSA', xfrm_usersa_info, saInfo(sa), saAttributes(sa))),
    ...policies.map((policy) =>
      quiet(
        'XFRM_MSG_NEWPOLICY',
        xfrm_userpolicy_info,
        policyInfo(policy),
        policyAttributes(policy),
      ),
    ),
  ];
}

function quiet<T>(
  name: keyof typeof xfrmMessages,
  codec: Codec<T>,
  header: T,
  attributes: XfrmAttributeSet,
): Uint8Array {
  const payload = Buffer.concat([encode(codec, header), encodeXfrmAttributes(attributes)]);
  const message = { type: xfrmMessages[name], flags: NLM_F_REQUEST, sequence: 1, portid: 0 };
  return encodeMessage({ ...message, payload });
}

/** Valid changes of an SA, each of which the SA it is meant for can bear. */
const changes: readonly ((sa: Sa) => StateChange)[] = [
  () => hosts.b,
  () => ({}),
  () => ({ src: hosts.b.src }),
  () => ({ ...hosts.b, reqid: 77 }),
  () => ({ ...hosts.b, mark: { v: 6, m: 0xff } }),
  () => ({ ...hosts.b, mark: { v: 0, m: 0 } }),
  () => ({ ...hosts.b, outputMark: { v: 8, m: 0xf } }),
  () => ({ ...hosts.b, offload: { ifindex: 999, flags: [] } }),
  () => ({ ...hosts.b, flags: ['clear-offload'] }),
  () => ({ ...hosts.b, selector: hostSelector(hosts.b) }),
  ({ selector }) => ({ ...hosts.b, flags: selector ? ['update-h2h-sel'] : [] }),
  () => ({ ...hosts.b, encap: noEncap }),
  () => ({ ...hosts.b, encap: espInUdp(1024, 4500, '192.0.2.77') }),
  () => ({ ...hosts.b6, encap: espInUdp() }),
  ({ dir }) => ({
    ...hosts.b,
    encap: espInUdp(),
    ...(dir === 'in' ? { mappingThreshold: 90 } : {}),
    ...(dir === 'out' ? { natKeepalive: 30 } : {}),
  }),
];

/** Requests that were made before: making one is slow where V8 is emulated. */
const made = new Map<string, Request>();

function once(key: string, make: () => Request): Request {
  const request = made.get(key) ?? make();
  made.set(key, request);
  return request;
}

/** A valid request, or nearly so: what cannot be with this SA is refused for a reason of its own. */
export function validRequest(kind: FuzzInterface, random: () => number): Request {
  const below = (end: number) => Math.floor(random() * end);
  if (kind === 'migrate-state') {
    const [i, j] = [below(stateSas.length), below(changes.length)];
    return once(`state ${i} ${j}`, () => migrateStateRequest(stateSas[i]!, changes[j]!));
  }
  const choice = [below(3), below(3), below(targets.length), below(5), below(extras.length)];
  return once(`migrate ${choice}`, () => migrateRequest(choice));
}

function migrateStateRequest(sa: Sa, change: (sa: Sa) => StateChange): Request {
  const header = encode(xfrm_user_migrate_state, migrateStateHeader(sa, change(sa)));
  return requestOf('XFRM_MSG_MIGRATE_STATE', header, migrateStateAttributes(change(sa)));
}

const targets = [hosts.b, { src: '198.51.100.7', dst: '198.51.100.8' }, hosts.b6];
const extras: readonly XfrmAttributeSet[] = [
  {},
  {},
  { XFRMA_ENCAP: encapTemplate(espInUdp()) },
  { XFRMA_POLICY_TYPE: { type: 0, reserved1: 0, reserved2: 0 } },
  { XFRMA_OFFLOAD_DEV: { ifindex: 999, flags: [] } },
  { XFRMA_KMADDRESS: { local: hosts.b.src, remote: hosts.b.dst, reserved: 0, family: 'AF_INET' } },
];

/** @param choice of the policy, of its SAs, of where they go, of the reqid, of more attributes */
function migrateRequest(choice: readonly number[]): Request {
  const [index, which, shift, reqid, extra] = choice as [number, number, number, number, number];
  const all = [[tunnel, encapsulated], [beside], [six]][index]!;
  const chosen = all[which] ? [all[which]] : all;
  const entries = chosen.map((sa, i) =>
    migrateEntry(sa, targets[(i + shift) % targets.length]!, reqid === 0 ? { reqid: 0 } : {}),
  );
  const header = encode(xfrm_userpolicy_id, policyId(migratePolicies[index]!));
  return requestOf('XFRM_MSG_MIGRATE', header, { XFRMA_MIGRATE: entries, ...extras[extra]! });
}

function requestOf(
  name: keyof typeof xfrmMessages,
  header: Uint8Array,
  attributes: XfrmAttributeSet,
): Request {
  return {
    type: xfrmMessages[name],
    flags: NLM_F_REQUEST | NLM_F_ACK,
    sequence: 7,
    portid: 0,
    lie: 0,
    header,
    attributes: decodeAttributes(encodeXfrmAttributes(attributes)).map(({ type, payload }) => ({
      type,
      payload,
      lie: 0,
    })),
    tail: new Uint8Array(),
    more: [],
  };
}
