import {
  type CaseContext,
  encapTemplate,
  espInUdp,
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
  mappingsHeard,
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

/** Migrates an encapsulated SA, with a policy for it. */
function migrateTo({ xfrm }: CaseContext, sa: Sa, to: Place) {
  const policy = xfrm.addPolicy(policyFor([sa], { dir: sa.dir === 'out' ? 'out' : 'in' }));
  const attributes = { XFRMA_ENCAP: encapTemplate(sa.encap!) };
  return xfrm.migrate(policy, [migrateEntry(sa, to)], { attributes });
}

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
    return keepAliveInUse(context, () => context.xfrm.migrate(policy, entries, { attributes }));
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
    run: (context) => hearMappings(context, way, (sa, to) => migrateTo(context, sa, to)),
    expect: { full: mappingsHeard(way), ...replyAlone },
  });
}
