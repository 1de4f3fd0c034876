import { espSa, hosts, ok, policyFor, type Sa } from '../../src/case/index.ts';
import { expired, limitsOfTime, limitsOfTraffic, longUsed, soon, soonTold } from '../events.ts';
import { inner } from '../inner.ts';
import { migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { sendAround, ways } from './send-around.ts';
import { migrateStateTopic, replyAlone, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('expiry', 'Lifetimes that end after a migration');
export default topic;

const added = { type: 'espinudp', sport: 4500, dport: 4500, oa: '0.0.0.0' };

/** SAs that have outlived a limit, each another and migrated in another way. */
const aging = Object.values(ways).flatMap((change, way) =>
  limitsOfTime.map(([kind, limit], i) => {
    const sa = espSa({ spi: 0x1000 + 16 * way + i, lifetime: { [limit]: 60 } });
    const { dst }: Sa = { ...sa, ...change };
    return { sa, change, kind, dst, told: `${kind} 0x${sa.spi.toString(16)} at ${dst}` };
  }),
);

testCase('by-time', {
  summary: 'A migrated SA reaches its limits of time: it is told, and the hard ones end it.',
  requirements: ['MS-EXPIRY', 'MS-KEEPS'],
  run(context) {
    const { xfrm } = context;
    context.listenTo('XFRMNLGRP_EXPIRE');
    // One after the other: none is where it was for a second.
    const replies = aging.map(({ sa, change }) => {
      xfrm.addSa(sa);
      xfrm.setReplay(sa, longUsed);
      return xfrm.migrateState(sa, change);
    });
    if (replies.some(({ errno }) => errno !== 'OK')) return { replies };
    const heard = xfrm.awaitNotifications('XFRMNLGRP_EXPIRE', aging.length);
    return {
      replies,
      heard: heard.map(expired).sort(),
      left: xfrm.dumpSas().map(({ spi, dst }) => ({ spi, dst })),
    };
  },
  expect: {
    full: {
      replies: aging.map(() => ok(null)),
      heard: aging.map(({ told }) => told).sort(),
      left: aging
        .filter(({ kind }) => kind === 'soft')
        .map(({ sa: { spi }, dst }) => ({ spi, dst })),
    },
    compiledOut: { replies: aging.map(() => unsupported.compiledOut) },
    predates: { replies: aging.map(() => unsupported.predates) },
  },
});

for (const [name, lifetime] of Object.entries(limitsOfTraffic)) {
  for (const [way, change] of Object.entries(ways)) {
    const sa = espSa({ lifetime });
    const { dst }: Sa = { ...sa, ...change };
    const soft = name.startsWith('soft');
    testCase(`${name}-${way}`, {
      summary: 'A migrated SA reaches its limits of traffic: what it did before counts.',
      requirements: ['MS-EXPIRY', 'MS-KEEPS'],
      run(context) {
        const group = 'XFRMNLGRP_EXPIRE';
        const seen = sendAround(context, sa, change, { group, packets: [3, 4], show: expired });
        return { ...seen, left: 'spi' in context.xfrm.getSa({ ...sa, dst }) };
      },
      expect: {
        full: {
          reply: ok(null),
          early: [],
          heard: [`${soft ? 'soft' : 'hard'} 0x1000 at ${dst}`],
          left: soft,
        },
        ...replyAlone,
      },
    });
  }
}

for (const [way, change] of Object.entries(ways)) {
  testCase(`soft-before-${way}`, {
    summary: 'An SA whose soft limit was reached before moves like any other: it is in use.',
    requirements: ['MS-EXPIRY', 'MS-KEEPS', 'MS-LOOKUP'],
    run(context) {
      const { xfrm } = context;
      context.listenTo('XFRMNLGRP_EXPIRE');
      context.addLink('dummy0', 'dummy', ['192.0.2.1/24']);
      const sa = xfrm.addSa(espSa({ lifetime: { soft_packet_limit: 1 } }));
      xfrm.addPolicy(policyFor([sa], { selector: inner }));
      const sender = context.addSender(inner.daddr, 4000);
      for (let i = 0; i < 2; i++) sender.send();
      const told = xfrm.awaitNotifications('XFRMNLGRP_EXPIRE').map(expired);
      const seen = migrate({ xfrm }, sa, change);
      return { ...seen, told };
    },
    expect: {
      full: migrated(way === 'moved' ? hosts.b : { encap: added }, {
        told: [`soft 0x1000 at ${hosts.a.dst}`],
      }),
    },
  });
}

testCase('soft-then-hard', {
  summary:
    'Of a migrated SA the soft limit of time is told first, and the hard one when it is reached.',
  requirements: ['MS-EXPIRY', 'MS-KEEPS'],
  run(context) {
    const { xfrm } = context;
    context.listenTo('XFRMNLGRP_EXPIRE');
    const reply = xfrm.migrateState(xfrm.addSa(espSa({ lifetime: soon })), hosts.b);
    if (reply.errno !== 'OK') return { reply };
    const heard = xfrm.awaitNotifications('XFRMNLGRP_EXPIRE', 2).map(expired);
    return { reply, heard, left: xfrm.dumpSas().length };
  },
  expect: { full: { reply: ok(null), heard: soonTold(hosts.b), left: 0 }, ...replyAlone },
});
