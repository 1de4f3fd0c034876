import { error, espSa, migrateEntry, ok, policyFor, type Sa } from '../../src/case/index.ts';
import { expired } from '../events.ts';
import { sendAround, ways } from './send-around.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('expiry', 'Lifetimes that end after a migration');
export default topic;

/** SAs that have outlived a limit, each another and migrated in another way. */
const aging = Object.values(ways).flatMap((to, way) =>
  (
    [
      ['hard', 'hard_add_expires_seconds'],
      ['soft', 'soft_add_expires_seconds'],
      ['hard', 'hard_use_expires_seconds'],
      ['soft', 'soft_use_expires_seconds'],
    ] as const
  ).map(([kind, limit], i) => {
    const number = 16 * way + i;
    const sa = espSa({ spi: 0x1000 + number, reqid: 1 + number, lifetime: { [limit]: 60 } });
    const selector = { daddr: `10.2.${number}.0`, prefixlen_d: 24 };
    const told = `${kind} 0x${sa.spi.toString(16)} at ${to.dst}`;
    return { sa, policy: policyFor([sa], { selector }), to, kind, told };
  }),
);

/** The kernel looks at the limits of an SA a second after it came, so they are reached after it moved. */
const longUsed = { XFRMA_LTIME_VAL: { bytes: 1, packets: 1, add_time: 1000, use_time: 1000 } };

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

/** Reached by more than three packets of 60 bytes, and by less than seven. */
const limits = {
  'soft-packets': { soft_packet_limit: 5 },
  'hard-packets': { hard_packet_limit: 5 },
  'soft-bytes': { soft_byte_limit: 290 },
  'hard-bytes': { hard_byte_limit: 290 },
};

for (const [name, lifetime] of Object.entries(limits)) {
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
        compiledOut: { reply: unsupported },
        predates: { reply: error('EINVAL', null) },
      },
    });
  }
}
