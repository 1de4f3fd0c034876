import {
  type CaseContext,
  encapTemplate,
  error,
  hosts,
  migrateEntry,
  ok,
  type Reply,
} from '../../src/case/index.ts';
import { alike, done, type End, halfSent, type Journey, journeys, Tunnel } from '../end-to-end.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('end-to-end', 'What one end sends, the other receives');
export default topic;

/** Migrates the policy of an end with its SA. */
function move(end: End, to: Journey['to']): Reply {
  const moved = { ...end.sa, ...to };
  const attributes = moved.encap ? { XFRMA_ENCAP: encapTemplate(moved.encap) } : {};
  const reply = end.xfrm.migrate(end.policy, [migrateEntry(end.sa, moved)], { attributes });
  if (reply.errno === 'OK') end.sa = moved;
  return reply;
}

function cross(context: CaseContext, journey: Journey) {
  const tunnel = new Tunnel(context, journey);
  const before = tunnel.deliver(2);
  const reply = move(tunnel.there, journey.to);
  if (reply.errno !== 'OK') return { before, reply };
  const here = move(tunnel.here, journey.to);
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

for (const [name, journey] of Object.entries(journeys)) {
  const whole = { packets: 4, sequence: 4 };
  testCase(name, {
    summary: 'Datagrams come through before both ends migrate and afterwards.',
    requirements: ['M-DELIVERS', 'M-MOVE', 'M-KEEPS'],
    needs: journey.needs ?? {},
    run: (context) => cross(context, journey),
    expect: {
      full: { before: 2, reply: ok(null), here: ok(null), after: 2, sent: whole, taken: whole },
      compiledOut: { before: 2, reply: unsupported },
      predates: { before: 2, reply: error('EINVAL', null) },
    },
  });
}

testCase('replayed', {
  summary: 'What was taken before the migration is not taken again.',
  requirements: ['M-DELIVERS', 'M-KEEPS'],
  run(context) {
    const tunnel = new Tunnel(context, alike());
    const before = tunnel.deliver(3);
    const reply = move(tunnel.there, hosts.b);
    if (reply.errno !== 'OK') return { before, reply };
    const here = move(tunnel.here, hosts.b);
    const after = tunnel.replay(3);
    return { before, reply, here, after, taken: done(tunnel.peer.xfrm.getSa(tunnel.there.sa)) };
  },
  expect: {
    full: {
      before: 3,
      reply: ok(null),
      here: ok(null),
      after: 1,
      taken: { packets: 4, sequence: 4 },
    },
    compiledOut: { before: 3, reply: unsupported },
    predates: { before: 3, reply: error('EINVAL', null) },
  },
});

testCase('half-received', {
  summary: 'Half a datagram that has come before the migration is no hindrance to those after it.',
  requirements: ['M-DELIVERS'],
  needs: halfSent.needs ?? {},
  run(context) {
    const tunnel = new Tunnel(context, halfSent);
    tunnel.sendHalf();
    const before = done(tunnel.peer.xfrm.getSa(tunnel.there.sa));
    const reply = move(tunnel.there, hosts.b);
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
    compiledOut: { reply: unsupported },
    predates: { reply: error('EINVAL', null) },
  },
});
