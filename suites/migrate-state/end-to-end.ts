import { espInUdp, hosts, noEncap, ok } from '../../src/case/index.ts';
import {
  alike,
  cross,
  crossed,
  halfSent,
  type Journey,
  journeys,
  markedAsBefore,
  ordering,
  putIntoOrder,
  queueing,
  queues,
  sendCongested,
  sendHalf,
  sendOutOfOrder,
  sendQueued,
  sendTwice,
  sentInSpiteOfQueue,
  type Tunnel,
  takenOnce,
  type Way,
  wholeAfterHalf,
} from '../end-to-end.ts';
import { migrateStateTopic, replyAlone, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic(
  'end-to-end',
  'What one end sends, the other receives',
);
export default topic;

/** Migrates the inbound SA, which is in use meanwhile. */
function moveThere(tunnel: Tunnel, to: Journey['to'], asks = tunnel.there.xfrm) {
  const { sa } = tunnel.there;
  const reply = asks.migrateState(sa, to);
  if (reply.errno === 'OK') tunnel.want(tunnel.there, { ...sa, ...to });
  return reply;
}

/** Migrates the outbound SA in the steps that xfrm_migrate_state.rst lists, and sends meanwhile. */
function moveHere(tunnel: Tunnel, to: Journey['to']) {
  const { xfrm, sa, policy } = tunnel.here;
  const blocking = xfrm.addPolicy(tunnel.blockingPolicy());
  xfrm.deletePolicy(policy);
  const blocked = tunnel.send();
  const reply = xfrm.migrateState(sa, to);
  tunnel.want(tunnel.here, { ...sa, ...to });
  xfrm.deletePolicy(blocking);
  return { reply, blocked };
}

export const way: Way = { there: moveThere, here: moveHere };

const all: Readonly<Record<string, Journey>> = {
  ...journeys,
  'encap-removed': { ...alike({ encap: espInUdp() }), to: { ...hosts.b, encap: noEncap } },
  'encap-inherited': { ...alike({ encap: espInUdp() }), to: hosts.b },
  'encap-in-place': { ...alike(), to: { encap: espInUdp() } },
  transport: { ...alike({ mode: 'transport' }), to: { encap: espInUdp() } },
};

for (const [name, journey] of Object.entries(all)) {
  testCase(name, {
    summary:
      'Datagrams come through before both ends migrate and afterwards; none leaves meanwhile.',
    requirements: ['MS-DELIVERS', 'MS-REPLAY', ...(journey.packets ? ['MS-IPTFS-PKT-SIZE'] : [])],
    needs: journey.needs ?? {},
    run: (context) => cross(context, journey, way),
    expect: {
      full: { ...crossed(journey), here: { reply: ok(null), blocked: 'EPERM' } },
      compiledOut: { before: 2, reply: unsupported.compiledOut },
      predates: { before: 2, reply: unsupported.predates },
    },
  });
}

testCase('replayed', {
  summary: 'What was taken before the migration is not taken again.',
  requirements: ['MS-DELIVERS', 'MS-REPLAY'],
  run: (context) => sendTwice(context, way),
  expect: {
    full: { ...takenOnce, here: { reply: ok(null) } },
    compiledOut: { before: 3, reply: unsupported.compiledOut },
    predates: { before: 3, reply: unsupported.predates },
  },
});

testCase('half-received', {
  summary: 'Half a datagram that has come before the migration is no hindrance to those after it.',
  requirements: ['MS-DELIVERS'],
  needs: halfSent.needs,
  run: (context) => sendHalf(context, way),
  expect: { full: wholeAfterHalf, ...replyAlone },
});

testCase('queued', {
  summary:
    'A datagram that waits in the queue of the SA is no hindrance to one after the migration.',
  requirements: ['MS-DELIVERS'],
  needs: queueing.needs,
  run: (context) => sendQueued(context, way),
  expect: {
    full: { ...sentInSpiteOfQueue, here: { reply: ok(null), blocked: 'EPERM' } },
    ...replyAlone,
  },
});

for (const [name, { kind, summary }] of Object.entries(queues)) {
  testCase(`iptfs-queue-${name}`, {
    summary,
    requirements: ['MS-DELIVERS', 'MS-KEEPS'],
    needs: kind.needs,
    run: (context) => sendCongested(context, kind, way),
    expect: {
      full: { ...markedAsBefore, here: { reply: ok(null), blocked: 'EPERM' } },
      ...replyAlone,
    },
  });
}

testCase('out-of-order', {
  summary: 'Packets that come out of order after the migration are put in order.',
  requirements: ['MS-DELIVERS'],
  needs: ordering.needs,
  run: (context) => sendOutOfOrder(context, way),
  expect: { full: { ...putIntoOrder, here: { reply: ok(null), blocked: 'EPERM' } }, ...replyAlone },
});
