import {
  type CaseContext,
  encapTemplate,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  ok,
  policyFor,
  type Sa,
} from '../../src/case/index.ts';
import { mapping } from '../events.ts';
import {
  addNattedPeer,
  hearMappings,
  inboundSa,
  keepAliveInUse,
  keepaliveNeeds,
  keepaliveOf,
  keepalivePorts,
  keepalivesMoved,
  keptAliveAt,
  keptAliveWhenIdle,
  mappingsOf,
  mappingsTold,
  markKeptAlive,
  moveKeptAlive,
  type Place,
  reversed,
  sendFromNat,
  useKeptAlive,
} from '../natted.ts';
import { migrateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateTopic('nat', 'NAT traversal after a migration');
export default topic;

/** Migrates an SA that sends keepalives, with a policy for it. */
function migrateTo({ xfrm }: CaseContext, sa: Sa, to: Place) {
  const policy = xfrm.addPolicy(policyFor([sa]));
  const attributes = { XFRMA_ENCAP: encapTemplate(keepalivePorts) };
  return xfrm.migrate(policy, [migrateEntry(sa, to)], { attributes });
}

testCase('keepalive', {
  summary:
    'The migrated SA keeps the mapping of the NAT alive, from where it is to where it leads.',
  requirements: ['M-KEEPALIVE-SENT', 'M-KEEPS'],
  needs: keepaliveNeeds,
  run(context) {
    const { xfrm } = context;
    const peer = addNattedPeer(context);
    const [old, moved] = [hosts.a, hosts.b].map(({ dst }) => peer.addReceiver(dst, 4501));
    const encap = espInUdp(4500, 4501);
    const sa = xfrm.addSa(espSa({ dir: 'out', encap, natKeepalive: 1 }));
    const policy = xfrm.addPolicy(policyFor([sa]));
    const before = old!.receive();
    const attributes = { XFRMA_ENCAP: encapTemplate(encap) };
    const reply = xfrm.migrate(policy, [migrateEntry(sa, hosts.b)], { attributes });
    if (reply.errno !== 'OK') return { reply, before };
    // An SA that lost its interval would be waited for in vain.
    const found = xfrm.getSa({ ...sa, ...hosts.b });
    const interval = 'natKeepalive' in found ? found.natKeepalive : null;
    return { reply, before, interval, after: interval === null ? null : moved!.receive() };
  },
  expect: {
    full: {
      reply: ok(null),
      before: `${hosts.a.src}:4500 ff`,
      interval: 1,
      after: `${hosts.b.src}:4500 ff`,
    },
    ...replyAlone,
  },
});

for (const [name, places] of Object.entries(keptAliveAt)) {
  testCase(`keepalive-${name}`, {
    summary: 'Keepalives go from the new address of the SA, and none from the old one any more.',
    requirements: ['M-KEEPALIVE-SENT', 'M-KEEPS', 'M-MOVE'],
    needs: keepaliveNeeds,
    run: (context) => moveKeptAlive(context, places, (sa) => migrateTo(context, sa, places.to)),
    expect: { full: keepalivesMoved(places), ...replyAlone },
  });
}

testCase('keepalive-idle', {
  summary: 'Keepalives are for an SA that sends nothing else: none goes out while it is in use.',
  requirements: ['M-KEEPALIVE-SENT', 'M-KEEPS'],
  needs: keepaliveNeeds,
  run(context) {
    const { sa, policy } = useKeptAlive(context);
    const attributes = { XFRMA_ENCAP: encapTemplate(keepalivePorts) };
    const entries = [migrateEntry(sa, hosts.b)];
    return keepAliveInUse(
      context,
      () => context.xfrm.migrate(policy, entries, { attributes }),
      () => {},
    );
  },
  expect: { full: { reply: ok(null), ...keptAliveWhenIdle }, ...replyAlone },
});

testCase('keepalive-output-mark', {
  summary: 'Keepalives have the output mark of the SA: they must go the way that its packets go.',
  requirements: ['M-KEEPALIVE-MARK', 'M-KEEPS'],
  needs: keepaliveNeeds,
  run: (context) => markKeptAlive(context, (sa) => migrateTo(context, sa, hosts.b6)),
  expect: { full: { reply: ok(null), after: keepaliveOf(hosts.b6) }, ...replyAlone },
});

testCase('mapping', {
  summary: 'That packets come from elsewhere is told of the migrated SA at once, as of a new one.',
  requirements: ['M-MAPPING-TOLD', 'M-KEEPS'],
  run(context) {
    const { xfrm } = context;
    const peer = addNattedPeer(context);
    context.acceptEspInUdp(4500);
    context.listenTo('XFRMNLGRP_MAPPING');
    const encap = espInUdp();
    const sa = xfrm.addSa(inboundSa(encap));
    const policy = xfrm.addPolicy(policyFor([sa], { dir: 'in' }));
    sendFromNat(peer, sa, '192.0.2.9');
    const before = xfrm.awaitNotifications('XFRMNLGRP_MAPPING').map(mapping);
    const attributes = { XFRMA_ENCAP: encapTemplate(encap) };
    const to = reversed(hosts.b);
    const reply = xfrm.migrate(policy, [migrateEntry(sa, to)], { attributes });
    if (reply.errno !== 'OK' || before.length === 0) return { reply, before };
    sendFromNat(peer, to, '192.0.2.10');
    const after = xfrm.awaitNotifications('XFRMNLGRP_MAPPING').map(mapping);
    return { reply, before, after };
  },
  expect: {
    full: {
      reply: ok(null),
      before: [{ was: `${hosts.a.dst}:4500`, is: `${hosts.a.dst}:1024` }],
      after: [{ was: `${hosts.b.dst}:4500`, is: `${hosts.b.dst}:1024` }],
    },
    ...replyAlone,
  },
});

for (const [name, way] of Object.entries(mappingsTold)) {
  testCase(`mapping-${name}`, {
    summary: way.summary,
    requirements: ['M-MAPPING-TOLD', 'M-KEEPS'],
    run(context) {
      const { xfrm } = context;
      const peer = addNattedPeer(context);
      context.acceptEspInUdp(4500);
      const encap = espInUdp();
      const sa = xfrm.addSa(inboundSa(encap, { mappingThreshold: way.threshold }));
      const policy = xfrm.addPolicy(policyFor([sa], { dir: 'in' }));
      const attributes = { XFRMA_ENCAP: encapTemplate(encap) };
      const to = reversed(hosts.b);
      const reply = xfrm.migrate(policy, [migrateEntry(sa, to)], { attributes });
      if (reply.errno !== 'OK') return { reply };
      return { reply, heard: hearMappings(context, peer, to, way) };
    },
    expect: {
      full: { reply: ok(null), heard: mappingsOf(reversed(hosts.b), way) },
      ...replyAlone,
    },
  });
}
