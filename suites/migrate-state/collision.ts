import {
  afterMigration,
  ahSa,
  type CaseContext,
  compSa,
  error,
  espSa,
  hostSelector,
  hosts,
  ok,
  type Sa,
  type StateChange,
} from '../../src/case/index.ts';
import { einval, migrated, refused } from './expect.ts';
import { migrate, watch } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('collision', 'When the new tuple is taken');
export default topic;

const occupied = refused(error('EEXIST', 'New SA tuple already occupied'));
const subject = espSa();
const marked = (v: number, overrides: Partial<Sa> = {}) =>
  espSa({ mark: { v, m: 0xff }, ...overrides });
const wideMark = { v: 0x1_0006, m: 0xffff_ffff };
/** 192.0.2.1 and 192.0.2.2, followed by zeros: the same 16 bytes in an xfrm_address_t. */
const sameBytes6 = { src: 'c000:201::', dst: 'c000:202::' };
const six = { ...hosts.b6, family: 'AF_INET6' } as const;

/** The SA of the case beside another, both installed; then it is migrated. */
function migrateBeside({ xfrm }: CaseContext, other: Sa, sa: Sa, change: StateChange) {
  xfrm.addSa(other);
  return migrate({ xfrm }, xfrm.addSa(sa), change);
}

const taken: readonly [name: string, summary: string, other: Sa, sa: Sa, StateChange][] = [
  ['daddr', 'An SA has the new destination.', espSa(hosts.b), subject, hosts.b],
  ['daddr-ipv6', 'An SA has the new destination.', espSa(hosts.b6), espSa(hosts.a6), hosts.b6],
  ['daddr-4-to-6', 'An SA of the new family has the destination.', espSa(hosts.b6), subject, six],
  [
    'daddr-6-to-4',
    'An SA of the new family has the destination.',
    espSa(hosts.b),
    espSa(hosts.a6),
    { ...hosts.b, family: 'AF_INET' },
  ],
  [
    'same-bytes-4-to-6',
    'An IPv6 address that begins with the bytes of the old IPv4 address is another.',
    espSa(sameBytes6),
    subject,
    { ...sameBytes6, family: 'AF_INET6' },
  ],
  [
    'same-bytes-6-to-4',
    'An IPv4 address that has the first bytes of the old IPv6 address is another.',
    subject,
    espSa(sameBytes6),
    { ...hosts.a, family: 'AF_INET' },
  ],
  [
    'other-saddr',
    'The source is no part of the tuple.',
    espSa({ ...hosts.b, src: hosts.c.src }),
    subject,
    hosts.b,
  ],
  [
    'all-else-different',
    'Reqid, mode, algorithms and selector are no part of the tuple.',
    espSa({
      ...hosts.b,
      reqid: 99,
      mode: 'transport',
      crypt: { name: 'ecb(cipher_null)', key: '' },
      selector: hostSelector(hosts.b),
    }),
    subject,
    hosts.b,
  ],
  ['same-mark', 'The tuple is taken under the same mark.', marked(5, hosts.b), marked(5), hosts.b],
  [
    'unmarked-other',
    'An SA without a mark answers to every mark: its tuple is taken for all.',
    espSa(hosts.b),
    marked(5),
    hosts.b,
  ],
  [
    'new-mark',
    'What counts is the mark of the new SA.',
    marked(6, hosts.b),
    marked(5),
    { ...hosts.b, mark: { v: 6, m: 0xff } },
  ],
  [
    'wide-new-mark',
    'All 32 bits of the new mark count.',
    espSa({ ...hosts.b, mark: wideMark }),
    marked(5),
    { ...hosts.b, mark: wideMark },
  ],
  [
    'wide-old-mark',
    'All 32 bits of a mark count, of one that is inherited too.',
    espSa({ ...hosts.b, mark: wideMark }),
    espSa({ mark: wideMark }),
    hosts.b,
  ],
  [
    'new-mark-beyond-its-mask',
    'What counts of a mark is what its mask lets through.',
    espSa({ ...hosts.b, mark: { v: 6, m: 0xffff } }),
    marked(5),
    { ...hosts.b, mark: { v: 0x1206, m: 0xff } },
  ],
  [
    'old-mark-beyond-its-mask',
    'What counts of a mark is what its mask lets through, and of one that is inherited too.',
    espSa({ ...hosts.b, mark: { v: 5, m: 0xffff } }),
    marked(5),
    { ...hosts.b, oldMark: { v: 0x1205, m: 0xff } },
  ],
];

for (const [name, summary, other, sa, change] of taken) {
  testCase(`taken-${name}`, {
    summary: `EEXIST, and both SAs are intact: ${summary}`,
    requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT', 'MS-ERROR-INTACT'],
    run: (context) => migrateBeside(context, other, sa, change),
    expect: { full: occupied },
  });
}

/** The destination stays: what is new is the mark, and that is another SA's. */
const byMark: readonly [name: string, summary: string, other: Sa, StateChange][] = [
  [
    'mark-alone',
    'The addresses stay, and the new mark is that of another SA.',
    marked(6, { reqid: 6 }),
    { mark: { v: 6, m: 0xff } },
  ],
  [
    'mark-and-saddr',
    'The destination stays, and the new mark is that of another SA.',
    marked(6, { reqid: 6 }),
    { src: hosts.b.src, mark: { v: 6, m: 0xff } },
  ],
];

for (const [name, summary, other, change] of byMark) {
  testCase(`taken-${name}`, {
    summary: `EEXIST, and both SAs are intact: ${summary}`,
    requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT', 'MS-ERROR-INTACT'],
    run({ xfrm }) {
      const sa = xfrm.addSa(marked(5));
      xfrm.addSa(other);
      const migration = migrate({ xfrm }, sa, change);
      const marks = xfrm.dumpSas().map(({ mark }) => mark?.v ?? 0);
      return { ...migration, marks: marks.toSorted() };
    },
    expect: { full: { ...occupied, marks: [5, 6] } },
  });
}

testCase('taken-by-larval', {
  summary: 'An SPI that was allocated takes its tuple before its SA is complete.',
  requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT', 'MS-ERROR-INTACT'],
  run({ xfrm }) {
    xfrm.allocSpi(espSa({ ...hosts.b, spi: 0, reqid: 9 }), subject.spi);
    return migrate({ xfrm }, xfrm.addSa(subject), hosts.b);
  },
  expect: { full: occupied },
});

testCase('then-free', {
  summary: 'The same request succeeds once the SA in the way is gone.',
  requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT'],
  run({ xfrm }) {
    const other = xfrm.addSa(espSa(hosts.b));
    const sa = xfrm.addSa(subject);
    const first = migrate({ xfrm }, sa, hosts.b);
    const deleted = xfrm.deleteSa(other);
    return { ...first, deleted, again: migrate({ xfrm }, sa, hosts.b) };
  },
  expect: { full: { ...occupied, deleted: ok(null), again: migrated(hosts.b) } },
});

const free: readonly [name: string, summary: string, other: Sa, sa: Sa, StateChange][] = [
  ['spi', 'with another SPI', espSa({ ...hosts.b, spi: 0x1001 }), subject, hosts.b],
  ['protocol', 'of another protocol', ahSa(hosts.b), subject, hosts.b],
  ['mark', 'with another mark', marked(6, hosts.b), marked(5), hosts.b],
  ['mark-of-other', 'with a mark that the new one has not', marked(6, hosts.b), subject, hosts.b],
  // c633:6402:: begins with the four bytes of 198.51.100.2.
  [
    'family',
    'of another family that begins with the same bytes',
    espSa({ src: 'c633:6401::', dst: 'c633:6402::' }),
    subject,
    hosts.b,
  ],
  [
    'ipv6-address',
    'with an address that differs in its last byte',
    espSa({ ...hosts.b6, dst: '2001:db8:b::3' }),
    espSa(hosts.a6),
    hosts.b6,
  ],
];

for (const [name, summary, other, sa, change] of free) {
  testCase(`free-other-${name}`, {
    summary: `An SA ${summary} is not in the way.`,
    requirements: ['MS-EEXIST', 'MS-NEW-DADDR', 'MS-ONE-SA'],
    run: (context) => migrateBeside(context, other, sa, change),
    expect: { full: migrated(hosts[sa.src.includes(':') ? 'b6' : 'b']) },
  });
}

testCase('itself', {
  summary: 'An SA is not in its own way.',
  requirements: ['MS-EEXIST', 'MS-NEW-SADDR'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(subject), { src: hosts.b.src }),
  expect: { full: migrated({ src: hosts.b.src }) },
});

const larval: readonly [name: string, Sa, text: string][] = [
  ['esp', espSa({ spi: 0 }), 'ESP: AEAD or CRYPT must be provided'],
  ['ah', ahSa({ spi: 0 }), 'AH requires a state with an AUTH algorithm'],
];

for (const [name, sa, text] of larval) {
  testCase(`larval-${name}-refused`, {
    summary: 'An SA that is not complete has nothing to migrate: it is refused and stays.',
    requirements: ['MS-ERROR-INTACT'],
    run({ xfrm }) {
      const { spi } = xfrm.allocSpi(sa, 0x1000);
      return migrate({ xfrm }, { ...sa, spi }, hosts.b);
    },
    expect: { full: einval(text) },
  });
}

testCase('tunnel-of-ipcomp', {
  summary: 'IP-in-IP SAs are told apart by their addresses: one cannot move onto another.',
  requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT', 'MS-ERROR-INTACT'],
  needs: { kconfig: ['INET_IPCOMP'] },
  run({ xfrm }) {
    for (const place of [hosts.a, hosts.b]) xfrm.addSa(compSa(place));
    const [helper] = xfrm
      .dumpSas()
      .filter(({ proto, dst }) => proto === 'ipip' && dst === hosts.a.dst);
    const sa = espSa({ proto: 'ipip', spi: helper?.spi ?? 0, reqid: 0 });
    return watch({ xfrm }, { was: sa, becomes: afterMigration(sa, hosts.b) }, () =>
      xfrm.migrateState(sa, hosts.b),
    );
  },
  expect: { full: refused(error('EEXIST')) },
});
