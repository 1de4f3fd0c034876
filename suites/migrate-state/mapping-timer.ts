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

const { topic, testCase } = migrateStateTopic('mapping-timer', 'Mapping threshold');
export default topic;

/** XFRMA_SA_DIR; XFRMA_MTIMER_THRESH is older. */
const needs = { minVersion: '6.10' };
const encap = espInUdp(4500, 4501);
const added = { type: 'espinudp', sport: 4500, dport: 4501, oa: '0.0.0.0' };
const plain = espSa({ dir: 'in' });
const encapsulated = espSa({ dir: 'in', encap });
const timed = espSa({ dir: 'in', encap, mappingThreshold: 30 });

const accepted: readonly [string, string, string, Sa, StateChange, Members][] = [
  [
    'kept',
    'MS-MTIMER-INHERIT',
    'Without the attribute the threshold stays.',
    timed,
    hosts.b,
    hosts.b,
  ],
  [
    'kept-with-other-ports',
    'MS-MTIMER-INHERIT',
    'An encapsulation that changes its ports keeps the threshold.',
    timed,
    { encap: espInUdp(4500, 1024) },
    { encap: { dport: 1024 } },
  ],
  [
    'set',
    'MS-MTIMER-SET',
    'An inbound encapsulated SA gets a threshold.',
    encapsulated,
    { ...hosts.b, mappingThreshold: 15 },
    { ...hosts.b, mappingThreshold: 15 },
  ],
  [
    'set-no-direction',
    'MS-MTIMER-SET',
    'An SA of no direction may be inbound.',
    espSa({ encap }),
    { ...hosts.b, mappingThreshold: 15 },
    { ...hosts.b, mappingThreshold: 15 },
  ],
  [
    'set-with-encap',
    'MS-MTIMER-SET',
    'Encapsulation and threshold can come together.',
    plain,
    { encap, mappingThreshold: 15 },
    { encap: added, mappingThreshold: 15 },
  ],
  [
    'replaced',
    'MS-MTIMER-SET',
    'The threshold is replaced.',
    timed,
    { ...hosts.b, mappingThreshold: 0xffffffff },
    { ...hosts.b, mappingThreshold: 0xffffffff },
  ],
  [
    'cleared',
    'MS-MTIMER-CLEAR',
    'A threshold of 0 clears it.',
    timed,
    { mappingThreshold: 0 },
    { mappingThreshold: null },
  ],
  [
    'cleared-where-none',
    'MS-MTIMER-CLEAR',
    'Clearing what is not there is no error.',
    encapsulated,
    { ...hosts.b, mappingThreshold: 0 },
    hosts.b,
  ],
  [
    'cleared-without-encap',
    'MS-MTIMER-CLEAR',
    'Only a threshold that is not zero needs encapsulation.',
    plain,
    { ...hosts.b, mappingThreshold: 0 },
    hosts.b,
  ],
  [
    'gone-with-encap',
    'MS-MTIMER-ENCAP-GONE',
    'The threshold goes with the encapsulation, unasked.',
    timed,
    { ...hosts.b, encap: noEncap },
    { ...hosts.b, encap: null, mappingThreshold: null },
  ],
  [
    'cleared-with-encap',
    'MS-MTIMER-CLEAR',
    'Encapsulation and threshold can go together.',
    timed,
    { encap: noEncap, mappingThreshold: 0 },
    { encap: null, mappingThreshold: null },
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
  summary: 'When the encapsulation returns the threshold does not: it was cleared, not hidden.',
  requirements: ['MS-MTIMER-ENCAP-GONE'],
  needs,
  run({ xfrm }) {
    const sa = xfrm.addSa(timed);
    const removed = migrate({ xfrm }, sa, { encap: noEncap });
    return { ...removed, returned: migrate({ xfrm }, sa, { encap }) };
  },
  expect: {
    full: {
      ...migrated({ encap: null, mappingThreshold: null }),
      returned: migrated({ encap: added }),
    },
  },
});

const refusals: readonly [string, string, string, Sa, StateChange, text: string][] = [
  [
    'without-encap',
    'MS-MTIMER-NO-ENCAP',
    'A threshold needs encapsulation.',
    plain,
    { ...hosts.b, mappingThreshold: 30 },
    'MTIMER_THRESH requires encapsulation',
  ],
  [
    'while-encap-is-removed',
    'MS-MTIMER-NO-ENCAP',
    'What counts is the encapsulation of the new SA.',
    timed,
    { ...hosts.b, encap: noEncap, mappingThreshold: 30 },
    'MTIMER_THRESH requires encapsulation',
  ],
  [
    'outbound',
    'MS-MTIMER-OUT',
    'A mapping is watched on inbound SAs only.',
    espSa({ dir: 'out', encap }),
    { ...hosts.b, mappingThreshold: 30 },
    'MTIMER_THRESH should not be set on output SA',
  ],
  [
    'outbound-zero',
    'MS-MTIMER-OUT',
    'On an outbound SA the attribute is refused whatever its value.',
    espSa({ dir: 'out', encap }),
    { ...hosts.b, mappingThreshold: 0 },
    'MTIMER_THRESH should not be set on output SA',
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
