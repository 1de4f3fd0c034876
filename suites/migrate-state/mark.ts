import { espSa, hosts, type Sa, type StateChange } from '../../src/case/index.ts';
import { changes, type Members, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('mark', 'Look-up by mark, and the new mark');
export default topic;

const none = { v: 0, m: 0 };
const unmarked = espSa();
const marked = espSa({ mark: { v: 5, m: 0xff } });

const moves: readonly [
  name: string,
  requirement: string,
  summary: string,
  sa: Sa,
  StateChange,
  Members,
][] = [
  [
    'kept',
    'MS-MARK-INHERIT',
    'Without XFRMA_MARK the mark that the SA was looked up by stays.',
    marked,
    hosts.b,
    hosts.b,
  ],
  ['none', 'MS-MARK-INHERIT', 'An SA without a mark stays without.', unmarked, hosts.b, hosts.b],
  [
    'set',
    'MS-MARK-SET',
    'XFRMA_MARK marks an SA that had no mark.',
    unmarked,
    { ...hosts.b, mark: { v: 7, m: 0xf } },
    { ...hosts.b, mark: { v: 7, m: 0xf } },
  ],
  [
    'replaced',
    'MS-MARK-SET',
    'XFRMA_MARK replaces value and mask.',
    marked,
    { ...hosts.b, mark: { v: 0x1200, m: 0xff00 } },
    { ...hosts.b, mark: { v: 0x1200, m: 0xff00 } },
  ],
  [
    'replaced-in-place',
    'MS-MARK-SET',
    'The mark can change while the addresses stay.',
    marked,
    { mark: { v: 6, m: 0xff } },
    { mark: { v: 6 } },
  ],
  [
    'value-outside-mask',
    'MS-MARK-SET',
    'Bits of the value outside the mask mean nothing.',
    marked,
    { ...hosts.b, mark: { v: 0x1206, m: 0xff } },
    { ...hosts.b, mark: { v: 6 } },
  ],
  [
    'cleared',
    'MS-MARK-CLEAR',
    'XFRMA_MARK {0, 0} leaves the new SA without a mark.',
    marked,
    { ...hosts.b, mark: none },
    { ...hosts.b, mark: null },
  ],
  [
    'cleared-where-none',
    'MS-MARK-CLEAR',
    'Clearing the mark of an SA without one changes nothing.',
    unmarked,
    { ...hosts.b, mark: none },
    hosts.b,
  ],
  [
    'looked-up-through-mask',
    'MS-LOOKUP-MARK',
    'The key is value and mask together: what the mask of old_mark hides does not count.',
    marked,
    { ...hosts.b, oldMark: { v: 0x1205, m: 0xff } },
    hosts.b,
  ],
  [
    'looked-up-through-own-mask',
    'MS-LOOKUP-MARK',
    "The SA's own mask hides what is beyond it: a key with more bits finds it, and old_mark is inherited.",
    marked,
    { ...hosts.b, oldMark: { v: 0x1205, m: 0xffff } },
    { ...hosts.b, mark: { v: 0x1205, m: 0xffff } },
  ],
  [
    'looked-up-without-own-mark',
    'MS-MARK-INHERIT',
    'An SA without a mark is found by any key; what is inherited is old_mark.',
    unmarked,
    { ...hosts.b, oldMark: { v: 9, m: 0xff } },
    { ...hosts.b, mark: { v: 9, m: 0xff } },
  ],
  [
    'replaced-after-look-up-without-own-mark',
    'MS-MARK-SET',
    'XFRMA_MARK comes before old_mark.',
    unmarked,
    { ...hosts.b, oldMark: { v: 9, m: 0xff }, mark: { v: 3, m: 0xff } },
    { ...hosts.b, mark: { v: 3, m: 0xff } },
  ],
];

for (const [name, requirement, summary, sa, change, changed] of moves) {
  testCase(name, {
    summary,
    requirements: [requirement, 'MS-KEEPS'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: migrated(changed) },
  });
}

testCase('cleared-in-place', {
  summary: 'Without a mark the new SA is found by every key, that of the old one too.',
  requirements: ['MS-MARK-CLEAR'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(marked), { mark: none }),
  expect: { full: migrated({ mark: null }, { old: changes({ mark: null }) }) },
});

for (const value of [5, 6]) {
  testCase(`of-two-the-one-with-mark-${value}`, {
    summary: 'Two SAs that differ in their marks alone: the one that the key fits is migrated.',
    requirements: ['MS-LOOKUP-MARK', 'MS-ONE-SA'],
    run({ xfrm }) {
      const sas = [5, 6].map((v) => xfrm.addSa(espSa({ mark: { v, m: 0xff }, reqid: v })));
      return migrate({ xfrm }, sas[value - 5]!, hosts.b);
    },
    expect: { full: migrated(hosts.b) },
  });
}
