import {
  type CaseContext,
  compSa,
  encapTemplate,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  migrateRequest,
  type Needs,
  ok,
  oneOf,
  type Policy,
  policyFor,
  rawAttribute,
  type Sa,
  subnets,
  template,
  type UserMigrate,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { enodata, moved, refused, shown } from './expect.ts';
import { migratePolicy, watchPolicies } from './migration.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('errors', 'Rare refusals, and two reasons at once');
export default topic;

const sa = espSa();
const policy = policyFor([sa]);
const entry = migrateEntry(sa, hosts.b);
const moves = { sa: { sa, to: hosts.b } };

function setUp({ xfrm }: CaseContext, own: Sa = sa): void {
  xfrm.addSa(own);
  xfrm.addPolicy(policy);
}

const strict: readonly [name: string, Uint8Array, string, attribute?: string][] = [
  [
    'long-direction',
    rawAttribute('XFRMA_SA_DIR', new Uint8Array(4).fill(1)),
    'invalid attribute length',
    'XFRMA_SA_DIR',
  ],
  [
    'nested-direction',
    rawAttribute(0x8000 | 33, Uint8Array.of(1)),
    'NLA_F_NESTED not expected',
    'XFRMA_SA_DIR',
  ],
];

for (const [name, attribute, message, named] of strict) {
  testCase(name, {
    summary: 'Attributes since XFRMA_SA_DIR are parsed strictly.',
    requirements: ['M-NL-STRICT'],
    needs: { minVersion: '6.10' },
    run(context) {
      setUp(context);
      const request = migrateRequest(
        policy,
        encodeAttributes({ XFRMA_MIGRATE: [entry] }),
        attribute,
      );
      return watchPolicies(context, moves, () => context.xfrm.send(request));
    },
    expect: { full: wrong(message, named), compiledOut: wrong(message, named) },
  });
}

function wrong(message: string, attribute?: string) {
  return refused(error('EINVAL', attribute === undefined ? message : { message, attribute }));
}

testCase('stray-bytes', {
  summary:
    'One to three bytes after the last attribute are no attribute; the answer warns of them.',
  requirements: ['M-NL-LONG'],
  run(context) {
    setUp(context);
    const entries = encodeAttributes({ XFRMA_MIGRATE: [entry] });
    const request = migrateRequest(policy, entries, Uint8Array.of(1, 2, 3));
    return watchPolicies(context, moves, () => context.xfrm.send(request));
  },
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      reply: ok('bytes leftover after parsing attributes'),
    }),
    compiledOut: refused(error('ENOPROTOOPT', 'bytes leftover after parsing attributes')),
  },
});

testCase('no-template-no-text', {
  summary: 'A request that matches no template of the policy is refused with ENODATA.',
  requirements: ['M-TEMPLATE-REQUIRED'],
  run(context) {
    setUp(context);
    return migratePolicy(context, policy, [{ ...entry, reqid: 99 }], moves);
  },
  expect: { full: refused(error('ENODATA')) },
});

testCase('route-optimization-to-ipv4', {
  summary: 'Route optimization is of IPv6: there is no such mode for the new address.',
  requirements: ['M-NEW-FAMILY', 'M-ALL-OR-NOTHING'],
  needs: { kconfig: ['IPV6_MIP6'] },
  run(context) {
    const own = context.xfrm.addSa(espSa({ ...hosts.a6, mode: 'ro' }));
    const one = context.xfrm.addPolicy(policyFor([espSa(hosts.a6)], { selector: subnets.v6 }));
    return migratePolicy(context, one, [migrateEntry(own, hosts.b)], {
      own: { sa: own, to: hosts.b },
    });
  },
  expect: {
    full: refused(
      oneOf(
        enodata('Requested mode not found'),
        enodata('Only tunnel modes can accommodate a change of family'),
      ),
    ),
  },
});

const helpers = { kconfig: ['INET_IPCOMP', 'CRYPTO_DEFLATE'] };
const underIpcomp: readonly [string, { src: string; dst: string }, 'ipip' | 'ipv6', Change][] = [
  [
    'helper-encapsulated',
    hosts.a,
    'ipip',
    { text: 'IPv4 tunnel is not compatible with encapsulation', encap: true },
  ],
  [
    'ipv6-helper-encapsulated',
    hosts.a6,
    'ipv6',
    { text: 'IPv6 tunnel is not compatible with encapsulation', encap: true },
  ],
  ['helper-to-ipv6', hosts.a, 'ipip', { text: 'Requested type not found', encap: false }],
];

interface Change {
  text: string;
  encap: boolean;
}

for (const [name, place, proto, { text, encap }] of underIpcomp) {
  testCase(name, {
    summary: 'The IP-in-IP SA beneath IPComp cannot be encapsulated, nor change its family alone.',
    requirements: ['M-ENCAP-PROTOCOL', 'M-ALL-OR-NOTHING'],
    needs: proto === 'ipip' ? helpers : { kconfig: ['INET6_IPCOMP', 'CRYPTO_DEFLATE'] },
    run(context) {
      context.xfrm.addSa(compSa(place));
      context.xfrm.addPolicy(policy);
      const own = compSa({ ...place, proto, reqid: 0 });
      const to = proto === 'ipip' && encap ? hosts.b : hosts.b6;
      const attributes: XfrmAttributeSet = encap ? { XFRMA_ENCAP: encapTemplate(espInUdp()) } : {};
      return migratePolicy(context, policy, [migrateEntry(own, to)], {}, { attributes });
    },
    expect: { full: refused(enodata(text)) },
  });
}

testCase('offload-inbound-with-if-id', {
  summary: 'An inbound offload of an SA with if_id is refused.',
  requirements: ['M-OFFLOAD-VALID', 'M-ALL-OR-NOTHING'],
  needs: { minVersion: '7.2', kconfig: ['XFRM_OFFLOAD'] },
  run(context) {
    const own = context.xfrm.addSa(espSa({ ifId: 7 }));
    const one = context.xfrm.addPolicy(policyFor([own], { ifId: 7 }));
    return migratePolicy(
      context,
      one,
      [migrateEntry(own, hosts.b)],
      { own: { sa: own, to: hosts.b } },
      { attributes: { XFRMA_OFFLOAD_DEV: { ifindex: 1, flags: ['inbound'] } } },
    );
  },
  expect: { full: refused(enodata('XFRM if_id is not supported in RX path')) },
});

/** SAs that cannot be made anew, with what the request says or without. */
function cannotBeMade(
  name: string,
  text: string,
  {
    summary,
    needs,
    ...how
  }: {
    summary: string;
    needs: Needs;
    add: (context: CaseContext) => Sa;
    attributes?: (ifindex: number) => XfrmAttributeSet;
    device?: true;
  },
): void {
  testCase(name, {
    summary,
    requirements: ['M-ALL-OR-NOTHING'],
    needs,
    run(context) {
      const ifindex = how.device ? context.addOffloadDevice() : 0;
      const own = how.add(context);
      const one = context.xfrm.addPolicy(policyFor([own]));
      const options = { attributes: how.attributes?.(ifindex) ?? {} };
      const where = { own: { sa: own, to: hosts.b } };
      return migratePolicy(context, one, [migrateEntry(own, hosts.b)], where, options);
    },
    expect: { full: refused(enodata(text)) },
  });
}

const esn = { oseq: 0, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 32, bmp: [0] };
const esnSa = espSa({ flags: ['esn'], replayEsn: esn });

cannotBeMade('esn-window-zero', 'Failed to initialize migrated state', {
  summary:
    'An inbound SA with extended sequence numbers needs a window: one that lost it is refused and stays.',
  needs: { minVersion: '7.2' },
  add({ xfrm }) {
    xfrm.addSa(esnSa);
    xfrm.setReplay(esnSa, { XFRMA_REPLAY_ESN_VAL: { ...esn, replay_window: 0 } });
    return esnSa;
  },
});

cannotBeMade('esn-offload', "Device doesn't support offload with ESN", {
  summary: 'A device that cannot count extended sequence numbers cannot take an SA that has them.',
  needs: { minVersion: '7.2', kconfig: ['NETDEVSIM', 'INET_ESP_OFFLOAD', 'XFRM_OFFLOAD'] },
  add: ({ xfrm }) => xfrm.addSa(esnSa),
  device: true,
  attributes: (ifindex) => ({ XFRMA_OFFLOAD_DEV: { ifindex, flags: [] } }),
});

cannotBeMade('keepalive-in-tcp', 'NAT keepalive is only supported for UDP encapsulation', {
  summary: 'Keepalives are UDP packets: an SA that has them cannot go into TCP.',
  needs: { minVersion: '7.2', kconfig: ['INET_ESPINTCP'] },
  add: ({ xfrm }) => xfrm.addSa(espSa({ dir: 'out', encap: espInUdp(), natKeepalive: 20 })),
  attributes: () => ({
    XFRMA_ENCAP: encapTemplate({ type: 'espintcp', sport: 4500, dport: 4501 }),
  }),
});

/** A fault of the request, how it is made, and what it is refused with. */
interface Fault {
  readonly entries?: readonly UserMigrate[];
  readonly policy?: Partial<Policy>;
  readonly attributes?: XfrmAttributeSet;
  readonly taken?: boolean;
  readonly errno?: string;
  readonly text?: string;
}

const nowhere = { ...entry, new_daddr: '0.0.0.0', reqid: 50 };
const faults = {
  type: {
    attributes: { XFRMA_POLICY_TYPE: { type: 2, reserved1: 0, reserved2: 0 } },
    text: 'Invalid policy type',
  },
  'seven-entries': {
    entries: [1, 2, 3, 4, 5, 6, 7].map((reqid) => ({ ...entry, reqid })),
    text: 'Invalid number of SAs to migrate, must be 0 < num <= XFRM_MAX_DEPTH (6)',
  },
  null: { entries: [nowhere], text: "Addresses in the MIGRATE attribute's list cannot be null" },
  duplicate: {
    entries: [entry, entry],
    text: "Entries in the MIGRATE attribute's list must be unique",
  },
  direction: { policy: { dir: 3 }, text: 'Invalid policy direction' },
  family: {
    policy: { selector: { family: 7 } },
    errno: 'EAFNOSUPPORT',
    text: 'Target policy not found',
  },
  'no-policy': { policy: { dir: 'fwd' }, errno: 'ENOENT', text: 'Target policy not found' },
  taken: { entries: [entry], taken: true, errno: 'ENODATA', text: 'Failed to add migrated state' },
  'encap-type': {
    entries: [entry],
    attributes: { XFRMA_ENCAP: encapTemplate({ type: 3, sport: 1, dport: 1 }) },
    errno: 'ENODATA',
    text: 'Unsupported encapsulation type for ESP',
  },
} as const satisfies Record<string, Fault>;

const pairs: readonly (readonly [keyof typeof faults, keyof typeof faults])[] = [
  ['type', 'seven-entries'],
  ['seven-entries', 'direction'],
  ['null', 'duplicate'],
  ['null', 'direction'],
  ['duplicate', 'direction'],
  ['duplicate', 'no-policy'],
  ['direction', 'family'],
  ['family', 'taken'],
  ['no-policy', 'taken'],
  ['no-policy', 'encap-type'],
  ['encap-type', 'taken'],
];

for (const [one, other] of pairs) {
  const both: readonly Fault[] = [faults[one], faults[other]];
  testCase(`${one}-and-${other}`, {
    summary: 'Of two faults one is told, whichever; nothing is done.',
    requirements: ['M-ERROR-EITHER', 'M-ALL-OR-NOTHING'],
    // Texts of all of them came with Linux 6.2, those of SAs that cannot be made with 7.2.
    needs: { minVersion: '7.2' },
    run(context) {
      setUp(context);
      if (both.some(({ taken }) => taken)) context.xfrm.addSa({ ...sa, ...hosts.b, reqid: 9 });
      const asked: Policy = Object.assign({ ...policy }, ...both.map((each) => each.policy));
      const entries = both.flatMap(({ entries: own }) => own ?? []);
      const distinct = one === 'encap-type' ? [entry] : entries;
      const attributes: XfrmAttributeSet = Object.assign(
        {},
        ...both.map((each) => each.attributes),
      );
      return migratePolicy(context, asked, distinct.length > 0 ? distinct : [entry], moves, {
        attributes,
      });
    },
    expect: {
      full: refused(oneOf(...both.map(({ errno = 'EINVAL', text }) => error(errno, text)))),
    },
  });
}

testCase('other-type-of-policy', {
  summary: 'A template of a policy in another direction is not looked at.',
  requirements: ['M-POLICY-UNKNOWN'],
  run(context) {
    context.xfrm.addSa(sa);
    context.xfrm.addPolicy(policyFor([], { dir: 'in', templates: [template(sa)] }));
    return migratePolicy(context, policy, [entry], moves);
  },
  expect: { full: refused(error('ENOENT')), compiledOut: refused(unsupported) },
});
