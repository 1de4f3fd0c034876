import {
  error,
  espSa,
  hostSelector,
  hosts,
  type Reply,
  type StateChange,
} from '../../src/case/index.ts';
import { einval, migrated, refused } from './expect.ts';
import { migrate, watch } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('flags', 'Known and unknown flag bits');
export default topic;

const hostToHost = espSa({ selector: hostSelector(hosts.a) });
const bits = Array.from({ length: 30 }, (_, index) => 2 ** (index + 2));
const unknown = (value: number) => `Unknown flags: 0x${value.toString(16)}`;

testCase('each-unknown-bit', {
  summary: 'Each of the 30 bits without a meaning is refused, and the answer names it.',
  requirements: ['MS-FLAGS-UNKNOWN', 'MS-FLAGS-NAMED', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) => {
    const sa = xfrm.addSa(hostToHost);
    const replies: Reply[] = [];
    const after = watch({ xfrm }, { was: sa }, () => {
      for (const bit of bits) replies.push(xfrm.migrateState(sa, { ...hosts.b, flags: [bit] }));
      return replies[0]!;
    });
    return { ...after, replies };
  },
  expect: {
    full: { ...einval(unknown(4)), replies: bits.map((bit) => error('EINVAL', unknown(bit))) },
    compiledOut: {
      ...refused(unsupported.compiledOut),
      replies: bits.map(() => unsupported.compiledOut),
    },
    predates: {
      ...refused(unsupported.predates),
      replies: bits.map(() => unsupported.predates),
    },
  },
});

const together: readonly [string, StateChange['flags'] & object, number][] = [
  ['two-unknown-bits', [0x4, 0x80000000], 0x80000004],
  ['all-unknown-bits', [0xfffffffc], 0xfffffffc],
  ['all-bits', [0xffffffff], 0xfffffffc],
  ['unknown-with-clear-offload', ['clear-offload', 0x4], 0x4],
  ['unknown-with-update-h2h-sel', ['update-h2h-sel', 0x8], 0x8],
  ['unknown-with-both-known', ['clear-offload', 'update-h2h-sel', 0x10000], 0x10000],
];

for (const [name, flags, named] of together) {
  testCase(name, {
    summary: 'The answer names all unknown bits together, and no known one.',
    requirements: ['MS-FLAGS-UNKNOWN', 'MS-FLAGS-NAMED', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(hostToHost), { ...hosts.b, flags }),
    expect: { full: einval(unknown(named)) },
  });
}

testCase('unknown-flag-on-unknown-sa', {
  summary:
    'An unknown flag is refused even when there is no such SA: userspace can probe for flags.',
  requirements: ['MS-FLAGS-UNKNOWN', 'MS-FLAGS-NAMED'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(hostToHost), { ...hosts.b, flags: [0x4], id: { spi: 0x9999 } }),
  expect: { full: refused(error('EINVAL', unknown(0x4))) },
});

testCase('clear-offload-without-offload', {
  summary: 'CLEAR_OFFLOAD on an SA that has no offload changes nothing else.',
  requirements: ['MS-OFFLOAD-CLEAR'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(espSa()), { ...hosts.b, flags: ['clear-offload'] }),
  expect: { full: migrated(hosts.b) },
});

testCase('both-known', {
  summary: 'CLEAR_OFFLOAD and UPDATE_H2H_SEL can be asked for together.',
  requirements: ['MS-H2H-DERIVE', 'MS-OFFLOAD-CLEAR'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(hostToHost), {
      ...hosts.b,
      flags: ['clear-offload', 'update-h2h-sel'],
    }),
  expect: {
    full: migrated({ ...hosts.b, selector: { saddr: hosts.b.src, daddr: hosts.b.dst } }),
  },
});

testCase('none', {
  summary: 'Without a flag new_sel is taken, even when the selector is a single-host entry.',
  requirements: ['MS-NEW-SEL'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(hostToHost), hosts.b),
  expect: { full: migrated(hosts.b) },
});
