import { espSa, hosts, ok, type Sa, type StateChange } from '../../src/case/index.ts';
import { type Members, migrated, refused } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('addresses', 'New addresses of the same family');
export default topic;

const v4 = espSa();
const v6 = espSa(hosts.a6);
const { a, b, a6, b6 } = hosts;

const moves: readonly [name: string, summary: string, sa: Sa, to: StateChange, Members][] = [
  ['same', 'Nothing changes when the addresses are those that the SA has.', v4, a, {}],
  ['same-ipv6', 'Nothing changes when the addresses are those that the SA has.', v6, a6, {}],
  ['daddr', 'The destination moves alone.', v4, { dst: b.dst }, { dst: b.dst }],
  ['daddr-ipv6', 'The destination moves alone.', v6, { dst: b6.dst }, { dst: b6.dst }],
  ['saddr', 'The source moves alone.', v4, { src: b.src }, { src: b.src }],
  ['saddr-ipv6', 'The source moves alone.', v6, { src: b6.src }, { src: b6.src }],
  ['both', 'Both ends move.', v4, b, b],
  ['both-ipv6', 'Both ends move.', v6, b6, b6],
  [
    'swapped',
    'The ends change places.',
    v4,
    { src: a.dst, dst: a.src },
    { src: a.dst, dst: a.src },
  ],
  [
    'zero',
    'Zero is an address like any other: it is used as it is.',
    v4,
    { src: '0.0.0.0', dst: '0.0.0.0' },
    { src: '0.0.0.0', dst: '0.0.0.0' },
  ],
  [
    'zero-ipv6',
    'Zero is an address like any other: it is used as it is.',
    v6,
    { src: '::', dst: '::' },
    { src: '::', dst: '::' },
  ],
  [
    'last-byte-ipv6',
    'All 16 bytes of an IPv6 address count.',
    v6,
    { src: '2001:db8:a::100', dst: '2001:db8:a::200' },
    { src: '2001:db8:a::100', dst: '2001:db8:a::200' },
  ],
];

for (const [name, summary, sa, to, changed] of moves) {
  testCase(name, {
    summary,
    requirements: ['MS-NEW-DADDR', 'MS-NEW-SADDR', 'MS-KEEPS', 'MS-OLD-GONE', 'MS-EXPLICIT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), to),
    expect: { full: migrated(changed) },
  });
}

/** Several steps, each with an observation of its own; the first is refused where all are. */
const none = {
  compiledOut: { first: refused(unsupported.compiledOut) },
  predates: { first: refused(unsupported.predates) },
};

testCase('twice', {
  summary: 'A migrated SA is an SA like any other: it can be migrated again.',
  requirements: ['MS-NEW-DADDR', 'MS-NEW-SADDR', 'MS-KEEPS'],
  run({ xfrm }) {
    const sa = xfrm.addSa(v4);
    const first = migrate({ xfrm }, sa, hosts.b);
    return { first, second: migrate({ xfrm }, { ...sa, ...hosts.b }, hosts.c) };
  },
  expect: { full: { first: migrated(hosts.b), second: migrated(hosts.c) }, ...none },
});

testCase('and-back', {
  summary: 'An SA can go back to where it came from: its old tuple is free.',
  requirements: ['MS-OLD-GONE', 'MS-NEW-DADDR', 'MS-NEW-SADDR'],
  run({ xfrm }) {
    const sa = xfrm.addSa(v4);
    const first = migrate({ xfrm }, sa, hosts.b);
    const back = migrate({ xfrm }, { ...sa, ...hosts.b }, hosts.a);
    return { first, back };
  },
  expect: { full: { first: migrated(hosts.b), back: migrated(hosts.a) }, ...none },
});

testCase('old-tuple-reusable', {
  summary: 'A new SA can be installed where the old one was, and both live on.',
  requirements: ['MS-OLD-GONE'],
  run({ xfrm }) {
    const sa = xfrm.addSa(v4);
    const first = migrate({ xfrm }, sa, hosts.b);
    const added = xfrm.tryAddSa({ ...sa, reqid: 77 });
    return { first, added, sas: xfrm.dumpSas().map(({ dst, reqid }) => ({ dst, reqid })) };
  },
  expect: {
    full: {
      first: migrated(hosts.b),
      added: ok(null),
      sas: [
        { dst: hosts.a.dst, reqid: 77 },
        { dst: hosts.b.dst, reqid: 1 },
      ],
    },
    ...none,
  },
});

testCase('then-deleted', {
  summary: 'A migrated SA can be deleted, and then it is gone.',
  requirements: ['MS-NEW-DADDR', 'MS-KEEPS'],
  run({ xfrm }) {
    const sa = xfrm.addSa(v4);
    const first = migrate({ xfrm }, sa, hosts.b);
    return { first, deleted: xfrm.deleteSa({ ...sa, ...hosts.b }), sas: xfrm.dumpSas() };
  },
  expect: { full: { first: migrated(hosts.b), deleted: ok(null), sas: [] }, ...none },
});
