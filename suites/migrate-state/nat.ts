import { espInUdp, espSa, hosts, ok, policyFor, type StateChange } from '../../src/case/index.ts';
import { mapping } from '../events.ts';
import {
  addNattedPeer,
  awaitSecond,
  hearMappings,
  inboundSa,
  keepAliveInUse,
  keepaliveNeeds,
  keepaliveOf,
  keepalivesMoved,
  keptAlive,
  keptAliveAt,
  keptAliveWhenIdle,
  mappingsHeard,
  mappingsTold,
  markKeptAlive,
  moveKeptAlive,
  reversed,
  sendFromNat,
  useKeptAlive,
} from '../natted.ts';
import { migrateStateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateStateTopic('nat', 'NAT traversal after a migration');
export default topic;

testCase('keepalive-set', {
  summary: 'An SA that gets an interval with its new ports sends keepalives between them.',
  requirements: ['MS-KEEPALIVE-SENT', 'MS-KEEPALIVE-SET'],
  needs: keepaliveNeeds,
  run(context) {
    const receiver = addNattedPeer(context).addReceiver(hosts.a.dst, 4503);
    const sa = context.xfrm.addSa(espSa({ dir: 'out', encap: espInUdp(4500, 4501) }));
    const change = { encap: espInUdp(4502, 4503), natKeepalive: 1 };
    const reply = context.xfrm.migrateState(sa, change);
    return reply.errno === 'OK' ? { reply, after: receiver.receive() } : { reply };
  },
  expect: { full: { reply: ok(null), after: `${hosts.a.src}:4502 ff` }, ...replyAlone },
});

for (const [name, places] of Object.entries(keptAliveAt)) {
  testCase(`keepalive-${name}`, {
    summary: 'Keepalives go from the new address of the SA, and none from the old one any more.',
    requirements: ['MS-KEEPALIVE-SENT', 'MS-KEEPALIVE-INHERIT', 'MS-OLD-GONE'],
    needs: keepaliveNeeds,
    run: (context) =>
      moveKeptAlive(context, places, (sa) => context.xfrm.migrateState(sa, places.to)),
    expect: { full: keepalivesMoved(places), ...replyAlone },
  });
}

testCase('keepalive-idle', {
  summary: 'Keepalives are for an SA that sends nothing else: none goes out while it is in use.',
  requirements: ['MS-KEEPALIVE-SENT', 'MS-KEEPALIVE-INHERIT'],
  needs: keepaliveNeeds,
  run(context) {
    const { sa, policy } = useKeptAlive(context);
    return keepAliveInUse(
      context,
      () => context.xfrm.migrateState(sa, hosts.b),
      () => {
        context.xfrm.deletePolicy(policy);
        const { selector } = policy;
        context.xfrm.addPolicy(policyFor([{ ...sa, ...hosts.b }], { selector }));
      },
    );
  },
  expect: { full: { reply: ok(null), ...keptAliveWhenIdle }, ...replyAlone },
});

testCase('keepalive-output-mark', {
  summary: 'Keepalives have the output mark of the SA: they must go the way that its packets go.',
  requirements: ['MS-KEEPALIVE-MARK', 'MS-OUTMARK-INHERIT'],
  needs: keepaliveNeeds,
  run: (context) => markKeptAlive(context, (sa) => context.xfrm.migrateState(sa, hosts.b6)),
  expect: { full: { reply: ok(null), after: keepaliveOf(hosts.b6) }, ...replyAlone },
});

testCase('keepalive-shortened', {
  summary: 'An interval that gets shorter holds from the migration on, not after the longer one.',
  requirements: ['MS-KEEPALIVE-SENT', 'MS-KEEPALIVE-SET'],
  needs: keepaliveNeeds,
  run(context) {
    context.listenTo('XFRMNLGRP_EXPIRE');
    const peer = addNattedPeer(context);
    const [old, moved] = [hosts.a, hosts.b].map(({ dst }) => peer.addReceiver(dst, 4501));
    const sa = context.xfrm.addSa(keptAlive(hosts.a, { natKeepalive: 3600 }));
    const before = old!.receive();
    const reply = context.xfrm.migrateState(sa, { ...hosts.b, natKeepalive: 1 });
    if (reply.errno !== 'OK' || before === null) return { reply, before };
    for (const spi of [0x2000, 0x2001]) awaitSecond(context, spi);
    return { reply, before, after: moved!.receive(0) };
  },
  expect: {
    full: { reply: ok(null), before: keepaliveOf(hosts.a), after: keepaliveOf(hosts.b) },
    ...replyAlone,
  },
});

const mappings: Readonly<Record<string, { change: StateChange; was: string }>> = {
  moved: { change: reversed(hosts.b), was: `${hosts.b.dst}:4500` },
  'other-ports': { change: { encap: espInUdp(2000, 4500) }, was: `${hosts.a.dst}:2000` },
};

for (const [name, { change, was }] of Object.entries(mappings)) {
  const place = { ...reversed(hosts.a), ...change };
  testCase(`mapping-${name}`, {
    summary:
      'That packets come from elsewhere is told of the migrated SA at once, as of a new one.',
    requirements: ['MS-MAPPING-TOLD', 'MS-MTIMER-INHERIT'],
    run(context) {
      const { xfrm } = context;
      const peer = addNattedPeer(context);
      context.acceptEspInUdp(4500);
      context.listenTo('XFRMNLGRP_MAPPING');
      const sa = xfrm.addSa(inboundSa(espInUdp()));
      sendFromNat(peer, sa, '192.0.2.9');
      const before = xfrm.awaitNotifications('XFRMNLGRP_MAPPING').map(mapping);
      const reply = xfrm.migrateState(sa, change);
      if (reply.errno !== 'OK' || before.length === 0) return { reply, before };
      peer.xfrm.flushSas();
      sendFromNat(peer, place, '192.0.2.10');
      const after = xfrm.awaitNotifications('XFRMNLGRP_MAPPING').map(mapping);
      return { reply, before, after };
    },
    expect: {
      full: {
        reply: ok(null),
        before: [{ was: `${hosts.a.dst}:4500`, is: `${hosts.a.dst}:1024` }],
        after: [{ was, is: `${place.src}:1024` }],
      },
      ...replyAlone,
    },
  });
}

for (const [name, way] of Object.entries(mappingsTold)) {
  testCase(`mapping-${name}`, {
    summary: way.summary,
    requirements: ['MS-MAPPING-TOLD', 'MS-MTIMER-INHERIT'],
    run: (context) => hearMappings(context, way, (sa, to) => context.xfrm.migrateState(sa, to)),
    expect: { full: mappingsHeard(way), ...replyAlone },
  });
}
