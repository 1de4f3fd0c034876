import {
  type CaseContext,
  espInUdp,
  espSa,
  hosts,
  noEncap,
  ok,
  policyFor,
  type Sa,
  type SaView,
  type StateChange,
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
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('traffic', 'Packets before and after a migration');
export default topic;

/** What an SA has done: packets, and the sequence number of the last one. */
function done(found: SaView | object) {
  if (!('counted' in found)) return 'gone';
  const { counted, replay, replayEsn } = found as SaView;
  const { oseq = null } = replayEsn ?? replay ?? {};
  return { packets: counted.packets, sequence: oseq };
}

/** XFRMA_LASTUSED of the only SA, hex; undefined when it was never used. */
function lastUse({ xfrm }: CaseContext): string | undefined {
  return xfrm.dumpWholeSas()[0]?.attributes.XFRMA_LASTUSED;
}

/**
 * Sends three packets through an SA, migrates it, and sends two more, from the same connected
 * socket. The policy's template still fits, so that they must take the migrated SA.
 */
function sendAround(context: CaseContext, sa: Sa, change: StateChange) {
  const { xfrm } = context;
  context.addLink('dummy0', 'dummy', ['192.0.2.1/24']);
  xfrm.addSa(sa);
  xfrm.addPolicy(policyFor([sa], { selector: inner }));
  const sender = context.addSender(inner.daddr, 4000);
  const sentBefore = [sender.send(), sender.send(), sender.send()];
  const before = { sa: xfrm.getSa(sa), lastUse: lastUse(context) };
  const reply = xfrm.migrateState(sa, change);
  const moved = { sa: xfrm.getSa(sa), lastUse: lastUse(context) };
  const sentAfter = [sender.send(), sender.send()];
  return {
    reply,
    sentBefore,
    before: done(before.sa),
    moved: done(moved.sa),
    // Before Linux 6.2 sending left no time of last use.
    lastUseKept: before.lastUse === moved.lastUse,
    sentAfter,
    after: done(xfrm.getSa(sa)),
    count: xfrm.dumpSas().length,
    counted: xfrm.countSas(),
  };
}

const changes: Readonly<Record<string, { sa: Sa; change: StateChange }>> = {
  'encap-added': { sa: espSa(), change: { encap: espInUdp() } },
  'encap-removed': { sa: espSa({ encap: espInUdp() }), change: { encap: noEncap } },
  nothing: { sa: espSa(), change: {} },
  esn: {
    sa: espSa({
      flags: ['esn'],
      replayEsn: { oseq: 0, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 32, bmp: [0] },
    }),
    change: { encap: espInUdp() },
  },
};

for (const [name, { sa, change }] of Object.entries(changes)) {
  const around = {
    sentBefore: ['OK', 'OK', 'OK'],
    before: { packets: 3, sequence: 3 },
    moved: { packets: 3, sequence: 3 },
    lastUseKept: true,
    sentAfter: ['OK', 'OK'],
    after: { packets: 5, sequence: 5 },
    count: 1,
    counted: 1,
  };
  testCase(`sequence-${name}`, {
    summary: 'No sequence number is used twice: an AES-GCM key would lose its secret with the IV.',
    requirements: ['MS-REPLAY'],
    run: (context) => sendAround(context, { ...sa, ...hosts.a }, change),
    expect: {
      full: { reply: ok(null), ...around },
      compiledOut: { reply: unsupported.compiledOut, ...around },
      predates: { reply: unsupported.predates, ...around },
    },
  });
}

testCase('acquired', {
  summary: 'Traffic that waits for an SA gets the one that is migrated to where it leads.',
  requirements: ['MS-ACQUIRE'],
  run(context) {
    const { xfrm } = context;
    context.listenTo('XFRMNLGRP_ACQUIRE');
    context.addLink('dummy0', 'dummy', ['192.0.2.1/24', '198.51.100.1/24']);
    const sa = xfrm.addSa(espSa());
    xfrm.addPolicy(policyFor([{ ...sa, ...hosts.b }], { selector: inner }));
    const sender = context.addSender(inner.daddr, 4000);
    sender.send();
    const before = listed(context);
    const reply = xfrm.migrateState(sa, hosts.b);
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
      now: { packets: 1, sequence: 1 },
    },
    compiledOut: { reply: unsupported.compiledOut, before: waiting, after: waiting },
    predates: { reply: unsupported.predates, before: waiting, after: waiting },
  },
});

for (const [name, wanted] of Object.entries(unlikeAcquired)) {
  testCase(`acquired-${name}`, {
    summary: 'Traffic that waits for an SA of another kind goes on to wait.',
    requirements: ['MS-ACQUIRE', 'MS-ONE-SA'],
    needs: sendNeeds(wanted),
    run(context) {
      const sa = context.xfrm.addSa(espSa());
      context.listenTo('XFRMNLGRP_ACQUIRE');
      sendBy(context, wanted).send();
      const before = listed(context);
      const reply = context.xfrm.migrateState(sa, hosts.b);
      return { reply, before, after: listed(context) };
    },
    expect: {
      full: { reply: ok(null), before: waiting, after: [waiting[0]!, { spi: 0x1000, ...hosts.b }] },
      compiledOut: { reply: unsupported.compiledOut, before: waiting, after: waiting },
      predates: { reply: unsupported.predates, before: waiting, after: waiting },
    },
  });
}

/** Which SA the other takes the traffic from: where the migrated one comes, and where it is. */
const takenOver: readonly (readonly [name: string, used: Sa, sa: Sa, StateChange])[] = [
  ...Object.entries(takenFrom).map(([name, used]) => {
    const { src, dst } = used;
    return [name, used, fromElsewhere(used), { src, dst }] as const;
  }),
  ['in-place', espSa({ spi: 0x2000 }), espSa({ reqid: 9 }), { reqid: 1 }],
];

for (const [name, used, sa, change] of takenOver) {
  testCase(`newer-${name}`, {
    summary: 'Traffic goes over from an older SA to the migrated one, as to one that is installed.',
    requirements: ['MS-TAKES-OVER'],
    needs: sendNeeds(used),
    run(context) {
      const { xfrm } = context;
      xfrm.setReplay(xfrm.addSa(used), longUnused);
      xfrm.addSa(sa);
      const sender = sendBy(context, used);
      for (let i = 0; i < 2; i++) sender.send();
      const reply = xfrm.migrateState(sa, change);
      for (let i = 0; i < 2; i++) sender.send();
      const migrated = done(xfrm.getSa({ ...sa, ...change }));
      return { reply, older: done(xfrm.getSa(used)), migrated, count: xfrm.countSas() };
    },
    expect: {
      full: { reply: ok(null), older: { packets: 2 }, migrated: { packets: 2 }, count: 2 },
      compiledOut: { reply: unsupported.compiledOut, older: { packets: 4 }, count: 2 },
      predates: { reply: unsupported.predates, older: { packets: 4 }, count: 2 },
    },
  });
}
