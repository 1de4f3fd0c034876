import { type CaseContext, espInUdp, hosts, noEncap, ok } from '../../src/case/index.ts';
import { alike, done, halfSent, type Journey, journeys, Tunnel } from '../end-to-end.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic(
  'end-to-end',
  'What one end sends, the other receives',
);
export default topic;

/** Migrates the inbound SA, which is in use meanwhile. */
function moveThere(tunnel: Tunnel, to: Journey['to']) {
  const { xfrm, sa } = tunnel.there;
  const reply = xfrm.migrateState(sa, to);
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

function cross(context: CaseContext, journey: Journey) {
  const tunnel = new Tunnel(context, journey);
  const before = tunnel.deliver(2);
  const reply = moveThere(tunnel, journey.to);
  if (reply.errno !== 'OK') return { before, reply };
  const here = moveHere(tunnel, journey.to);
  const after = tunnel.deliver(2);
  return {
    before,
    reply,
    here,
    after,
    sent: done(context.xfrm.getSa(tunnel.here.sa)),
    taken: done(tunnel.peer.xfrm.getSa(tunnel.there.sa)),
  };
}

const all: Readonly<Record<string, Journey>> = {
  ...journeys,
  'encap-removed': { ...alike({ encap: espInUdp() }), to: { ...hosts.b, encap: noEncap } },
  'encap-inherited': { ...alike({ encap: espInUdp() }), to: hosts.b },
  'encap-in-place': { ...alike(), to: { encap: espInUdp() } },
  transport: { ...alike({ mode: 'transport' }), to: { encap: espInUdp() } },
};

for (const [name, journey] of Object.entries(all)) {
  const whole = { packets: 4, sequence: 4 };
  testCase(name, {
    summary:
      'Datagrams come through before both ends migrate and afterwards; none leaves meanwhile.',
    requirements: ['MS-DELIVERS', 'MS-REPLAY'],
    needs: journey.needs ?? {},
    run: (context) => cross(context, journey),
    expect: {
      full: {
        before: 2,
        reply: ok(null),
        here: { reply: ok(null), blocked: 'EPERM' },
        after: 2,
        sent: whole,
        taken: whole,
      },
      compiledOut: { before: 2, reply: unsupported.compiledOut },
      predates: { before: 2, reply: unsupported.predates },
    },
  });
}

testCase('replayed', {
  summary: 'What was taken before the migration is not taken again.',
  requirements: ['MS-DELIVERS', 'MS-REPLAY'],
  run(context) {
    const tunnel = new Tunnel(context, alike());
    const before = tunnel.deliver(3);
    const reply = moveThere(tunnel, hosts.b);
    if (reply.errno !== 'OK') return { before, reply };
    const here = moveHere(tunnel, hosts.b);
    const after = tunnel.replay(3);
    return { before, reply, here, after, taken: done(tunnel.peer.xfrm.getSa(tunnel.there.sa)) };
  },
  expect: {
    full: {
      before: 3,
      reply: ok(null),
      here: { reply: ok(null) },
      after: 1,
      taken: { packets: 4, sequence: 4 },
    },
    compiledOut: { before: 3, reply: unsupported.compiledOut },
    predates: { before: 3, reply: unsupported.predates },
  },
});

testCase('half-received', {
  summary: 'Half a datagram that has come before the migration is no hindrance to those after it.',
  requirements: ['MS-DELIVERS'],
  needs: halfSent.needs ?? {},
  run(context) {
    const tunnel = new Tunnel(context, halfSent);
    tunnel.sendHalf();
    const before = done(tunnel.peer.xfrm.getSa(tunnel.there.sa));
    const reply = moveThere(tunnel, hosts.b);
    if (reply.errno !== 'OK') return { before, reply };
    tunnel.sendAnew(hosts.b);
    const after = tunnel.deliver(2);
    return { before, reply, after, taken: done(tunnel.peer.xfrm.getSa(tunnel.there.sa)) };
  },
  expect: {
    full: {
      before: { packets: 1, sequence: 1 },
      reply: ok(null),
      after: 2,
      taken: { packets: 5, sequence: 5 },
    },
    compiledOut: { reply: unsupported.compiledOut },
    predates: { reply: unsupported.predates },
  },
});
