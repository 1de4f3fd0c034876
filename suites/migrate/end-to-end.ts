import { encapTemplate, error, migrateEntry, ok, type Reply } from '../../src/case/index.ts';
import {
  cross,
  crossed,
  type End,
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
  takenOnce,
  type Way,
  wholeAfterHalf,
} from '../end-to-end.ts';
import { migrateTopic, replyAlone, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('end-to-end', 'What one end sends, the other receives');
export default topic;

/** Migrates the policy of an end with its SA. */
function move(end: End, to: Journey['to'], asks = end.xfrm): Reply {
  const moved = { ...end.sa, ...to };
  const attributes = moved.encap ? { XFRMA_ENCAP: encapTemplate(moved.encap) } : {};
  const reply = asks.migrate(end.policy, [migrateEntry(end.sa, moved)], { attributes });
  if (reply.errno === 'OK') end.sa = moved;
  return reply;
}

export const way: Way = {
  there: ({ there }, to, asks) => move(there, to, asks),
  here: ({ here }, to) => move(here, to),
};

for (const [name, journey] of Object.entries(journeys)) {
  testCase(name, {
    summary: 'Datagrams come through before both ends migrate and afterwards.',
    requirements: [
      'M-DELIVERS',
      'M-MOVE',
      'M-KEEPS',
      ...(journey.packets ? ['M-IPTFS-PKT-SIZE'] : []),
    ],
    needs: journey.needs ?? {},
    run: (context) => cross(context, journey, way),
    expect: {
      full: { ...crossed(journey), here: ok(null) },
      compiledOut: { before: 2, reply: unsupported },
      predates: { before: 2, reply: error('EINVAL', null) },
    },
  });
}

testCase('replayed', {
  summary: 'What was taken before the migration is not taken again.',
  requirements: ['M-DELIVERS', 'M-KEEPS'],
  run: (context) => sendTwice(context, way),
  expect: {
    full: { ...takenOnce, here: ok(null) },
    compiledOut: { before: 3, reply: unsupported },
    predates: { before: 3, reply: error('EINVAL', null) },
  },
});

testCase('half-received', {
  summary: 'Half a datagram that has come before the migration is no hindrance to those after it.',
  requirements: ['M-DELIVERS'],
  needs: halfSent.needs,
  run: (context) => sendHalf(context, way),
  expect: { full: wholeAfterHalf, ...replyAlone },
});

testCase('queued', {
  summary:
    'A datagram that waits in the queue of the SA is no hindrance to one after the migration.',
  requirements: ['M-DELIVERS'],
  needs: queueing.needs,
  run: (context) => sendQueued(context, way),
  expect: { full: { ...sentInSpiteOfQueue, here: ok(null) }, ...replyAlone },
});

for (const [name, { kind, summary }] of Object.entries(queues)) {
  testCase(`iptfs-queue-${name}`, {
    summary,
    requirements: ['M-DELIVERS', 'M-KEEPS'],
    needs: kind.needs,
    run: (context) => sendCongested(context, kind, way),
    expect: { full: { ...markedAsBefore, here: ok(null) }, ...replyAlone },
  });
}

testCase('out-of-order', {
  summary: 'Packets that come out of order after the migration are put in order.',
  requirements: ['M-DELIVERS'],
  needs: ordering.needs,
  run: (context) => sendOutOfOrder(context, way),
  expect: { full: { ...putIntoOrder, here: ok(null) }, ...replyAlone },
});
