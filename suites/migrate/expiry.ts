import { error, espSa, hosts, migrateEntry, ok, policyFor, type Sa } from '../../src/case/index.ts';
import { expired, limitsOfTime, limitsOfTraffic, longUsed, soon, soonTold } from '../events.ts';
import { inner } from '../inner.ts';
import { sendAround, ways } from './send-around.ts';
import { migrateTopic, replyAlone, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('expiry', 'Lifetimes that end after a migration');
export default topic;

/** SAs that have outlived a limit, each another and migrated in another way. */
const aging = Object.values(ways).flatMap((to, way) =>
  limitsOfTime.map(([kind, limit], i) => {
    const number = 16 * way + i;
    const sa = espSa({ spi: 0x1000 + number, reqid: 1 + number, lifetime: { [limit]: 60 } });
    const selector = { daddr: `10.2.${number}.0`, prefixlen_d: 24 };
    const told = `${kind} 0x${sa.spi.toString(16)} at ${to.dst}`;
    return { sa, policy: policyFor([sa], { selector }), to, kind, told };
  }),
);

testCase('by-time', {
  summary: 'A migrated SA reaches its limits of time: it is told, and the hard ones end it.',
  requirements: ['M-EXPIRY', 'M-KEEPS'],
  run(context) {
    const { xfrm } = context;
    context.listenTo('XFRMNLGRP_EXPIRE');
    // One after the other: none is where it was for a second.
    const replies = aging.map(({ sa, policy, to }) => {
      xfrm.addSa(sa);
      xfrm.setReplay(sa, longUsed);
      return xfrm.migrate(xfrm.addPolicy(policy), [migrateEntry(sa, to)]);
    });
    if (replies.some(({ errno }) => errno !== 'OK')) return { replies };
    const heard = xfrm.awaitNotifications('XFRMNLGRP_EXPIRE', aging.length);
    return {
      replies,
      heard: heard.map(expired).sort(),
      left: xfrm.dumpSas().map(({ spi, src, dst }) => ({ spi, src, dst })),
    };
  },
  expect: {
    full: {
      replies: aging.map(() => ok(null)),
      heard: aging.map(({ told }) => told).sort(),
      left: aging
        .filter(({ kind }) => kind === 'soft')
        .map(({ sa: { spi }, to }) => ({ spi, ...to })),
    },
    compiledOut: { replies: aging.map(() => unsupported) },
    predates: { replies: aging.map(() => error('EINVAL', null)) },
  },
});

for (const [name, lifetime] of Object.entries(limitsOfTraffic)) {
  for (const [way, to] of Object.entries(ways)) {
    const soft = name.startsWith('soft');
    testCase(`${name}-${way}`, {
      summary: 'A migrated SA reaches its limits of traffic: what it did before counts.',
      requirements: ['M-EXPIRY', 'M-KEEPS'],
      run(context) {
        const sa: Sa = espSa({ lifetime });
        const group = 'XFRMNLGRP_EXPIRE';
        const seen = sendAround(context, sa, to, { group, packets: [3, 4], show: expired });
        return { ...seen, left: 'spi' in context.xfrm.getSa({ ...sa, ...to }) };
      },
      expect: {
        full: {
          reply: ok(null),
          early: [],
          heard: [`${soft ? 'soft' : 'hard'} 0x1000 at ${to.dst}`],
          left: soft,
        },
        ...replyAlone,
      },
    });
  }
}

for (const [name, reqid] of [
  ['soft-before', 1],
  ['soft-before-any-reqid', 0],
] as const) {
  testCase(name, {
    summary: 'An SA whose soft limit was reached before moves like any other: it is in use.',
    requirements: ['M-MOVE', 'M-EXPIRY'],
    run(context) {
      const { xfrm } = context;
      context.listenTo('XFRMNLGRP_EXPIRE');
      context.addLink('dummy0', 'dummy', ['192.0.2.1/24', '198.51.100.1/24']);
      const sa = xfrm.addSa(espSa({ lifetime: { soft_packet_limit: 1 } }));
      const policy = xfrm.addPolicy(policyFor([sa], { selector: inner }));
      const sender = context.addSender(inner.daddr, 4000);
      for (let i = 0; i < 2; i++) sender.send();
      const told = xfrm.awaitNotifications('XFRMNLGRP_EXPIRE').map(expired);
      const reply = xfrm.migrate(policy, [migrateEntry(sa, hosts.b, { reqid })]);
      const sent = sender.send();
      return { reply, told, old: xfrm.getSa(sa), new: xfrm.getSa({ ...sa, ...hosts.b }), sent };
    },
    expect: {
      full: {
        reply: ok(null),
        told: [`soft 0x1000 at ${hosts.a.dst}`],
        old: error('ESRCH'),
        new: { ...hosts.b, counted: { packets: 3 } },
        sent: 'OK',
      },
      ...replyAlone,
    },
  });
}

testCase('soft-then-hard', {
  summary:
    'Of a migrated SA the soft limit of time is told first, and the hard one when it is reached.',
  requirements: ['M-EXPIRY', 'M-KEEPS'],
  run(context) {
    const { xfrm } = context;
    context.listenTo('XFRMNLGRP_EXPIRE');
    const sa = xfrm.addSa(espSa({ lifetime: soon }));
    const reply = xfrm.migrate(xfrm.addPolicy(policyFor([sa])), [migrateEntry(sa, hosts.b)]);
    if (reply.errno !== 'OK') return { reply };
    const heard = xfrm.awaitNotifications('XFRMNLGRP_EXPIRE', 2).map(expired);
    return { reply, heard, left: xfrm.dumpSas().length };
  },
  expect: {
    full: { reply: ok(null), heard: soonTold(hosts.b), left: 0 },
    ...replyAlone,
  },
});
