import {
  espInUdp,
  espSa,
  hosts,
  noEncap,
  type Sa,
  type StateChange,
} from '../../src/case/index.ts';
import { einval, type Members, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('keepalive', 'NAT keepalive interval');
export default topic;

const needs = { minVersion: '6.11' };
const encap = espInUdp(4500, 4501);
const plain = espSa({ dir: 'out' });
const encapsulated = espSa({ dir: 'out', encap });
const alive = espSa({ dir: 'out', encap, natKeepalive: 20 });
const added = { type: 'espinudp', sport: 4500, dport: 4501, oa: '0.0.0.0' };

const accepted: readonly [string, string, string, Sa, StateChange, Members][] = [
  [
    'kept',
    'MS-KEEPALIVE-INHERIT',
    'Without the attribute the interval stays.',
    alive,
    hosts.b,
    hosts.b,
  ],
  [
    'kept-with-other-ports',
    'MS-KEEPALIVE-INHERIT',
    'An encapsulation that changes its ports keeps the interval.',
    alive,
    { encap: espInUdp(4500, 1024) },
    { encap: { dport: 1024 } },
  ],
  [
    'set',
    'MS-KEEPALIVE-SET',
    'An encapsulated SA gets an interval.',
    encapsulated,
    { ...hosts.b, natKeepalive: 15 },
    { ...hosts.b, natKeepalive: 15 },
  ],
  [
    'set-ipv6',
    'MS-KEEPALIVE-SET',
    'An encapsulated SA gets an interval.',
    { ...encapsulated, ...hosts.a6 },
    { ...hosts.b6, natKeepalive: 15 },
    { ...hosts.b6, natKeepalive: 15 },
  ],
  [
    'set-with-encap',
    'MS-KEEPALIVE-SET',
    'Encapsulation and interval can come together.',
    plain,
    { encap, natKeepalive: 15 },
    { encap: added, natKeepalive: 15 },
  ],
  [
    'replaced',
    'MS-KEEPALIVE-SET',
    'The interval is replaced.',
    alive,
    { ...hosts.b, natKeepalive: 0xffffffff },
    { ...hosts.b, natKeepalive: 0xffffffff },
  ],
  [
    'cleared',
    'MS-KEEPALIVE-CLEAR',
    'An interval of 0 clears it.',
    alive,
    { natKeepalive: 0 },
    { natKeepalive: null },
  ],
  [
    'cleared-where-none',
    'MS-KEEPALIVE-CLEAR',
    'Clearing what is not there is no error.',
    encapsulated,
    { ...hosts.b, natKeepalive: 0 },
    hosts.b,
  ],
  [
    'cleared-without-encap',
    'MS-KEEPALIVE-CLEAR',
    'Only an interval that is not zero needs encapsulation.',
    plain,
    { ...hosts.b, natKeepalive: 0 },
    hosts.b,
  ],
  [
    'cleared-on-inbound',
    'MS-KEEPALIVE-CLEAR',
    'An interval of 0 is no keepalive: an inbound SA may have it.',
    espSa({ dir: 'in', encap }),
    { ...hosts.b, natKeepalive: 0 },
    hosts.b,
  ],
  [
    'gone-with-encap',
    'MS-KEEPALIVE-ENCAP-GONE',
    'The interval goes with the encapsulation, unasked.',
    alive,
    { ...hosts.b, encap: noEncap },
    { ...hosts.b, encap: null, natKeepalive: null },
  ],
  [
    'cleared-with-encap',
    'MS-KEEPALIVE-CLEAR',
    'Encapsulation and interval can go together.',
    alive,
    { encap: noEncap, natKeepalive: 0 },
    { encap: null, natKeepalive: null },
  ],
];

for (const [name, requirement, summary, sa, change, changed] of accepted) {
  testCase(name, {
    summary,
    requirements: [requirement],
    needs,
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: migrated(changed) },
  });
}

testCase('does-not-come-back', {
  summary: 'When the encapsulation returns the interval does not: it was cleared, not hidden.',
  requirements: ['MS-KEEPALIVE-ENCAP-GONE'],
  needs,
  run({ xfrm }) {
    const sa = xfrm.addSa(alive);
    const removed = migrate({ xfrm }, sa, { encap: noEncap });
    return { ...removed, returned: migrate({ xfrm }, sa, { encap }) };
  },
  expect: {
    full: {
      ...migrated({ encap: null, natKeepalive: null }),
      returned: migrated({ encap: added }),
    },
  },
});

const refusals: readonly [string, string, string, Sa, StateChange, text: string][] = [
  [
    'without-encap',
    'MS-KEEPALIVE-NO-ENCAP',
    'An interval needs encapsulation.',
    plain,
    { ...hosts.b, natKeepalive: 20 },
    'NAT_KEEPALIVE_INTERVAL requires encapsulation',
  ],
  [
    'while-encap-is-removed',
    'MS-KEEPALIVE-NO-ENCAP',
    'What counts is the encapsulation of the new SA.',
    alive,
    { ...hosts.b, encap: noEncap, natKeepalive: 20 },
    'NAT_KEEPALIVE_INTERVAL requires encapsulation',
  ],
  [
    'inbound',
    'MS-KEEPALIVE-OUT',
    'An inbound SA sends nothing.',
    espSa({ dir: 'in', encap }),
    { ...hosts.b, natKeepalive: 20 },
    'NAT keepalive is only supported for outbound SAs',
  ],
  [
    'no-direction',
    'MS-KEEPALIVE-OUT',
    'An SA of no direction is not known to be outbound.',
    espSa({ encap }),
    { ...hosts.b, natKeepalive: 20 },
    'NAT keepalive is only supported for outbound SAs',
  ],
];

for (const [name, requirement, summary, sa, change, text] of refusals) {
  testCase(`${name}-refused`, {
    summary,
    requirements: [requirement, 'MS-ERROR-INTACT'],
    needs,
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: einval(text) },
  });
}

testCase('on-espintcp-refused', {
  summary: 'Keepalives are UDP packets: an SA in TCP cannot have them.',
  requirements: ['MS-KEEPALIVE-SET', 'MS-ERROR-INTACT'],
  needs: { ...needs, kconfig: ['INET_ESPINTCP'] },
  run({ xfrm }) {
    const tcp = { type: 'espintcp', sport: 4500, dport: 4501 } as const;
    const sa = xfrm.addSa(espSa({ dir: 'out', encap: tcp }));
    return migrate({ xfrm }, sa, { ...hosts.b, natKeepalive: 20 });
  },
  expect: { full: einval('NAT keepalive is only supported for UDP encapsulation') },
});
