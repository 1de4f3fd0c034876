import {
  type CaseContext,
  encapTemplate,
  error,
  espInUdp,
  espSa,
  hosts,
  type Json,
  migrateEntry,
  ok,
  policyFor,
  type Sa,
  type SaView,
} from '../../src/case/index.ts';
import { longUnused } from '../events.ts';
import { inner } from '../inner.ts';
import {
  fromElsewhere,
  listed,
  sendBy,
  sendNeeds,
  takenFrom,
  unlikeAcquired,
  waiting,
} from '../takes-over.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('traffic', 'Packets before and after a migration');
export default topic;

/** What an SA has done, and where it leads; null when it is not there. */
function done(found: SaView | object): Json {
  if (!('counted' in found)) return null;
  const { dst, counted, replay } = found as SaView;
  return { dst, packets: counted.packets, sequence: replay?.oseq ?? null };
}

/** Sends three packets, migrates the policy with its SA, sends two more from the same socket. */
function sendAround(context: CaseContext, sa: Sa, to: Pick<Sa, 'src' | 'dst'>, options = {}) {
  const { xfrm } = context;
  context.addLink('dummy0', 'dummy', ['192.0.2.1/24', '198.51.100.1/24']);
  xfrm.addSa(sa);
  const policy = xfrm.addPolicy(policyFor([sa], { selector: inner }));
  const sender = context.addSender(inner.daddr, 4000);
  const sentBefore = [sender.send(), sender.send(), sender.send()];
  const before = done(xfrm.getSa(sa));
  const reply = xfrm.migrate(policy, [migrateEntry(sa, to)], options);
  const moved = done(xfrm.getSa({ ...sa, ...to }));
  const sentAfter = [sender.send(), sender.send()];
  return {
    reply,
    sentBefore,
    before,
    moved,
    sentAfter,
    after: done(xfrm.getSa({ ...sa, ...to })),
    old: done(xfrm.getSa(sa)),
    count: xfrm.dumpSas().length,
    counted: xfrm.countSas(),
  };
}

const routes = {
  'new-endpoint': { to: hosts.b, options: {} },
  'new-source': { to: { src: hosts.b.src, dst: hosts.a.dst }, options: {} },
  'new-endpoint-encap': {
    to: hosts.b,
    options: { attributes: { XFRMA_ENCAP: encapTemplate(espInUdp()) } },
  },
} as const;

for (const [name, { to, options }] of Object.entries(routes)) {
  const { dst } = hosts.a;
  const sent = { sentBefore: ['OK', 'OK', 'OK'], sentAfter: ['OK', 'OK'], count: 1, counted: 1 };
  const before = { dst, packets: 3, sequence: 3 };
  const stayed = { ...sent, before, old: { dst, packets: 5, sequence: 5 } };
  testCase(name, {
    summary: 'Traffic goes on through the migrated SA, and no sequence number is used twice.',
    requirements: ['M-MOVE', 'M-KEEPS'],
    run: (context) => sendAround(context, espSa(), to, options),
    expect: {
      full: {
        reply: ok(null),
        ...sent,
        before,
        moved: { dst: to.dst, packets: 3, sequence: 3 },
        after: { dst: to.dst, packets: 5, sequence: 5 },
      },
      compiledOut: { reply: unsupported, ...stayed },
      predates: { reply: error('EINVAL', null), ...stayed },
    },
  });
}

testCase('acquired', {
  summary: 'Traffic that waits for an SA gets the one that is migrated to where it leads.',
  requirements: ['M-ACQUIRE'],
  run(context) {
    const { xfrm } = context;
    context.listenTo('XFRMNLGRP_ACQUIRE');
    context.addLink('dummy0', 'dummy', ['192.0.2.1/24', '198.51.100.1/24']);
    const sa = xfrm.addSa(espSa());
    const policy = xfrm.addPolicy(policyFor([sa]));
    xfrm.addPolicy(policyFor([{ ...sa, ...hosts.b }], { selector: inner }));
    const sender = context.addSender(inner.daddr, 4000);
    sender.send();
    const before = listed(context);
    const reply = xfrm.migrate(policy, [migrateEntry(sa, hosts.b)]);
    const after = listed(context);
    const sent = sender.send();
    return { reply, before, after, sent, now: done(xfrm.getSa({ ...sa, ...hosts.b })) };
  },
  expect: {
    full: {
      reply: ok(null),
      before: waiting,
      after: [{ spi: 0x1000, ...hosts.b }],
      sent: 'OK',
      now: { dst: hosts.b.dst, packets: 1, sequence: 1 },
    },
    compiledOut: { reply: unsupported, before: waiting, after: waiting },
    predates: { reply: error('EINVAL', null), before: waiting, after: waiting },
  },
});

for (const [name, wanted] of Object.entries(unlikeAcquired)) {
  testCase(`acquired-${name}`, {
    summary: 'Traffic that waits for an SA of another kind goes on to wait.',
    requirements: ['M-ACQUIRE', 'M-ONE-SA'],
    needs: sendNeeds(wanted),
    run(context) {
      const sa = context.xfrm.addSa(espSa());
      const policy = context.xfrm.addPolicy(policyFor([sa]));
      context.listenTo('XFRMNLGRP_ACQUIRE');
      sendBy(context, wanted).send();
      const before = listed(context);
      const reply = context.xfrm.migrate(policy, [migrateEntry(sa, hosts.b)]);
      return { reply, before, after: listed(context) };
    },
    expect: {
      full: { reply: ok(null), before: waiting, after: [waiting[0]!, { spi: 0x1000, ...hosts.b }] },
      compiledOut: { reply: unsupported, before: waiting, after: waiting },
      predates: { reply: error('EINVAL', null), before: waiting, after: waiting },
    },
  });
}

/** SAs that traffic takes, and those that take it over. */
const takenOver: readonly (readonly [name: string, used: Sa, sa: Sa])[] = [
  ...Object.entries(takenFrom).map(([name, used]) => [name, used, fromElsewhere(used)] as const),
  ['same-destination', takenFrom.elsewhere!, espSa({ ...hosts.b, src: hosts.c.src })],
];

for (const [name, used, sa] of takenOver) {
  testCase(`newer-${name}`, {
    summary: 'Traffic goes over from an older SA to the migrated one, as to one that is installed.',
    requirements: ['M-TAKES-OVER'],
    needs: sendNeeds(used),
    run(context) {
      const { xfrm } = context;
      xfrm.setReplay(xfrm.addSa(used), longUnused);
      xfrm.addSa(sa);
      const policy = xfrm.addPolicy(policyFor([sa]));
      const sender = sendBy(context, used);
      for (let i = 0; i < 2; i++) sender.send();
      const reply = xfrm.migrate(policy, [migrateEntry(sa, used)]);
      for (let i = 0; i < 2; i++) sender.send();
      const migrated = done(xfrm.getSa({ ...used, spi: sa.spi }));
      return { reply, older: done(xfrm.getSa(used)), migrated, count: xfrm.countSas() };
    },
    expect: {
      full: { reply: ok(null), older: { packets: 2 }, migrated: { packets: 2 }, count: 2 },
      compiledOut: { reply: unsupported, older: { packets: 4 }, count: 2 },
      predates: { reply: error('EINVAL', null), older: { packets: 4 }, count: 2 },
    },
  });
}
