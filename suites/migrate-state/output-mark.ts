import { error, espSa, hosts, oneOf, type Sa, type StateChange } from '../../src/case/index.ts';
import { changes, type Members, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('output-mark', 'The mark that packets leave with');
export default topic;

const plain = espSa();
const marked = espSa({ outputMark: { v: 0x10, m: 0xf0 } });

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
    'MS-OUTMARK-INHERIT',
    'Without XFRMA_SET_MARK the output mark stays, mask included.',
    marked,
    hosts.b,
    hosts.b,
  ],
  [
    'none',
    'MS-OUTMARK-INHERIT',
    'An SA without an output mark stays without.',
    plain,
    hosts.b,
    hosts.b,
  ],
  [
    'set',
    'MS-OUTMARK-SET',
    'XFRMA_SET_MARK and XFRMA_SET_MARK_MASK give an output mark.',
    plain,
    { ...hosts.b, outputMark: { v: 0x22, m: 0xff } },
    { ...hosts.b, outputMark: { v: 0x22, m: 0xff } },
  ],
  [
    'replaced',
    'MS-OUTMARK-SET',
    'Value and mask are replaced.',
    marked,
    { ...hosts.b, outputMark: { v: 0x22, m: 0xff } },
    { ...hosts.b, outputMark: { v: 0x22, m: 0xff } },
  ],
  [
    'replaced-in-place',
    'MS-OUTMARK-SET',
    'The output mark can change while the addresses stay.',
    marked,
    { outputMark: { v: 0x20, m: 0xf0 } },
    { outputMark: { v: 0x20 } },
  ],
  [
    'cleared-with-mask',
    'MS-OUTMARK-CLEAR',
    'Value and mask of zero leave no output mark.',
    marked,
    { ...hosts.b, outputMark: { v: 0, m: 0 } },
    { ...hosts.b, outputMark: null },
  ],
  [
    'cleared',
    'MS-OUTMARK-CLEAR',
    'XFRMA_SET_MARK 0 leaves no output mark.',
    marked,
    { ...hosts.b, outputMark: { v: 0 } },
    { ...hosts.b, outputMark: null },
  ],
  [
    'cleared-where-none',
    'MS-OUTMARK-CLEAR',
    'XFRMA_SET_MARK 0 gives no output mark to an SA that had none.',
    plain,
    { ...hosts.b, outputMark: { v: 0 } },
    hosts.b,
  ],
  [
    'beside-mark',
    'MS-OUTMARK-SET',
    'Mark and output mark have nothing to do with each other.',
    espSa({ outputMark: { v: 0x10, m: 0xf0 }, mark: { v: 5, m: 0xff } }),
    { ...hosts.b, outputMark: { v: 0x20, m: 0xf0 } },
    { ...hosts.b, outputMark: { v: 0x20 } },
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

testCase('value-alone', {
  summary: 'XFRMA_SET_MARK without a mask: the mask is inherited, or full as in XFRM_MSG_NEWSA.',
  requirements: ['MS-OUTMARK-SET'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(marked), { ...hosts.b, outputMark: { v: 0x20 } }),
  expect: {
    full: migrated(hosts.b, {
      new: oneOf(
        changes({ ...hosts.b, outputMark: { v: 0x20 } }),
        changes({ ...hosts.b, outputMark: { v: 0x20, m: 0xffffffff } }),
      ),
    }),
  },
});

testCase('mask-alone', {
  summary: 'XFRMA_SET_MARK_MASK alone has an effect or is refused; it is not dropped in silence.',
  requirements: ['MS-OUTMARK-MASK'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(marked), { ...hosts.b, outputMark: { m: 0xff } }),
  expect: {
    full: oneOf(migrated({ ...hosts.b, outputMark: { m: 0xff } }), {
      reply: error('EINVAL'),
      old: 'unchanged',
      others: 'unchanged',
      heard: [],
    }),
  },
});
