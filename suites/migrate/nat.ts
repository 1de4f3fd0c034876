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
  keepaliveOf,
  keepalivePorts,
  keepaliveReceivers,
  keptAliveAt,
  keptAliveMark,
  keptAliveWhenIdle,
  letMarkedPass,
  mappingsOf,
  mappingsTold,
  type Place,
  reversed,
  sendFromNat,
  useKeptAlive,
} from '../natted.ts';
import { migrateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateTopic('nat', 'NAT traversal after a migration');
export default topic;

/** An SA that sends keepalives, and what migrates it. */
function keptAlive(
  { xfrm }: CaseContext,
  { from, to }: { from: Place; to: Place },
  parts: Partial<Sa> = {},
) {
  const encap = keepalivePorts;
  const sa = xfrm.addSa(espSa({ ...from, dir: 'out', encap, natKeepalive: 1, ...parts }));
  const policy = xfrm.addPolicy(policyFor([sa]));
  const attributes = { XFRMA_ENCAP: encapTemplate(encap) };
  return { sa, migrate: () => xfrm.migrate(policy, [migrateEntry(sa, to)], { attributes }) };
}

testCase('keepalive', {
  summary:
    'The migrated SA keeps the mapping of the NAT alive, from where it is to where it leads.',
  requirements: ['M-KEEPALIVE-SENT', 'M-KEEPS'],
  needs: { minVersion: '6.11' },
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

for (const [name, { from, to }] of Object.entries(keptAliveAt)) {
  testCase(`keepalive-${name}`, {
    summary: 'Keepalives go from the new address of the SA, and none from the old one any more.',
    requirements: ['M-KEEPALIVE-SENT', 'M-KEEPS', 'M-MOVE'],
    needs: { minVersion: '6.11' },
    run(context) {
      const { old, moved } = keepaliveReceivers(context, { from, to });
      const { sa, migrate } = keptAlive(context, { from, to });
      const before = old.receive();
      const reply = migrate();
      const found = context.xfrm.getSa({ ...sa, ...to });
      // An SA that lost its interval would be waited for in vain.
      if (!('natKeepalive' in found) || found.natKeepalive === null)
        return { reply, before, after: null, still: null };
      // What was sent until then.
      while (old.receive(0) !== null);
      const after = [moved.receive(), moved.receive()];
      return { reply, before, after, still: old.receive(0) };
    },
    expect: {
      full: {
        ...{ reply: ok(null), before: keepaliveOf(from) },
        ...{ after: [keepaliveOf(to), keepaliveOf(to)], still: null },
      },
      ...replyAlone,
    },
  });
}

testCase('keepalive-idle', {
  summary: 'Keepalives are for an SA that sends nothing else: none goes out while it is in use.',
  requirements: ['M-KEEPALIVE-SENT', 'M-KEEPS'],
  needs: { minVersion: '6.11' },
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
  needs: { minVersion: '6.11' },
  run(context) {
    const { moved } = keepaliveReceivers(context, { from: hosts.a6, to: hosts.b6 });
    letMarkedPass(context);
    const places = { from: hosts.a6, to: hosts.b6 };
    const { sa, migrate } = keptAlive(context, places, { outputMark: keptAliveMark });
    const reply = migrate();
    const found = context.xfrm.getSa({ ...sa, ...hosts.b6 });
    if (!('natKeepalive' in found) || found.natKeepalive === null) return { reply, after: null };
    return { reply, after: moved.receive() };
  },
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
