import {
  emptySelector,
  espSa,
  hostSelector,
  hosts,
  type StateChange,
  selector,
  subnets,
} from '../../src/case/index.ts';
import { einval, type Members, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('selector', 'new_sel as the new selector');
export default topic;

const sa = espSa({ selector: selector(subnets.v4) });
/** Every member that a selector has, and none as the SA has it. */
const full = {
  ...selector({ saddr: '10.3.4.0', daddr: '10.5.0.0', prefixlen_s: 24, prefixlen_d: 15 }),
  sport: 500,
  sport_mask: 0xffff,
  dport: 4500,
  dport_mask: 0xfff0,
  proto: 17,
  ifindex: 3,
  user: 1000,
};
const { family: _same, ...fullButFamily } = full;
const inner6 = selector(subnets.v6);
const empty = { ...emptySelector, family: 'AF_INET' };

const taken: readonly [name: string, summary: string, StateChange, Members][] = [
  [
    'kept',
    'A new_sel that is the old selector changes nothing.',
    { ...hosts.b, selector: sa.selector! },
    hosts.b,
  ],
  [
    'replaced',
    'Every member of new_sel is taken.',
    { ...hosts.b, selector: full },
    { ...hosts.b, selector: fullButFamily },
  ],
  [
    'replaced-in-place',
    'The selector can change while the addresses stay.',
    { selector: full },
    { selector: fullButFamily },
  ],
  [
    'other-family',
    'A tunnel may carry another family than its own.',
    { ...hosts.b, selector: inner6 },
    {
      ...hosts.b,
      selector: {
        saddr: inner6.saddr,
        daddr: inner6.daddr,
        family: 'AF_INET6',
        prefixlen_s: 48,
        prefixlen_d: 48,
      },
    },
  ],
  [
    'emptied',
    'Zero is used as it is: a selector without addresses matches all.',
    { ...hosts.b, selector: empty },
    {
      ...hosts.b,
      selector: { saddr: '0.0.0.0', daddr: '0.0.0.0', prefixlen_s: 0, prefixlen_d: 0 },
    },
  ],
  [
    'family-unspecified',
    'A selector of no family is used as it is.',
    { ...hosts.b, selector: emptySelector },
    {
      ...hosts.b,
      selector: {
        saddr: '0.0.0.0',
        daddr: '0.0.0.0',
        family: 'AF_UNSPEC',
        prefixlen_s: 0,
        prefixlen_d: 0,
      },
    },
  ],
  [
    'longest-ipv4',
    'A prefix of 32 bits is the longest of IPv4.',
    { ...hosts.b, selector: hostSelector({ src: '10.1.0.1', dst: '10.2.0.1' }) },
    {
      ...hosts.b,
      selector: { saddr: '10.1.0.1', daddr: '10.2.0.1', prefixlen_s: 32, prefixlen_d: 32 },
    },
  ],
  [
    'longest-ipv6',
    'A prefix of 128 bits is the longest of IPv6.',
    { ...hosts.b, selector: hostSelector({ src: '2001:db8:1::1', dst: '2001:db8:2::1' }) },
    {
      ...hosts.b,
      selector: {
        saddr: '2001:db8:1::1',
        daddr: '2001:db8:2::1',
        family: 'AF_INET6',
        prefixlen_s: 128,
        prefixlen_d: 128,
      },
    },
  ],
];

for (const [name, summary, change, changed] of taken) {
  testCase(name, {
    summary,
    requirements: ['MS-NEW-SEL', 'MS-EXPLICIT', 'MS-CHANGEABLE'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: migrated(changed) },
  });
}

const tooLong: readonly [name: string, StateChange['selector'] & object, limit: string][] = [
  ['s-33-ipv4', { prefixlen_s: 33 }, '<= 32 for IPv4'],
  ['d-33-ipv4', { prefixlen_d: 33 }, '<= 32 for IPv4'],
  ['s-255-ipv4', { prefixlen_s: 255 }, '<= 32 for IPv4'],
  ['s-129-ipv6', { ...inner6, prefixlen_s: 129 }, '<= 128 for IPv6'],
  ['d-129-ipv6', { ...inner6, prefixlen_d: 129 }, '<= 128 for IPv6'],
];

for (const [name, parts, limit] of tooLong) {
  testCase(`prefix-too-long-${name}`, {
    summary: 'A prefix cannot be longer than the addresses of its family.',
    requirements: ['MS-SEL-VALID', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), { ...hosts.b, selector: parts }),
    expect: { full: einval(`Invalid prefix length in selector (must be ${limit})`) },
  });
}

for (const family of [1, 3, 99, 0x0102, 0xffff]) {
  testCase(`family-${family}`, {
    summary: 'A selector is of IPv4, of IPv6 or of no family; any other is refused.',
    requirements: ['MS-SEL-VALID', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), { ...hosts.b, selector: { family } }),
    expect: { full: einval('Invalid address family in selector') },
  });
}
