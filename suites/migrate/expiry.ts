import { error, espSa, migrateEntry, ok, policyFor, type Sa } from '../../src/case/index.ts';
import { expired, limitsOfTime, limitsOfTraffic, longUsed } from '../events.ts';
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
