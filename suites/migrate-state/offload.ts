import {
  error,
  espSa,
  hosts,
  not,
  present,
  type Sa,
  type StateChange,
} from '../../src/case/index.ts';
import { einval, migrated, refused } from './expect.ts';
import { type Migration, migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('offload', 'Hardware offload');
export default topic;

const needs = { kconfig: ['NETDEVSIM', 'INET_ESP_OFFLOAD', 'XFRM_OFFLOAD'] };
const plain = espSa();
const clear = ['clear-offload'];

testCase('kept', {
  summary: 'Without XFRMA_OFFLOAD_DEV the offload is copied to the new SA.',
  requirements: ['MS-OFFLOAD-INHERIT', 'MS-INHERIT'],
  needs,
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(espSa({ offload: { ifindex, flags: [] } }));
    return { before: context.xfrm.getSa(sa), ...migrate(context, sa, hosts.b) };
  },
  expect: { full: { before: { offload: { flags: [] } }, ...migrated(hosts.b) } },
});

testCase('kept-inbound', {
  summary: 'The offload of an inbound SA is copied with its direction.',
  requirements: ['MS-OFFLOAD-INHERIT', 'MS-INHERIT'],
  needs: { ...needs, minVersion: '6.10' },
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(espSa({ dir: 'in', offload: { ifindex, flags: ['inbound'] } }));
    return { before: context.xfrm.getSa(sa), ...migrate(context, sa, hosts.b) };
  },
  expect: { full: { before: { offload: { flags: ['inbound'] } }, ...migrated(hosts.b) } },
});

testCase('cleared', {
  summary: 'With CLEAR_OFFLOAD the new SA has no offload.',
  requirements: ['MS-OFFLOAD-CLEAR'],
  needs,
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(espSa({ offload: { ifindex, flags: [] } }));
    return migrate(context, sa, { ...hosts.b, flags: clear });
  },
  expect: { full: migrated({ ...hosts.b, offload: null }) },
});

testCase('set', {
  summary: 'XFRMA_OFFLOAD_DEV gives an offload to an SA that had none.',
  requirements: ['MS-OFFLOAD-SET', 'MS-CHANGEABLE'],
  needs,
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(plain);
    return migrate(context, sa, { ...hosts.b, offload: { ifindex, flags: [] } });
  },
  expect: {
    full: migrated({ ...hosts.b, offload: { ifindex: present(), flags: [] } }),
  },
});

testCase('set-again', {
  summary: 'XFRMA_OFFLOAD_DEV overrides the offload that the SA has.',
  requirements: ['MS-OFFLOAD-SET'],
  needs,
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(espSa({ offload: { ifindex, flags: [] } }));
    return migrate(context, sa, { ...hosts.b, offload: { ifindex, flags: [] } });
  },
  expect: { full: migrated(hosts.b) },
});

testCase('set-by-route', {
  summary:
    'A device that is not there is found by the route of the new addresses, as in XFRM_MSG_NEWSA.',
  requirements: ['MS-OFFLOAD-SET', 'MS-OFFLOAD-VALID'],
  needs,
  run(context) {
    context.addOffloadDevice([`${hosts.b.src}/24`]);
    const offload = { ifindex: 999, flags: [] };
    const installed = context.xfrm.addSa(espSa({ ...hosts.b, spi: 0x2000, offload }));
    const sa = context.xfrm.addSa(plain);
    const before = context.xfrm.getSa(installed);
    return { installed: before, ...migrate(context, sa, { ...hosts.b, offload }) };
  },
  expect: {
    full: {
      installed: { offload: { flags: [] } },
      ...migrated({ ...hosts.b, offload: { ifindex: present(), flags: [] } }),
    },
  },
});

testCase('exclusive', {
  summary: 'CLEAR_OFFLOAD and XFRMA_OFFLOAD_DEV exclude each other.',
  requirements: ['MS-OFFLOAD-EXCLUSIVE', 'MS-ERROR-INTACT'],
  run(context) {
    const ifindex = context.addLink('dummy0', 'dummy');
    const change = { ...hosts.b, offload: { ifindex, flags: [] }, flags: clear };
    return migrate(context, context.xfrm.addSa(plain), change);
  },
  expect: { full: refused(error('EINVAL')) },
});

testCase('crypto-falls-back', {
  summary:
    'Crypto offload to a device that cannot: the SA works in software, as in XFRM_MSG_NEWSA.',
  requirements: ['MS-OFFLOAD-VALID'],
  run(context) {
    const ifindex = context.addLink('dummy0', 'dummy');
    return migrate(context, context.xfrm.addSa(plain), {
      ...hosts.b,
      offload: { ifindex, flags: [] },
    });
  },
  expect: { full: migrated(hosts.b) },
});

testCase('crypto-without-device-falls-back', {
  summary: 'Crypto offload to a device that is not there: the SA works in software.',
  requirements: ['MS-OFFLOAD-VALID'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(plain), { ...hosts.b, offload: { ifindex: 999, flags: [] } }),
  expect: { full: migrated(hosts.b) },
});

/** What the extended acknowledgement says is at fault. */
function blaming(migration: Migration) {
  return { ...migration, blames: migration.reply.extack?.message ?? null };
}

/** The SA could be cloned; the device could not take it. Any other text, or none, is true. */
const notTheClone = not('State migration clone failed');

testCase('packet-refused', {
  summary: 'Packet offload has no software to fall back to: a device that cannot is refused.',
  requirements: ['MS-OFFLOAD-VALID', 'MS-ERROR-INTACT'],
  run(context) {
    const ifindex = context.addLink('dummy0', 'dummy');
    const offload = { ifindex, flags: ['packet'] };
    return blaming(migrate(context, context.xfrm.addSa(plain), { ...hosts.b, offload }));
  },
  expect: { full: { ...refused(error('EINVAL')), blames: notTheClone } },
});

testCase('packet-without-device-refused', {
  summary: 'Packet offload to a device that is not there is refused.',
  requirements: ['MS-OFFLOAD-VALID', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) =>
    blaming(
      migrate({ xfrm }, xfrm.addSa(plain), {
        ...hosts.b,
        offload: { ifindex: 999, flags: ['packet'] },
      }),
    ),
  expect: { full: { ...refused(error('EINVAL')), blames: notTheClone } },
});

const inbound = { ifindex: 1, flags: ['inbound'] };
const outbound = { ifindex: 1, flags: [] };
const refusals: readonly [string, Sa, StateChange, text: string, minVersion?: string][] = [
  [
    'unknown-flag',
    plain,
    { offload: { ifindex: 1, flags: [8] } },
    'Unrecognized flags in offload request',
  ],
  [
    'inbound-on-outbound',
    espSa({ dir: 'out' }),
    { offload: inbound },
    'Mismatched SA and offload direction',
    '6.10',
  ],
  [
    'outbound-on-inbound',
    espSa({ dir: 'in' }),
    { offload: outbound },
    'Mismatched SA and offload direction',
    '6.10',
  ],
  [
    'inbound-with-if-id',
    espSa({ ifId: 7 }),
    { offload: inbound },
    'XFRM if_id is not supported in RX path',
  ],
  [
    'with-tfc-padding',
    espSa({ tfcPad: 100 }),
    { offload: outbound },
    "TFC padding can't be offloaded",
  ],
];

for (const [name, sa, change, text, minVersion] of refusals) {
  testCase(`${name}-refused`, {
    summary: 'An offload that cannot be is refused in the words of XFRM_MSG_NEWSA.',
    requirements: ['MS-OFFLOAD-VALID', 'MS-ERROR-INTACT'],
    needs: minVersion === undefined ? {} : { minVersion },
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), { ...hosts.b, ...change }),
    expect: { full: einval(text) },
  });
}

testCase('esn-refused', {
  summary: 'A device that cannot count extended sequence numbers cannot take an SA that has them.',
  requirements: ['MS-OFFLOAD-VALID', 'MS-ERROR-INTACT'],
  needs,
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(
      espSa({
        flags: ['esn'],
        replayEsn: { oseq: 0, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 32, bmp: [0] },
      }),
    );
    return migrate(context, sa, { ...hosts.b, offload: { ifindex, flags: [] } });
  },
  expect: { full: einval("Device doesn't support offload with ESN") },
});
