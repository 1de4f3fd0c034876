import { espSa, hostSelector, hosts, type Sa, type StateChange } from '../../src/case/index.ts';
import { einval, type Members, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('h2h', 'XFRM_MIGRATE_STATE_UPDATE_H2H_SEL');
export default topic;

const flags = ['update-h2h-sel'];
const v4 = espSa({ selector: hostSelector(hosts.a) });
const v6 = espSa({ ...hosts.a6, selector: hostSelector(hosts.a6) });
const transport = (sa: Sa): Sa => ({ ...sa, mode: 'transport' });
const addresses = ({ src, dst }: { src: string; dst: string }) => ({ saddr: src, daddr: dst });
const six = { family: 'AF_INET6', prefixlen_s: 128, prefixlen_d: 128 } as const;
const four = { family: 'AF_INET', prefixlen_s: 32, prefixlen_d: 32 } as const;
const to6 = { ...hosts.b6, family: 'AF_INET6' } as const;
const to4 = { ...hosts.b, family: 'AF_INET' } as const;

const derived: readonly [name: string, sa: Sa, StateChange, Members][] = [
  ['tunnel', v4, hosts.b, { ...hosts.b, selector: addresses(hosts.b) }],
  ['transport', transport(v4), hosts.b, { ...hosts.b, selector: addresses(hosts.b) }],
  ['tunnel-ipv6', v6, hosts.b6, { ...hosts.b6, selector: addresses(hosts.b6) }],
  ['transport-ipv6', transport(v6), hosts.b6, { ...hosts.b6, selector: addresses(hosts.b6) }],
  ['4-to-6', transport(v4), to6, { ...to6, selector: { ...addresses(hosts.b6), ...six } }],
  ['6-to-4', transport(v6), to4, { ...to4, selector: { ...addresses(hosts.b), ...four } }],
  ['tunnel-4-to-6', v4, to6, { ...to6, selector: { ...addresses(hosts.b6), ...six } }],
  ['beet', { ...v4, mode: 'beet' }, hosts.b, { ...hosts.b, selector: addresses(hosts.b) }],
  ['same-addresses', v4, hosts.a, {}],
  ['daddr-alone', v4, { dst: hosts.b.dst }, { dst: hosts.b.dst, selector: { daddr: hosts.b.dst } }],
  ['saddr-alone', v4, { src: hosts.b.src }, { src: hosts.b.src, selector: { saddr: hosts.b.src } }],
];

for (const [name, sa, change, changed] of derived) {
  testCase(`derived-${name}`, {
    summary: 'The single-host selector follows the addresses.',
    requirements: ['MS-H2H-DERIVE', 'MS-KEEPS'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), { ...change, flags }),
    expect: { full: migrated(changed) },
  });
}

testCase('upper-layer-kept', {
  summary: 'Only addresses and masks are derived: ports, protocol, interface and user stay.',
  requirements: ['MS-H2H-DERIVE', 'MS-KEEPS'],
  run: ({ xfrm }) => {
    const upper = { sport: 500, sport_mask: 0xffff, dport: 4500, dport_mask: 0xffff, proto: 17 };
    const selector = { ...v4.selector, ...upper, ifindex: 3, user: 1000 };
    return migrate({ xfrm }, xfrm.addSa({ ...v4, selector }), { ...hosts.b, flags });
  },
  expect: { full: migrated({ ...hosts.b, selector: addresses(hosts.b) }) },
});

const ignored: readonly [name: string, StateChange['selector'] & object][] = [
  ['another-host', hostSelector(hosts.c)],
  ['prefix-too-long', { prefixlen_s: 200, prefixlen_d: 200 }],
  ['family-unknown', { family: 99 }],
  ['upper-layer', { proto: 6, sport: 80, sport_mask: 0xffff, ifindex: 9, user: 9 }],
];

for (const [name, selector] of ignored) {
  testCase(`new-sel-ignored-${name}`, {
    summary: 'With the flag new_sel is ignored, whatever it says.',
    requirements: ['MS-H2H-IGNORES-SEL', 'MS-H2H-DERIVE'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(v4), { ...hosts.b, flags, selector }),
    expect: { full: migrated({ ...hosts.b, selector: addresses(hosts.b) }) },
  });
}

/** Selectors that are no single-host entry of the SA's addresses. */
const others: readonly [name: string, sa: Sa, selector: Partial<Sa['selector'] & object>][] = [
  ['empty', v4, { saddr: '0.0.0.0', daddr: '0.0.0.0', prefixlen_s: 0, prefixlen_d: 0 }],
  ['prefix-s-31', v4, { prefixlen_s: 31 }],
  ['prefix-d-31', v4, { prefixlen_d: 31 }],
  ['prefixes-31', v4, { prefixlen_s: 31, prefixlen_d: 31 }],
  ['other-saddr', v4, { saddr: '192.0.2.9' }],
  ['other-daddr', v4, { daddr: '192.0.2.9' }],
  ['other-addresses', v4, addresses(hosts.c)],
  ['swapped', v4, { saddr: hosts.a.dst, daddr: hosts.a.src }],
  ['inner-ipv6', v4, hostSelector(hosts.a6)],
  // 192.0.2.1 and .2 are also the first 32 bits of IPv6 addresses: a network, not a host.
  [
    'ipv6-network-with-the-same-bits',
    v4,
    { family: 'AF_INET6', saddr: 'c000:201::', daddr: 'c000:202::' },
  ],
  ['ipv6-prefix-s-127', v6, { prefixlen_s: 127 }],
  ['ipv6-prefix-d-127', v6, { prefixlen_d: 127 }],
  ['ipv6-prefixes-32', v6, { prefixlen_s: 32, prefixlen_d: 32 }],
  ['ipv6-other-saddr', v6, { saddr: '2001:db8:a::9' }],
  ['ipv6-other-daddr', v6, { daddr: '2001:db8:a::9' }],
  ['ipv6-inner-ipv4', v6, hostSelector(hosts.a)],
];

for (const [name, sa, parts] of others) {
  testCase(`mismatch-${name}`, {
    summary: 'A selector that is no single-host entry of the SA addresses cannot be derived anew.',
    requirements: ['MS-H2H-CHECK', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => {
      const selector = { ...sa.selector, ...parts };
      const to = sa === v6 ? hosts.b6 : hosts.b;
      return migrate({ xfrm }, xfrm.addSa({ ...sa, selector }), { ...to, flags });
    },
    expect: { full: einval('SA selector is not a single-host match for SA addresses') },
  });
}
