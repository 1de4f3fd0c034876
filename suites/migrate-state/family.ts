import {
  ahSa,
  compSa,
  espInUdp,
  espSa,
  hostSelector,
  hosts,
  type Sa,
  type StateChange,
  subnets,
} from '../../src/case/index.ts';
import { einval, type Members, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('family', 'From IPv4 to IPv6 and back');
export default topic;

const to6 = { ...hosts.b6, family: 'AF_INET6' } as const;
const to4 = { ...hosts.b, family: 'AF_INET' } as const;
const host4 = hostSelector({ src: '10.1.0.1', dst: '10.2.0.1' });
const host6 = hostSelector({ src: '2001:db8:1::1', dst: '2001:db8:2::1' });
/** What the selector members change to. */
const selector6 = hostSelector(hosts.b6);
const selector4 = hostSelector(hosts.b);
const moved = (to: typeof selector4, ...members: (keyof typeof selector4)[]): Members =>
  Object.fromEntries(members.map((member) => [member, to[member]]));
const whole = ['saddr', 'daddr', 'family', 'prefixlen_s', 'prefixlen_d'] as const;

const allowed: readonly [name: string, sa: Sa, StateChange, Members][] = [
  ['tunnel-4-to-6', espSa({ selector: subnets.v4 }), to6, to6],
  ['tunnel-6-to-4', espSa({ ...hosts.a6, selector: subnets.v6 }), to4, to4],
  ['tunnel-4-to-6-inner-6', espSa({ selector: subnets.v6 }), to6, to6],
  ['tunnel-without-selector-4-to-6', espSa(), to6, to6],
  ['tunnel-without-selector-6-to-4', espSa(hosts.a6), to4, to4],
  // 192.0.2.1 and .2 followed by zeros: nothing but the family changes.
  [
    'same-bytes-4-to-6',
    espSa(),
    { src: 'c000:201::', dst: 'c000:202::' },
    { src: 'c000:201::', dst: 'c000:202::', family: 'AF_INET6' },
  ],
  [
    'same-bytes-6-to-4',
    espSa({ src: 'c000:201::', dst: 'c000:202::' }),
    hosts.a,
    { ...hosts.a, family: 'AF_INET' },
  ],
  ['beet-4-to-6', espSa({ mode: 'beet', selector: host4 }), to6, to6],
  ['beet-6-to-4', espSa({ ...hosts.a6, mode: 'beet', selector: host6 }), to4, to4],
  ['ah-tunnel-4-to-6', ahSa({ mode: 'tunnel' }), to6, to6],
  [
    'encapsulated-4-to-6',
    espSa({ encap: espInUdp() }),
    { ...to6, encap: espInUdp(4500, 4501) },
    { ...to6, encap: { dport: 4501 } },
  ],
  [
    'transport-with-its-selector-4-to-6',
    espSa({ mode: 'transport', selector: hostSelector(hosts.a) }),
    { ...to6, selector: selector6 },
    { ...to6, selector: moved(selector6, ...whole) },
  ],
  [
    'transport-with-its-selector-6-to-4',
    espSa({ ...hosts.a6, mode: 'transport', selector: hostSelector(hosts.a6) }),
    { ...to4, selector: selector4 },
    { ...to4, selector: moved(selector4, ...whole) },
  ],
];

for (const [name, sa, change, changed] of allowed) {
  testCase(name, {
    summary: 'The family changes with the addresses; all else stays.',
    requirements: ['MS-NEW-FAMILY', 'MS-KEEPS', 'MS-OLD-GONE'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: migrated(changed) },
  });
}

testCase('and-back', {
  summary: 'An SA that went from IPv4 to IPv6 can return, and nothing of IPv6 is left on it.',
  requirements: ['MS-NEW-FAMILY', 'MS-KEEPS'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa({ selector: subnets.v4 }));
    const there = migrate({ xfrm }, sa, to6);
    return { ...there, back: migrate({ xfrm }, { ...sa, ...hosts.b6 }, { ...hosts.a }) };
  },
  expect: {
    full: { ...migrated(to6), back: migrated({ ...hosts.a, family: 'AF_INET' }) },
  },
});

testCase('iptfs-4-to-6', {
  summary: 'IP-TFS is a tunnel mode too.',
  requirements: ['MS-NEW-FAMILY', 'MS-KEEPS'],
  needs: { kconfig: ['XFRM_IPTFS'], minVersion: '6.14' },
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa({ mode: 'iptfs', dir: 'out' })), to6),
  expect: { full: migrated(to6) },
});

const mixed: readonly [name: string, sa: Sa, StateChange][] = [
  ['transport-4-to-6', espSa({ mode: 'transport', selector: hostSelector(hosts.a) }), to6],
  [
    'transport-6-to-4',
    espSa({ ...hosts.a6, mode: 'transport', selector: hostSelector(hosts.a6) }),
    to4,
  ],
  [
    'transport-selector-alone',
    espSa({ mode: 'transport', selector: hostSelector(hosts.a) }),
    { selector: selector6 },
  ],
  ['ah-transport-4-to-6', ahSa(), to6],
  ['ipcomp-transport-4-to-6', compSa({ mode: 'transport' }), to6],
];

for (const [name, sa, change] of mixed) {
  testCase(`${name}-refused`, {
    summary: 'In transport mode the selector must be of the family of the addresses.',
    requirements: ['MS-MODE-FAMILY', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: einval('Only tunnel modes can accommodate a change of family') },
  });
}

testCase('route-optimization-6-to-4-refused', {
  summary: 'Route optimization is a mode of IPv6 alone.',
  requirements: ['MS-MODE-FAMILY', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(espSa({ ...hosts.a6, mode: 'ro' })), {
      ...to4,
      selector: { family: 'AF_INET' },
    }),
  expect: { full: einval('Requested mode not found') },
});

for (const family of [0, 1, 3, 11, 0x0102, 0x0200, 0xffff]) {
  testCase(`unsupported-${family}`, {
    summary: 'Only IPv4 and IPv6 have SAs: any other family is refused.',
    requirements: ['MS-FAMILY-UNSUPPORTED', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa()), { ...hosts.b, family }),
    expect: { full: einval('Invalid address family') },
  });
}
