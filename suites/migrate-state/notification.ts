import {
  type CaseContext,
  type Expected,
  encapTemplate,
  espInUdp,
  espSa,
  hostSelector,
  hosts,
  migrateStateHeader,
  migrateStateRequest,
  noEncap,
  ok,
  type Sa,
  type StateChange,
  selector,
  subnets,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { migrated, notified, refused } from './expect.ts';
import { migrate, watch } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('notification', 'What listeners hear');
export default topic;

const encap = espInUdp(4500, 4501);
const inbound = espSa({ dir: 'in', encap, mappingThreshold: 30 });
const outbound = espSa({ dir: 'out', encap, natKeepalive: 20 });
const marked = espSa({ mark: { v: 5, m: 0xff } });
const outputMarked = espSa({ outputMark: { v: 0x10, m: 0xf0 } });

/** The notification of this request: its header, and these attributes and no others. */
function heard(
  sa: Sa,
  change: StateChange,
  attributes: XfrmAttributeSet,
  header: Partial<ReturnType<typeof migrateStateHeader>> = {},
): Expected {
  return {
    ...notified,
    header: { ...migrateStateHeader(sa, change), ...header } as unknown as Expected,
    carries: Object.keys(attributes).sort(),
    attributes: attributes as unknown as Expected,
  } as Expected;
}

const hostToHost = espSa({ selector: hostSelector(hosts.a) });
/** new_sel is what the SA has; it is ignored. */
const derive = { ...hosts.b, flags: ['update-h2h-sel'] };
const XFRMA_ENCAP = encapTemplate(encap);
/** Numbers of which each byte counts. */
const wide = { ...espSa({ spi: 0x9abcdef0 }), encap: espInUdp(4500, 4501, '192.0.2.77') };
const moved = espInUdp(1024, 4501);

/** What the new SA has, its notification carries: no more, no less. */
const contents: readonly [
  name: string,
  requirement: string,
  sa: Sa,
  StateChange,
  XfrmAttributeSet,
  minVersion?: string,
][] = [
  ['plain', 'MS-NOTIFY-HEADER', espSa(), hosts.b, {}],
  ['ipv6', 'MS-NOTIFY-HEADER', espSa({ ...hosts.a6, selector: subnets.v6 }), hosts.b6, {}],
  ['4-to-6', 'MS-NOTIFY-HEADER', espSa(), { ...hosts.b6, family: 'AF_INET6' }, {}],
  ['reqid', 'MS-NOTIFY-HEADER', espSa(), { ...hosts.b, reqid: 77 }, {}],
  [
    'old-mark',
    'MS-NOTIFY-HEADER',
    marked,
    { ...hosts.b, oldMark: { v: 0x1205, m: 0xff }, mark: { v: 6, m: 0xff } },
    { XFRMA_MARK: { v: 6, m: 0xff } },
  ],
  ['selector', 'MS-NOTIFY-SEL', espSa(), { ...hosts.b, selector: selector(subnets.v4) }, {}],
  ['clear-offload', 'MS-NOTIFY-FLAGS', espSa(), { ...hosts.b, flags: ['clear-offload'] }, {}],
  ['direction-in', 'MS-NOTIFY-DIR', espSa({ dir: 'in' }), hosts.b, { XFRMA_SA_DIR: 'in' }, '6.10'],
  [
    'direction-out',
    'MS-NOTIFY-DIR',
    espSa({ dir: 'out' }),
    hosts.b,
    { XFRMA_SA_DIR: 'out' },
    '6.10',
  ],
  ['encap-kept', 'MS-NOTIFY-ENCAP', espSa({ encap }), hosts.b, { XFRMA_ENCAP }],
  ['encap-added', 'MS-NOTIFY-ENCAP', espSa(), { ...hosts.b, encap }, { XFRMA_ENCAP }],
  [
    'encap-changed',
    'MS-NOTIFY-ENCAP',
    espSa({ encap }),
    { ...hosts.b, encap: moved },
    { XFRMA_ENCAP: encapTemplate(moved) },
  ],
  ['encap-removed', 'MS-NOTIFY-ENCAP', espSa({ encap }), { ...hosts.b, encap: noEncap }, {}],
  ['encap-removed-where-none', 'MS-NOTIFY-ENCAP', espSa(), { ...hosts.b, encap: noEncap }, {}],
  ['mark-kept', 'MS-NOTIFY-MARK', marked, hosts.b, { XFRMA_MARK: { v: 5, m: 0xff } }],
  [
    'mark-inherited-from-request',
    'MS-NOTIFY-MARK',
    espSa(),
    { ...hosts.b, oldMark: { v: 9, m: 0xff } },
    { XFRMA_MARK: { v: 9, m: 0xff } },
  ],
  [
    'mark-set',
    'MS-NOTIFY-MARK',
    espSa(),
    { ...hosts.b, mark: { v: 6, m: 0xff } },
    { XFRMA_MARK: { v: 6, m: 0xff } },
  ],
  ['mark-cleared', 'MS-NOTIFY-MARK', marked, { ...hosts.b, mark: { v: 0, m: 0 } }, {}],
  [
    'mark-outside-mask',
    'MS-NOTIFY-MARK',
    espSa(),
    { ...hosts.b, mark: { v: 0x1206, m: 0xff } },
    { XFRMA_MARK: { v: 6, m: 0xff } },
  ],
  [
    'output-mark-kept',
    'MS-NOTIFY-OUTMARK',
    outputMarked,
    hosts.b,
    { XFRMA_SET_MARK: 0x10, XFRMA_SET_MARK_MASK: 0xf0 },
  ],
  [
    'output-mark-set',
    'MS-NOTIFY-OUTMARK',
    espSa(),
    { ...hosts.b, outputMark: { v: 0x22, m: 0xff } },
    { XFRMA_SET_MARK: 0x22, XFRMA_SET_MARK_MASK: 0xff },
  ],
  [
    'output-mark-zero',
    'MS-NOTIFY-OUTMARK',
    espSa(),
    { ...hosts.b, outputMark: { v: 0, m: 0xff } },
    { XFRMA_SET_MARK: 0, XFRMA_SET_MARK_MASK: 0xff },
  ],
  [
    'output-mark-cleared',
    'MS-NOTIFY-OUTMARK',
    outputMarked,
    { ...hosts.b, outputMark: { v: 0, m: 0 } },
    {},
  ],
  [
    'threshold-kept',
    'MS-NOTIFY-MTIMER',
    inbound,
    hosts.b,
    { XFRMA_ENCAP, XFRMA_MTIMER_THRESH: 30, XFRMA_SA_DIR: 'in' },
    '6.10',
  ],
  [
    'threshold-changed',
    'MS-NOTIFY-MTIMER',
    inbound,
    { ...hosts.b, mappingThreshold: 15 },
    { XFRMA_ENCAP, XFRMA_MTIMER_THRESH: 15, XFRMA_SA_DIR: 'in' },
    '6.10',
  ],
  [
    'threshold-cleared',
    'MS-NOTIFY-MTIMER',
    inbound,
    { ...hosts.b, mappingThreshold: 0 },
    { XFRMA_ENCAP, XFRMA_SA_DIR: 'in' },
    '6.10',
  ],
  [
    'threshold-gone-with-encap',
    'MS-NOTIFY-MTIMER',
    inbound,
    { ...hosts.b, encap: noEncap },
    { XFRMA_SA_DIR: 'in' },
    '6.10',
  ],
  [
    'keepalive-kept',
    'MS-NOTIFY-KEEPALIVE',
    outbound,
    hosts.b,
    { XFRMA_ENCAP, XFRMA_NAT_KEEPALIVE_INTERVAL: 20, XFRMA_SA_DIR: 'out' },
    '6.11',
  ],
  [
    'keepalive-changed',
    'MS-NOTIFY-KEEPALIVE',
    outbound,
    { ...hosts.b, natKeepalive: 15 },
    { XFRMA_ENCAP, XFRMA_NAT_KEEPALIVE_INTERVAL: 15, XFRMA_SA_DIR: 'out' },
    '6.11',
  ],
  [
    'keepalive-cleared',
    'MS-NOTIFY-KEEPALIVE',
    outbound,
    { ...hosts.b, natKeepalive: 0 },
    { XFRMA_ENCAP, XFRMA_SA_DIR: 'out' },
    '6.11',
  ],
  [
    'keepalive-gone-with-encap',
    'MS-NOTIFY-KEEPALIVE',
    outbound,
    { ...hosts.b, encap: noEncap },
    { XFRMA_SA_DIR: 'out' },
    '6.11',
  ],
  [
    'wide-inbound',
    'MS-NOTIFY-HEADER',
    { ...wide, dir: 'in', mappingThreshold: 0x12345678 },
    { ...hosts.b, reqid: 0x7654321 },
    { XFRMA_ENCAP: encapTemplate(wide.encap), XFRMA_MTIMER_THRESH: 0x12345678, XFRMA_SA_DIR: 'in' },
    '6.10',
  ],
  [
    'wide-outbound',
    'MS-NOTIFY-HEADER',
    { ...wide, spi: 0x12340000, dir: 'out', natKeepalive: 0x12345678 },
    { ...hosts.b, reqid: 0x7654321 },
    {
      XFRMA_ENCAP: encapTemplate(wide.encap),
      XFRMA_NAT_KEEPALIVE_INTERVAL: 0x12345678,
      XFRMA_SA_DIR: 'out',
    },
    '6.11',
  ],
  [
    'all-at-once',
    'MS-NOTIFY',
    espSa({ dir: 'in' }),
    {
      ...hosts.b,
      encap,
      mark: { v: 6, m: 0xff },
      outputMark: { v: 0x22, m: 0xff },
      mappingThreshold: 15,
    },
    {
      XFRMA_ENCAP,
      XFRMA_MARK: { v: 6, m: 0xff },
      XFRMA_SET_MARK: 0x22,
      XFRMA_SET_MARK_MASK: 0xff,
      XFRMA_MTIMER_THRESH: 15,
      XFRMA_SA_DIR: 'in',
    },
    '6.10',
  ],
];

for (const [name, requirement, sa, change, attributes, minVersion] of contents) {
  testCase(name, {
    summary: 'The notification describes the new SA: the attributes that it has, and no others.',
    requirements: [requirement, 'MS-NOTIFY'],
    needs: minVersion === undefined ? {} : { minVersion },
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(sa), change),
    expect: { full: { reply: ok(null), heard: [heard(sa, change, attributes)] } },
  });
}

testCase('derived-selector', {
  summary: 'With UPDATE_H2H_SEL new_sel is the derived selector, not what the request said.',
  requirements: ['MS-NOTIFY-SEL', 'MS-NOTIFY-FLAGS'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(hostToHost), derive),
  expect: {
    full: {
      reply: ok(null),
      heard: [heard(hostToHost, derive, {}, { new_sel: hostSelector(hosts.b) })],
    },
  },
});

testCase('offload', {
  summary: 'An active offload is told.',
  requirements: ['MS-NOTIFY-OFFLOAD'],
  needs: { kconfig: ['NETDEVSIM', 'INET_ESP_OFFLOAD', 'XFRM_OFFLOAD'] },
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(espSa());
    return migrate(context, sa, { ...hosts.b, offload: { ifindex, flags: [] } });
  },
  expect: {
    full: {
      reply: ok(null),
      heard: [{ carries: ['XFRMA_OFFLOAD_DEV'], attributes: { XFRMA_OFFLOAD_DEV: { flags: [] } } }],
    },
  },
});

testCase('offload-cleared', {
  summary: 'An offload that was cleared is not told.',
  requirements: ['MS-NOTIFY-OFFLOAD'],
  needs: { kconfig: ['NETDEVSIM', 'INET_ESP_OFFLOAD', 'XFRM_OFFLOAD'] },
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = context.xfrm.addSa(espSa({ offload: { ifindex, flags: [] } }));
    return migrate(context, sa, { ...hosts.b, flags: ['clear-offload'] });
  },
  expect: { full: { reply: ok(null), heard: [{ carries: [] }] } },
});

testCase('offload-fell-back', {
  summary: 'An offload that fell back to software is not active: it is not told.',
  requirements: ['MS-NOTIFY-OFFLOAD'],
  run(context) {
    const ifindex = context.addLink('dummy0', 'dummy');
    return migrate(context, context.xfrm.addSa(espSa()), {
      ...hosts.b,
      offload: { ifindex, flags: [] },
    });
  },
  expect: { full: { ...migrated(hosts.b), heard: [{ ...notified, carries: [] }] } },
});

testCase('port-id', {
  summary: 'Sequence number and port id are those of the request.',
  requirements: ['MS-NOTIFY-SEQ'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa());
    const request = { ...migrateStateRequest(sa, hosts.b), portid: 0x12345678 };
    return watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () => xfrm.send(request));
  },
  expect: { full: migrated(hosts.b) },
});

testCase('one-each', {
  summary: 'Each success is told once.',
  requirements: ['MS-NOTIFY'],
  run({ xfrm }) {
    const sas = [1, 2, 3].map((spi) => xfrm.addSa(espSa({ spi })));
    xfrm.skipNotifications();
    const replies = sas.map((sa) => xfrm.migrateState(sa, hosts.b));
    const spis = xfrm
      .notifications()
      .map(({ header }) => (header as { id: { spi: number } }).id.spi);
    return { replies, spis };
  },
  expect: {
    full: { replies: [ok(null), ok(null), ok(null)], spis: [1, 2, 3] },
    compiledOut: { replies: Array(3).fill(unsupported.compiledOut), spis: [] },
    predates: { replies: Array(3).fill(unsupported.predates), spis: [] },
  },
});

testCase('nobody-listens', {
  summary: 'Without a listener the migration succeeds, with a warning.',
  requirements: ['MS-NOTIFY-FAILED'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    context.stopListening();
    return migrate(context, sa, hosts.b);
  },
  expect: {
    full: migrated(hosts.b, { reply: ok('Failed to send migration notification'), heard: [] }),
  },
});

/** Migrates in one of two namespaces; who hears it? */
function inNamespace(context: CaseContext, where: 'here' | 'there') {
  const peer = context.addPeer();
  const [home, away] = where === 'here' ? [context.xfrm, peer.xfrm] : [peer.xfrm, context.xfrm];
  const migration = migrate({ xfrm: home }, home.addSa(espSa()), hosts.b);
  return { ...migration, elsewhere: away.notifications(), sasElsewhere: away.dumpSas() };
}

for (const where of ['here', 'there'] as const) {
  testCase(`own-namespace-${where}`, {
    summary: 'Only the namespace of the SA hears of it.',
    requirements: ['MS-NOTIFY-NETNS', 'MS-ONE-SA'],
    run: (context) => inNamespace(context, where),
    expect: {
      full: { ...migrated(hosts.b), elsewhere: [], sasElsewhere: [] },
      compiledOut: { ...refused(unsupported.compiledOut), elsewhere: [], sasElsewhere: [] },
      predates: { ...refused(unsupported.predates), elsewhere: [], sasElsewhere: [] },
    },
  });
}
