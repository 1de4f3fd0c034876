import { ahSa, error, espSa, hosts, type Sa, type StateChange } from '../../src/case/index.ts';
import { migrated, refused } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('identity', 'Which SA is migrated, and which is not');
export default topic;

const subject = espSa({ mark: { v: 5, m: 0xff } });

/** SAs that differ from the subject in one part of what identifies it. */
const neighbours: Readonly<Record<string, Sa>> = {
  spi: { ...subject, spi: 0x1001 },
  daddr: { ...subject, dst: '192.0.2.3' },
  proto: ahSa({ mark: { v: 5, m: 0xff } }),
  family: { ...subject, ...hosts.a6 },
  mark: { ...subject, mark: { v: 6, m: 0xff } },
  // The source and the reqid are no part of it: these two are only company.
  'saddr-and-spi': { ...subject, src: '192.0.2.9', spi: 0x1002 },
  'reqid-and-spi': { ...subject, reqid: 9, spi: 0x1003 },
};

for (const [name, neighbour] of Object.entries(neighbours)) {
  for (const order of ['first', 'last'] as const) {
    testCase(`beside-other-${name}-${order}`, {
      summary:
        'Of two SAs that have all but one part in common, the one that is named is migrated.',
      requirements: ['MS-ONE-SA', 'MS-LOOKUP', 'MS-LOOKUP-MARK'],
      run({ xfrm }) {
        for (const sa of order === 'first' ? [subject, neighbour] : [neighbour, subject])
          xfrm.addSa(sa);
        return migrate({ xfrm }, subject, { dst: '192.0.2.200' });
      },
      expect: { full: migrated({ dst: '192.0.2.200' }) },
    });
  }
}

testCase('among-all', {
  summary: 'One of many similar SAs moves; the others are left alone.',
  requirements: ['MS-ONE-SA', 'MS-LOOKUP', 'MS-LOOKUP-MARK'],
  run({ xfrm }) {
    for (const sa of [subject, ...Object.values(neighbours)]) xfrm.addSa(sa);
    return migrate({ xfrm }, subject, hosts.b);
  },
  expect: { full: migrated(hosts.b) },
});

const strangers: readonly [name: string, StateChange][] = [
  ['spi', { id: { spi: 0x1001 } }],
  ['daddr', { id: { daddr: '192.0.2.3' } }],
  ['daddr-is-saddr', { id: { daddr: hosts.a.src } }],
  ['proto', { id: { proto: 'ah' } }],
  ['proto-zero', { id: { proto: 0 } }],
  // 58 differs from 50 (ESP) in no bit that the hash of 8 buckets looks at.
  ['proto-same-bucket', { id: { proto: 58 } }],
  ['proto-255', { id: { proto: 255 } }],
  ['family', { id: { family: 'AF_INET6' } }],
  ['family-unspecified', { id: { family: 0 } }],
  ['family-unknown', { id: { family: 99 } }],
  ['mark', { oldMark: { v: 6, m: 0xff } }],
  ['mark-none', { oldMark: { v: 0, m: 0 } }],
  ['mark-without-mask', { oldMark: { v: 5, m: 0 } }],
  ['mark-masked-away', { oldMark: { v: 5, m: 0xf0 } }],
];

for (const [name, change] of strangers) {
  testCase(`unknown-${name}`, {
    summary: 'An SA that differs in one part is another SA: the one that is there is not touched.',
    requirements: ['MS-ESRCH', 'MS-LOOKUP', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) =>
      migrate({ xfrm }, xfrm.addSa(subject), { ...hosts.b, mark: subject.mark!, ...change }),
    expect: { full: refused(error('ESRCH', 'Can not find state')) },
  });
}

testCase('saddr-no-part', {
  summary:
    'The source address does not identify an SA: one that moves to another is found by the old destination.',
  requirements: ['MS-LOOKUP'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa());
    return migrate({ xfrm }, sa, { src: '192.0.2.99', reqid: 0x7fffffff });
  },
  expect: { full: migrated({ src: '192.0.2.99', reqid: 0x7fffffff }) },
});
