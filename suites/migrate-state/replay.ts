import {
  espSa,
  hosts,
  type Sa,
  type XfrmAttributeSet,
  type XfrmClient,
} from '../../src/case/index.ts';
import { einval, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('replay', 'Sequence numbers, windows and counters');
export default topic;

/** A bitmap in which every word is another. */
const bitmap = (words: number) => Array.from({ length: words }, (_, i) => 0x80000001 + i * 2);
const esn = (overrides: object = {}) => ({
  oseq: 0xfffffff0,
  seq: 0xffffff00,
  oseq_hi: 3,
  seq_hi: 2,
  replay_window: 32,
  bmp: [0x12345678],
  ...overrides,
});
const outbound = { dir: 'out', flags: ['esn'] } as const;

/** An SA and the state that it has got to since. */
const states: readonly [string, Sa, XfrmAttributeSet, minVersion?: string][] = [
  [
    'plain',
    espSa({ replayWindow: 32 }),
    { XFRMA_REPLAY_VAL: { oseq: 0x11111111, seq: 0x22222222, bitmap: 0x87654321 } },
  ],
  [
    'plain-almost-spent',
    espSa({ replayWindow: 1 }),
    { XFRMA_REPLAY_VAL: { oseq: 0xfffffffe, seq: 0xfffffffd, bitmap: 1 } },
  ],
  [
    'window-without-esn',
    espSa({ replayEsn: esn({ oseq_hi: 0, seq_hi: 0, replay_window: 64, bmp: bitmap(2) }) }),
    {
      XFRMA_REPLAY_ESN_VAL: esn({
        oseq_hi: 0,
        seq_hi: 0,
        replay_window: 64,
        bmp: [0xaaaa, 0x5555],
      }),
    },
  ],
  [
    'esn',
    espSa({ flags: ['esn'], replayEsn: esn() }),
    { XFRMA_REPLAY_ESN_VAL: esn({ oseq: 5, oseq_hi: 4, seq: 0x20, seq_hi: 3, bmp: [0xf0f0f0f0] }) },
  ],
  [
    'esn-window-128',
    espSa({ flags: ['esn'], replayEsn: esn({ replay_window: 128, bmp: bitmap(4) }) }),
    {
      XFRMA_REPLAY_ESN_VAL: esn({
        oseq: 7,
        oseq_hi: 9,
        seq: 0x333,
        seq_hi: 8,
        replay_window: 128,
        bmp: [1, 2, 4, 8],
      }),
    },
  ],
  [
    'esn-largest-window',
    espSa({ flags: ['esn'], replayEsn: esn({ replay_window: 4096, bmp: bitmap(128) }) }),
    {
      XFRMA_REPLAY_ESN_VAL: esn({
        seq_hi: 0xfffffffe,
        replay_window: 4096,
        bmp: bitmap(128).toReversed(),
      }),
    },
  ],
  [
    'esn-inbound',
    espSa({ dir: 'in', flags: ['esn'], replayEsn: esn({ oseq: 0, oseq_hi: 0 }) }),
    { XFRMA_REPLAY_ESN_VAL: esn({ oseq: 0, oseq_hi: 0, seq: 0x999, seq_hi: 5 }) },
    '6.10',
  ],
  [
    'esn-outbound',
    espSa({
      ...outbound,
      replayEsn: esn({ seq: 0, seq_hi: 0, replay_window: 0, bmp: [] }),
    }),
    {
      XFRMA_REPLAY_ESN_VAL: esn({
        oseq: 0xfffffffe,
        oseq_hi: 0x11,
        seq: 0,
        seq_hi: 0,
        replay_window: 0,
        bmp: [],
      }),
    },
    '6.10',
  ],
  [
    'counters',
    espSa(),
    {
      XFRMA_LTIME_VAL: {
        bytes: '9007199254740993',
        packets: 12345,
        add_time: 1000,
        use_time: 2000,
      },
    },
  ],
  [
    'counters-beyond-soft-limit',
    espSa({ lifetime: { soft_byte_limit: 1000, hard_byte_limit: 2000 } }),
    { XFRMA_LTIME_VAL: { bytes: 1500, packets: 15, add_time: 1000, use_time: 2000 } },
  ],
];

/** Installs the SA and brings it to a state that it was not installed with. */
function addUsed(xfrm: XfrmClient, sa: Sa, state: XfrmAttributeSet): Sa {
  xfrm.addSa(sa);
  xfrm.setReplay(sa, state);
  return sa;
}

const six = { ...hosts.b6, family: 'AF_INET6' } as const;

for (const [name, sa, state, minVersion] of states) {
  testCase(name, {
    summary: 'The new SA goes on where the old one was: state and counters are carried over.',
    requirements: ['MS-REPLAY', 'MS-KEEPS'],
    needs: minVersion === undefined ? {} : { minVersion },
    run({ xfrm }) {
      addUsed(xfrm, sa, state);
      const before = xfrm.getSa(sa);
      const inPlace = migrate({ xfrm }, sa);
      const moved = migrate({ xfrm }, sa, hosts.b);
      const otherFamily = migrate({ xfrm }, { ...sa, ...hosts.b }, six);
      return { before: pick(before), ...inPlace, moved, otherFamily };
    },
    expect: {
      full: {
        before: reached(state),
        ...migrated({}),
        moved: migrated(hosts.b),
        otherFamily: migrated(six),
      },
    },
  });
}

/** The members that the set-up was about, to see that it was not for nothing. */
function pick(view: object) {
  const { replay, replayEsn, counted } = view as Record<string, unknown>;
  return { replay, replayEsn, counted };
}

function reached({ XFRMA_REPLAY_VAL, XFRMA_REPLAY_ESN_VAL, XFRMA_LTIME_VAL }: XfrmAttributeSet) {
  return {
    ...(XFRMA_REPLAY_VAL ? { replay: XFRMA_REPLAY_VAL } : {}),
    ...(XFRMA_REPLAY_ESN_VAL ? { replayEsn: { ...XFRMA_REPLAY_ESN_VAL } } : {}),
    ...(XFRMA_LTIME_VAL
      ? { counted: { bytes: XFRMA_LTIME_VAL.bytes, packets: XFRMA_LTIME_VAL.packets } }
      : {}),
  };
}

for (const [where, to] of [
  ['moved', hosts.b],
  ['in-place', {}],
] as const) {
  testCase(`times-${where}`, {
    summary: 'A migrated SA is as old as it was: its lifetime does not begin anew.',
    requirements: ['MS-KEEPS', 'MS-REPLAY'],
    run({ xfrm }) {
      const times = { add_time: 1_700_000_001, use_time: 1_700_000_002 };
      const state = { XFRMA_LTIME_VAL: { bytes: 1, packets: 1, ...times } };
      const sa = addUsed(xfrm, espSa(), state);
      const before = xfrm.getTimes(sa);
      const migration = migrate({ xfrm }, sa, to);
      return { before, ...migration, after: xfrm.getTimes({ ...sa, ...to }) };
    },
    expect: {
      full: {
        before: { added: 1_700_000_001, firstUsed: 1_700_000_002 },
        ...migrated(to),
        after: { added: 1_700_000_001, firstUsed: 1_700_000_002 },
      },
    },
  });
}

testCase('esn-window-zero-refused', {
  summary:
    'An inbound SA with extended sequence numbers needs a window: one that lost it is refused and stays.',
  requirements: ['MS-ERROR-INTACT'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa({ flags: ['esn'], replayEsn: esn() }));
    xfrm.setReplay(sa, { XFRMA_REPLAY_ESN_VAL: esn({ replay_window: 0 }) });
    return migrate({ xfrm }, sa, hosts.b);
  },
  expect: { full: einval('Failed to initialize migrated state') },
});
