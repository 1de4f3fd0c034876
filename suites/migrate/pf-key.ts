import {
  absent,
  ahSa,
  type CaseContext,
  error,
  espSa,
  hosts,
  type IpsecRequest,
  type MigrateOptions,
  migrateEntry,
  ok,
  oneOf,
  type PfKeyMigrate,
  type Policy,
  pfKeyMigrate,
  policyFor,
  type Reply,
  type Sa,
  selector,
  subnets,
  type UserMigrate,
} from '../../src/case/index.ts';
import { type Members, moved, notified, outPolicy, refused, shown } from './expect.ts';
import { type Move, watchPolicies } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('pf-key', 'What SADB_X_MIGRATE says, asked and heard');
export default topic;

type Moves = { readonly [name: string]: Move };

const needs = { kconfig: ['NET_KEY', 'NET_KEY_MIGRATE'] };
const sa = espSa();
const ah = ahSa({ mode: 'tunnel', spi: 0x2000, reqid: 2 });
const policy = policyFor([sa]);
const entry = migrateEntry(sa, hosts.b);
const [IPPROTO_TCP, IPPROTO_UDP] = [6, 17];
const [SADB_SATYPE_AH, SADB_SATYPE_ESP] = [2, 3];

/** Looks at SAs and policies, and at what listeners of both kinds hear. */
function watch(context: CaseContext, moves: Moves, request: () => Reply) {
  const listener = context.addPfKeyListener();
  const seen = watchPolicies(context, moves, request);
  return { ...seen, announced: listener.read() };
}

/** An announcement of these, and no more than that. */
function told(of: Policy, entries: readonly UserMigrate[], rest: Members = {}): Members {
  const { src, dst, policy: asked } = pfKeyMigrate(of, entries);
  // RFC 2367 has 0 for any protocol, linux/ipsec.h 255.
  const proto = src.proto === 255 ? oneOf(0, 255) : src.proto;
  return {
    malformed: absent(),
    ...{ errno: 0, satype: SADB_SATYPE_ESP, kmAddress: absent() },
    src: { ...src, proto },
    dst: { ...dst, proto },
    policy: { ...asked, requests: asked.requests.map((request) => ({ ...request })) },
    ...rest,
  };
}

/** Of what nobody asked for by PF_KEY: an answer to no process. */
const toNobody = { sequence: 0, pid: 0 };

// What is heard of XFRM_MSG_MIGRATE.

interface Announced {
  summary: string;
  sa?: Sa;
  to?: { src: string; dst: string };
  policy?: Partial<Policy>;
  entry?: Partial<UserMigrate>;
  options?: MigrateOptions;
  rest?: Members;
}

const kmAddress = { local: '203.0.113.7', remote: '203.0.113.8', reserved: 0 } as const;
const kmAddress6 = { local: '2001:db8::7', remote: '2001:db8::8', reserved: 0 } as const;
const pairOf = ({ local, remote }: { local: string; remote: string }) => ({
  kmAddress: { reserved: 0, src: local, dst: remote },
});

const announcements: Readonly<Record<string, Announced>> = {
  content: {
    summary: 'PF_KEY hears of a migration that was asked for by XFRM_MSG_MIGRATE.',
  },
  'to-the-other-family': {
    summary: 'The new endpoints have their own family, and the lengths count both.',
    to: hosts.b6,
  },
  'from-the-other-family': {
    summary: 'The old endpoints have their own family, and the lengths count both.',
    sa: espSa(hosts.a6),
  },
  ipv6: {
    summary: 'A selector in IPv6 is announced with its prefixes.',
    sa: espSa(hosts.a6),
    to: hosts.b6,
    policy: { selector: { ...subnets.v6, prefixlen_d: 56 } },
  },
  'direction-in': { summary: 'The direction is told: inbound.', policy: { dir: 'in' } },
  'direction-fwd': { summary: 'The direction is told: forward.', policy: { dir: 'fwd' } },
  'any-reqid': {
    summary: 'An entry for any reqid asks for no unique SA.',
    entry: { reqid: 0 },
  },
  'large-reqid': { summary: 'A reqid has 32 bits.', sa: espSa({ reqid: 0x12345678 }) },
  'ah-transport': {
    summary: 'Protocol and mode of an entry are told, and the type of its SA.',
    sa: ahSa({ reqid: 3 }),
    rest: { satype: SADB_SATYPE_AH },
  },
  beet: { summary: 'The mode of an entry is told: BEET.', sa: espSa({ mode: 'beet' }) },
  prefixes: {
    summary: 'Each side of the selector has its own prefix.',
    policy: { selector: { ...subnets.v4, prefixlen_s: 24, prefixlen_d: 20 } },
  },
  protocol: {
    summary: 'The upper protocol of the selector is told.',
    policy: { selector: { ...subnets.v4, proto: IPPROTO_UDP } },
  },
  ports: {
    summary: 'The ports of the selector are told.',
    policy: {
      selector: {
        ...{ ...subnets.v4, proto: IPPROTO_TCP, sport: 1234, sport_mask: 0xffff },
        ...{ dport: 443, dport_mask: 0xffff },
      },
    },
  },
  'km-address': {
    summary: 'XFRMA_KMADDRESS is told as SADB_X_EXT_KMADDRESS.',
    options: { attributes: { XFRMA_KMADDRESS: { ...kmAddress, family: 'AF_INET' } } },
    rest: pairOf(kmAddress),
  },
  'km-address-ipv6': {
    summary: 'XFRMA_KMADDRESS in IPv6 is told as SADB_X_EXT_KMADDRESS.',
    options: { attributes: { XFRMA_KMADDRESS: { ...kmAddress6, family: 'AF_INET6' } } },
    rest: pairOf(kmAddress6),
  },
};

for (const [name, each] of Object.entries(announcements)) {
  const { summary, sa: moving = sa, to = hosts.b, options, rest } = each;
  const named = policyFor([moving], each.policy);
  const entries = [migrateEntry(moving, to, each.entry)];
  testCase(`announced-${name}`, {
    summary,
    requirements: [
      ...['M-PF-KEY-ANNOUNCED', 'M-PF-KEY-FORMAT'],
      ...(options ? ['M-PF-KEY-KMADDRESS'] : []),
    ],
    needs,
    run(context) {
      context.xfrm.addSa(moving);
      context.xfrm.addPolicy(named);
      return watch(context, {}, () => context.xfrm.migrate(named, entries, options));
    },
    expect: {
      full: {
        reply: ok(null),
        heard: [notified],
        announced: [told(named, entries, { ...toNobody, ...rest })],
      },
    },
  });
}

testCase('announced-alone', {
  summary: 'A migration is announced by PF_KEY, too, where no netlink listener hears of it.',
  requirements: ['M-PF-KEY-ANNOUNCED'],
  needs,
  run(context) {
    context.stopListening();
    context.xfrm.addSa(sa);
    context.xfrm.addPolicy(policy);
    return watch(context, {}, () => context.xfrm.migrate(policy, [entry]));
  },
  expect: { full: { reply: ok(null), heard: [], announced: [told(policy, [entry], toNobody)] } },
});

const both = policyFor([sa, ah]);
const twoEntries = [migrateEntry(sa, hosts.b6), migrateEntry(ah, hosts.c)];

testCase('announced-two-entries', {
  summary: 'Each entry is announced, in the order of the request.',
  requirements: ['M-PF-KEY-ANNOUNCED', 'M-PF-KEY-FORMAT'],
  needs,
  run(context) {
    for (const each of [sa, ah]) context.xfrm.addSa(each);
    context.xfrm.addPolicy(both);
    return watch(context, {}, () => context.xfrm.migrate(both, twoEntries));
  },
  expect: {
    full: {
      reply: ok(null),
      heard: [notified],
      announced: [told(both, twoEntries, toNobody)],
    },
  },
});

testCase('sub-policy-not-announced', {
  summary: 'PF_KEY, which cannot name a sub policy, hears nothing of its migration.',
  requirements: ['M-PF-KEY-SUB-POLICY'],
  needs: { kconfig: [...needs.kconfig, 'XFRM_SUB_POLICY'] },
  run(context) {
    context.xfrm.addSa(sa);
    const sub = context.xfrm.addPolicy(policyFor([sa], { type: 1 }));
    return watch(context, {}, () => context.xfrm.migrate(sub, [entry]));
  },
  expect: { full: { reply: ok(null), heard: [notified], announced: [] } },
});

const iptfs = espSa({ mode: 'iptfs', dir: 'out' });
const iptfsPolicy = policyFor([iptfs]);
const iptfsEntry = migrateEntry(iptfs, hosts.b);
const iptfsNeeds = { kconfig: [...needs.kconfig, 'XFRM_IPTFS'], minVersion: '6.14' };

for (const [name, alone, summary] of [
  ['announced-iptfs', false, 'The mode of an entry is told: IP-TFS.'],
  ['announced-iptfs-alone', true, 'It is told, too, where no netlink listener hears of it.'],
] as const) {
  testCase(name, {
    summary,
    requirements: ['M-PF-KEY-MODE', ...(alone ? ['M-NOTIFY', 'M-MOVE'] : [])],
    needs: iptfsNeeds,
    run(context) {
      if (alone) context.stopListening();
      context.xfrm.addSa(iptfs);
      const named = context.xfrm.addPolicy(iptfsPolicy);
      const moves = { sa: { sa: iptfs, to: hosts.b } };
      return watch(context, moves, () => context.xfrm.migrate(named, [iptfsEntry]));
    },
    expect: {
      full: moved({ sa: hosts.b }, [shown(hosts.b, { mode: 'iptfs' })], {
        heard: alone ? [] : [notified],
        announced: [told(iptfsPolicy, [iptfsEntry], toNobody)],
      }),
    },
  });
}

testCase('other-namespace-not-announced', {
  summary: 'A migration in another network namespace is not heard of.',
  requirements: ['M-NOTIFY-NETNS'],
  needs,
  run(context) {
    const peer = context.addPeer();
    peer.xfrm.addSa(sa);
    peer.xfrm.addPolicy(policy);
    return watch(context, {}, () => peer.xfrm.migrate(policy, [entry]));
  },
  expect: { full: { reply: ok(null), databases: 'unchanged', heard: [], announced: [] } },
});

// What is asked for by SADB_X_MIGRATE.

function ask(context: CaseContext, request: PfKeyMigrate, named = policy, moving = sa) {
  context.xfrm.addSa(moving);
  context.xfrm.addPolicy(named);
  return watch(context, { sa: { sa: moving, to: hosts.b } }, () => context.sendPfKey(request));
}

const well = pfKeyMigrate(policy, [entry]);

testCase('request-content', {
  summary: 'Listeners of both kinds hear what was asked for by PF_KEY, once and in full.',
  requirements: ['M-PF-KEY', 'M-PF-KEY-ANNOUNCED', 'M-PF-KEY-FORMAT', 'M-NOTIFY-ENTRIES'],
  needs,
  run: (context) => ask(context, well),
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      heard: [
        {
          ...notified,
          header: { sel: { ...selector(subnets.v4) }, dir: 'out' },
          attributes: {
            XFRMA_POLICY_TYPE: { type: 0, reserved1: 0, reserved2: 0 },
            XFRMA_MIGRATE: [{ ...entry }],
          },
          carries: ['XFRMA_MIGRATE', 'XFRMA_POLICY_TYPE'],
        },
      ],
      announced: [
        {
          ...{ errno: 0, satype: SADB_SATYPE_ESP, kmAddress: absent() },
          src: { address: '10.1.0.0', prefix: 16, port: 0, proto: oneOf(0, 255) },
          dst: { address: '10.2.0.0', prefix: 16, port: 0, proto: oneOf(0, 255) },
          policy: {
            dir: 2,
            requests: [hosts.a, hosts.b].map((pair) => ({
              ...{ proto: 50, mode: 'tunnel', level: 'unique', reqid: 1 },
              ...pair,
            })),
          },
        },
      ],
    }),
  },
});

testCase('request-answered', {
  summary: 'The announcement has the sequence number and the process of the request.',
  requirements: ['M-PF-KEY-ANSWER'],
  needs,
  run: (context) => ask(context, { ...well, sequence: 7, pid: 2112 }),
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], { announced: [{ sequence: 7, pid: 2112 }] }),
  },
});

for (const [name, family, { local, remote }] of [
  ['km-address', 'AF_INET', kmAddress],
  ['km-address-ipv6', 'AF_INET6', kmAddress6],
] as const) {
  testCase(`request-${name}`, {
    summary: 'SADB_X_EXT_KMADDRESS is passed on to listeners of both kinds.',
    requirements: ['M-PF-KEY-KMADDRESS', 'M-NOTIFY-KMADDRESS'],
    needs,
    run: (context) =>
      ask(context, { ...well, kmAddress: { reserved: 0, src: local, dst: remote } }),
    expect: {
      full: moved({ sa: hosts.b }, [shown(hosts.b)], {
        heard: [
          { ...notified, attributes: { XFRMA_KMADDRESS: { local, remote, reserved: 0, family } } },
        ],
        announced: [told(policy, [entry], pairOf({ local, remote }))],
      }),
    },
  });
}

const exactly = 0xffff;
const selectors: Readonly<Record<string, { selector: Policy['selector']; named?: string }>> = {
  protocol: { selector: { ...subnets.v4, proto: IPPROTO_UDP } },
  sport: { selector: { ...subnets.v4, proto: IPPROTO_UDP, sport: 500, sport_mask: exactly } },
  dport: { selector: { ...subnets.v4, proto: IPPROTO_TCP, dport: 443, dport_mask: exactly } },
  prefixes: {
    selector: { ...subnets.v4, prefixlen_s: 20, prefixlen_d: 24 },
    named: 'out 10.1.0.0/20 > 10.2.0.0/24',
  },
  'selector-ipv6': {
    selector: { ...subnets.v6, prefixlen_d: 56 },
    named: 'out 2001:db8:1::/48 > 2001:db8:2::/56',
  },
};

for (const [name, { selector: sel, named = outPolicy }] of Object.entries(selectors)) {
  const asked = policyFor([sa], { selector: sel });
  testCase(`request-${name}`, {
    summary: 'A policy is found by its selector, and announced with it.',
    requirements: ['M-PF-KEY-SELECTOR', 'M-NOTIFY'],
    needs,
    run: (context) => ask(context, pfKeyMigrate(asked, [entry]), asked),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [named]: [shown(hosts.b)] },
        heard: [{ ...notified, header: { sel: { ...selector(sel) }, dir: 'out' } }],
      }),
    },
  });
}

testCase('request-iptfs', {
  summary: 'An SA in IP-TFS mode is moved.',
  requirements: ['M-PF-KEY', 'M-PF-KEY-MODE'],
  needs: iptfsNeeds,
  run: (context) => ask(context, pfKeyMigrate(iptfsPolicy, [iptfsEntry]), iptfsPolicy, iptfs),
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b, { mode: 'iptfs' })], {
      announced: [told(iptfsPolicy, [iptfsEntry])],
    }),
  },
});

const transport = espSa({ mode: 'transport' });
const transportPolicy = policyFor([transport]);
const anyMode = pfKeyMigrate(transportPolicy, [migrateEntry(transport, hosts.b, { mode: 'any' })]);

testCase('request-mode-any', {
  summary: 'Any mode takes in transport.',
  requirements: ['M-PF-KEY', 'M-PF-KEY-MODE'],
  needs,
  run: (context) => ask(context, anyMode, transportPolicy, transport),
  expect: { full: moved({ sa: hosts.b }, 'unchanged') },
});

const largeReqid = espSa({ reqid: 0x12345678 });
const largeReqidPolicy = policyFor([largeReqid]);

testCase('request-large-reqid', {
  summary: 'A reqid has 32 bits in a request, too.',
  requirements: ['M-PF-KEY', 'M-PF-KEY-ANNOUNCED'],
  needs,
  run(context) {
    context.xfrm.addSa(largeReqid);
    context.xfrm.addPolicy(largeReqidPolicy);
    const entries = [migrateEntry(largeReqid, hosts.b)];
    return watch(context, { sa: { sa: largeReqid, to: hosts.b } }, () =>
      context.pfKeyMigrate(largeReqidPolicy, entries),
    );
  },
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b, { reqid: 0x12345678 })], {
      announced: [told(largeReqidPolicy, [migrateEntry(largeReqid, hosts.b)])],
    }),
  },
});

/** SAs of as many reqids as a policy can have templates: XFRM_MAX_DEPTH. */
const six = [1, 2, 3, 4, 5, 6].map((reqid) => espSa({ spi: 0x1000 + reqid, reqid }));
const sixPlaces = six.map((_, i) => ({ src: `198.51.100.${10 + i}`, dst: `203.0.113.${10 + i}` }));
const sixEntries = six.map((each, i) => migrateEntry(each, sixPlaces[i]!));

testCase('request-six-entries', {
  summary: 'Six entries, as many as a policy has templates, move six SAs.',
  requirements: ['M-PF-KEY', 'M-ENTRIES-MOST', 'M-PF-KEY-ANNOUNCED'],
  needs,
  run(context) {
    for (const each of six) context.xfrm.addSa(each);
    const all = context.xfrm.addPolicy(policyFor(six));
    const moves = six.map((each, i) => [`sa${1 + i}`, { sa: each, to: sixPlaces[i]! }] as const);
    return watch(context, Object.fromEntries(moves), () => context.pfKeyMigrate(all, sixEntries));
  },
  expect: {
    full: moved(
      Object.fromEntries(sixPlaces.map((to, i) => [`sa${1 + i}`, to])),
      sixPlaces.map((to, i) => shown(to, { reqid: 1 + i })),
      { announced: [told(policyFor(six), sixEntries)] },
    ),
  },
});

// What is refused.

const [old, now] = well.policy.requests as [IpsecRequest, IpsecRequest];
const { src: _src, ...withoutSrc } = well;
const { dst: _dst, ...withoutDst } = well;
const { policy: _policy, ...withoutPolicy } = well;
const requests = (...requests: readonly IpsecRequest[]): PfKeyMigrate => ({
  ...well,
  policy: { ...well.policy, requests },
});
const length = 48;

const malformed: Readonly<Record<string, readonly [summary: string, PfKeyMigrate]>> = {
  'no-source': ['A selector without its source is refused.', withoutSrc],
  'no-destination': ['A selector without its destination is refused.', withoutDst],
  'no-policy-extension': ['A request without SADB_X_EXT_POLICY is refused.', withoutPolicy],
  'selector-families': [
    'A selector whose sides are of different families is refused.',
    { ...well, dst: { ...well.dst, address: '2001:db8:2::', prefix: 48 } },
  ],
  'direction-any': [
    'A request that names no direction is refused.',
    { ...well, policy: { ...well.policy, dir: 0 } },
  ],
  reqids: [
    'Two ipsecrequests of different reqids are no pair.',
    requests(old, { ...now, reqid: 2 }),
  ],
  modes: [
    'Two ipsecrequests of different modes are no pair.',
    requests(old, { ...now, mode: 'transport' }),
  ],
  'mode-unknown': [
    'Two ipsecrequests of a mode that linux/ipsec.h does not have are refused.',
    requests({ ...old, mode: 9 }, { ...now, mode: 9 }),
  ],
  protocols: [
    'Two ipsecrequests of different protocols are no pair.',
    requests(old, { ...now, proto: 51 }),
  ],
  'old-families': [
    'The old endpoints must be of one family.',
    requests({ ...old, dst: hosts.b6.dst }, now),
  ],
  'new-families': [
    'The new endpoints must be of one family.',
    requests(old, { ...now, dst: hosts.b6.dst }),
  ],
  'one-request': ['One ipsecrequest alone is no pair.', requests(old)],
  'three-requests': [
    'A pair and one ipsecrequest are not two pairs.',
    requests(old, now, { ...old, reqid: 2 }),
  ],
  'first-too-long': [
    'An ipsecrequest that is longer than the extension is refused: the first.',
    requests({ ...old, told: 2 * length + 8 }, now),
  ],
  'second-too-long': [
    'An ipsecrequest that is longer than the extension is refused: the second.',
    requests(old, { ...now, told: length + 8 }),
  ],
  'second-cut-short': [
    'An ipsecrequest that the extension ends in is refused.',
    requests(old, { ...now, cutTo: length - 8 }),
  ],
  'second-cut-to-its-header': [
    'An ipsecrequest without addresses is refused.',
    requests(old, { ...now, told: 16, cutTo: 16 }),
  ],
  'first-too-short': [
    'An ipsecrequest that has no room for its addresses is refused: the first.',
    requests({ ...old, told: length - 8 }, now),
  ],
  'second-too-short': [
    'An ipsecrequest that has no room for its addresses is refused: the second.',
    requests(old, { ...now, told: length - 8 }),
  ],
  'first-pair-cut-short': [
    'An ipsecrequest that ends in its addresses is refused: the first.',
    requests({ ...old, told: length - 8, cutTo: length - 8 }, now),
  ],
  'second-pair-cut-short': [
    'An ipsecrequest that ends in its addresses is refused: the second.',
    requests(old, { ...now, told: length - 8, cutTo: length - 8 }),
  ],
  'length-0': ['An ipsecrequest of length 0 is refused.', requests({ ...old, told: 0 }, now)],
  'km-address-families': [
    'Addresses of the key manager must be of one family.',
    { ...well, kmAddress: { reserved: 0, src: kmAddress.local, dst: kmAddress6.remote } },
  ],
  'km-address-cut-short': [
    'An SADB_X_EXT_KMADDRESS that ends in its addresses is refused.',
    {
      ...well,
      kmAddress: { reserved: 0, src: kmAddress.local, dst: kmAddress.remote, cutTo: 32 },
    },
  ],
};

for (const [name, [summary, request]] of Object.entries(malformed)) {
  testCase(`refused-${name}`, {
    summary,
    requirements: ['M-PF-KEY-MALFORMED', 'M-PF-KEY-REFUSAL-PRIVATE'],
    needs,
    run: (context) => ask(context, request),
    expect: { full: { ...refused(error('EINVAL', null)), announced: [] } },
  });
}
