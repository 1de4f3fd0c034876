import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateStateRequest,
  ok,
  type Reply,
} from '../../src/case/index.ts';
import { migrated, notified } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic(
  'listeners',
  'Several listeners, and those that do not keep up',
);
export default topic;

testCase('all-hear-the-same', {
  summary: 'Every listener of the group hears the same message, once.',
  requirements: ['MS-NOTIFY'],
  run(context) {
    const listeners = [1, 2, 3].map(() => context.addListener());
    const migration = migrate(context, context.xfrm.addSa(espSa()), hosts.b);
    const heard = listeners.map((listener) => listener.read().messages);
    return {
      ...migration,
      counts: heard.map(({ length }) => length),
      same: heard.every(([message]) => message === heard[0]?.[0]),
      // nlmsg_flags, after the length and the type: no NLM_F_MULTI, which would promise more to come.
      flags: heard[0]?.[0]?.slice(12, 16) ?? null,
    };
  },
  expect: {
    full: { ...migrated(hosts.b), counts: [1, 1, 1], same: true, flags: '0000' },
  },
});

testCase('refusal-is-silent-for-all', {
  summary: 'A refused request is told to nobody, however many listen.',
  requirements: ['MS-NOTIFY', 'MS-ERROR-INTACT'],
  run(context) {
    const listeners = [1, 2].map(() => context.addListener());
    const migration = migrate(context, context.xfrm.addSa(espSa()), { ...hosts.b, id: { spi: 9 } });
    return { ...migration, counts: listeners.map((each) => each.read().messages.length) };
  },
  expect: {
    full: { reply: error('ESRCH', 'Can not find state'), old: 'unchanged', counts: [0, 0] },
  },
});

for (const [name, named] of [
  ['requester-listens', false],
  ['requester-listens-named', true],
] as const) {
  testCase(name, {
    summary:
      'Who asks and listens hears the message before the acknowledgement, like anybody else.',
    requirements: ['MS-NOTIFY', 'MS-NOTIFY-SEQ', 'MS-ACK'],
    run(context) {
      const sa = context.xfrm.addSa(espSa());
      const asking = context.addListener();
      // Libraries name the sender in nlmsg_pid.
      const portid = named ? asking.portid : 0;
      const reply = asking.xfrm.send({ ...migrateStateRequest(sa, hosts.b), portid });
      const heard = context.xfrm.notifications('XFRMNLGRP_MIGRATE');
      return { reply, order: asking.order(), heard };
    },
    expect: {
      full: { reply: ok(null), order: ['XFRM_MSG_MIGRATE_STATE', 'ACK'], heard: [notified] },
      // A listener has not asked for extended acknowledgements.
      compiledOut: { reply: error('ENOPROTOOPT', null), order: ['error'], heard: [] },
      predates: { reply: error('EINVAL', null), order: ['error'], heard: [] },
    },
  });
}

/** More messages than the least receive buffer holds. */
const many = Array.from({ length: 16 }, (_, i) => espSa({ spi: 0x1000 + i }));

interface Overflow {
  /** The first, which finds room. */
  reply: Reply;
  replies: readonly string[];
  /** Whether the listener that does not read was told that it has lost messages. */
  lost: boolean;
  /** How many SAs have moved. */
  moved: number;
}

function overflow(context: CaseContext, prepare: () => void = () => {}): Overflow {
  for (const sa of many) context.xfrm.addSa(sa);
  context.xfrm.skipNotifications();
  prepare();
  const slow = context.addListener(1);
  const replies = many.map((sa) => context.xfrm.migrateState(sa, hosts.b));
  return {
    reply: replies[0]!,
    replies: [...new Set(replies.map(textOf))],
    lost: slow.read().lost,
    moved: context.xfrm.dumpSas().filter(({ dst }) => dst === hosts.b.dst).length,
  };
}

function textOf({ errno, extack }: Reply): string {
  return [errno, extack?.message].filter(Boolean).join(': ');
}

const refused = {
  compiledOut: {
    reply: unsupported.compiledOut,
    replies: ['ENOPROTOOPT: XFRM_MSG_MIGRATE_STATE is not supported'],
  },
  predates: { reply: unsupported.predates, replies: ['EINVAL'] },
} as const;
const nothing = { lost: false, moved: 0 };

testCase('slow-beside-fast', {
  summary:
    'A listener that does not keep up is told so; requests and other listeners notice nothing.',
  requirements: ['MS-NOTIFY', 'MS-NOTIFY-FAILED'],
  run(context) {
    const seen = overflow(context);
    return { ...seen, heard: context.xfrm.notifications('XFRMNLGRP_MIGRATE').length };
  },
  expect: {
    full: { reply: ok(null), replies: ['OK'], lost: true, moved: many.length, heard: many.length },
    compiledOut: { ...refused.compiledOut, ...nothing, heard: 0 },
    predates: { ...refused.predates, ...nothing, heard: 0 },
  },
});

testCase('slow-alone', {
  summary: 'Where the only listener does not keep up the SAs move all the same, with a warning.',
  requirements: ['MS-NOTIFY-FAILED'],
  run: (context) => overflow(context, () => context.stopListening()),
  expect: {
    full: {
      reply: ok(null),
      replies: ['OK', 'OK: Failed to send migration notification'],
      lost: true,
      moved: many.length,
    },
    compiledOut: { ...refused.compiledOut, ...nothing },
    predates: { ...refused.predates, ...nothing },
  },
});

testCase('of-other-namespace', {
  summary: 'However many listen in other namespaces, they hear nothing and do not count.',
  requirements: ['MS-NOTIFY-NETNS', 'MS-NOTIFY-FAILED'],
  run(context) {
    const peer = context.addPeer();
    peer.xfrm.addSa(espSa());
    context.stopListening();
    const sa = context.xfrm.addSa(espSa());
    const reply = context.xfrm.migrateState(sa, hosts.b);
    return { reply, there: peer.xfrm.notifications('XFRMNLGRP_MIGRATE'), sas: peer.xfrm.dumpSas() };
  },
  expect: {
    full: {
      reply: ok('Failed to send migration notification'),
      there: [],
      sas: [{ dst: hosts.a.dst }],
    },
    compiledOut: { reply: unsupported.compiledOut, there: [], sas: [{ dst: hosts.a.dst }] },
    predates: { reply: unsupported.predates, there: [], sas: [{ dst: hosts.a.dst }] },
  },
});

testCase('echo-flag', {
  summary:
    'With NLM_F_ECHO there is one message to the group all the same, and one acknowledgement.',
  requirements: ['MS-NOTIFY', 'MS-ACK'],
  run(context) {
    const [NLM_F_ECHO, sa] = [8, context.xfrm.addSa(espSa())];
    context.xfrm.skipNotifications();
    const reply = context.xfrm.send({ ...migrateStateRequest(sa, hosts.b), flags: NLM_F_ECHO });
    return {
      reply,
      heard: context.xfrm.notifications(),
      new: context.xfrm.getSa({ ...sa, ...hosts.b }),
    };
  },
  expect: {
    full: { reply: ok(null), heard: [notified], new: hosts.b },
    compiledOut: { reply: unsupported.compiledOut, heard: [] },
    predates: { reply: unsupported.predates, heard: [] },
  },
});
