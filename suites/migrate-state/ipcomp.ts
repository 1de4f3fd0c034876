import {
  type CaseContext,
  compSa,
  espInUdp,
  hosts,
  type Needs,
  ok,
  type Sa,
  type StateChange,
} from '../../src/case/index.ts';
import { helpersAt, mark, tunnelsOfInterfaces } from '../ipcomp.ts';
import { einval, migrated } from './expect.ts';
import { migrate, watch } from './migration.ts';
import { migrateStateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateStateTopic('ipcomp', 'IPComp and the IP-in-IP SA beneath it');
export default topic;

const needs = { kconfig: ['INET_IPCOMP', 'CRYPTO_DEFLATE'] };
const needs6 = { kconfig: ['INET6_IPCOMP', 'CRYPTO_DEFLATE'] };

testCase('transport', {
  summary: 'An IPComp transport SA moves like any other.',
  requirements: ['MS-NEW-DADDR', 'MS-NEW-SADDR', 'MS-KEEPS'],
  needs,
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(compSa({ mode: 'transport' })), hosts.b),
  expect: { full: migrated(hosts.b) },
});

testCase('transport-ipv6', {
  summary: 'An IPComp transport SA moves like any other.',
  requirements: ['MS-NEW-DADDR', 'MS-NEW-SADDR', 'MS-KEEPS'],
  needs: needs6,
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(compSa({ mode: 'transport', ...hosts.a6 })), hosts.b6),
  expect: { full: migrated(hosts.b6) },
});

/** Addresses of the IP-in-IP SAs: uncompressed packets of the tunnel are received by them. */
function helpers({ xfrm }: Pick<CaseContext, 'xfrm'>) {
  return xfrm
    .dumpSas()
    .filter(({ proto }) => proto === 'ipip' || proto === 'ipv6')
    .map(({ src, dst }) => ({ src, dst }));
}

const tunnels: readonly [string, Sa, StateChange, { src: string; dst: string }][] = [
  ['tunnel', compSa(), hosts.b, hosts.b],
  ['tunnel-daddr', compSa(), { dst: hosts.b.dst }, { ...hosts.a, dst: hosts.b.dst }],
];

for (const [name, sa, to, expected] of tunnels) {
  testCase(name, {
    summary: 'An IPComp tunnel takes its IP-in-IP SA along: there is one at the new addresses.',
    requirements: ['MS-NEW-DADDR', 'MS-KEEPS'],
    needs,
    run({ xfrm }) {
      const {
        reply,
        old,
        new: now,
        databases,
        policies,
        heard,
      } = migrate({ xfrm }, xfrm.addSa(sa), to);
      const there = helpers({ xfrm }).some(
        ({ src, dst }) => src === expected.src && dst === expected.dst,
      );
      return { reply, old, new: now, databases, policies, others: 'unchanged', heard, there };
    },
    expect: {
      full: { ...migrated(to as { src: string; dst: string }), there: true },
    },
  });
}

for (const [name, { sa, to, needs, like }] of Object.entries(tunnelsOfInterfaces)) {
  testCase(name, {
    summary: 'The IP-in-IP SA has interface, mark, selector and flags of the tunnel.',
    requirements: ['MS-NEW-DADDR', 'MS-KEEPS'],
    needs,
    run({ xfrm }) {
      xfrm.addSa(sa);
      const before = helpersAt({ xfrm }, sa);
      const reply = xfrm.migrateState(sa, to);
      return reply.errno === 'OK' ? { reply, before, after: helpersAt({ xfrm }, to) } : { reply };
    },
    expect: { full: { reply: ok(null), before: [like], after: [like] }, ...replyAlone },
  });
}

testCase('tunnel-shared', {
  summary: 'Two IPComp tunnels share one IP-in-IP SA: it stays where the other tunnel stays.',
  requirements: ['MS-ONE-SA', 'MS-NEW-DADDR'],
  needs,
  run({ xfrm }) {
    const stays = xfrm.addSa(compSa({ spi: 0x1001 }));
    const moves = xfrm.addSa(compSa());
    const { reply, old, new: now, databases, policies, heard } = migrate({ xfrm }, moves, hosts.b);
    const places = helpers({ xfrm });
    return {
      reply,
      old,
      new: now,
      databases,
      policies,
      others: 'unchanged',
      heard,
      stays: xfrm.getSa(stays),
      places: [hosts.a, hosts.b].map(({ dst }) => places.some((place) => place.dst === dst)),
    };
  },
  expect: {
    full: {
      ...migrated(hosts.b),
      stays: { dst: hosts.a.dst, spi: 0x1001 },
      places: [true, true],
    },
  },
});

const shares: readonly [string, Sa, Pick<Sa, 'src' | 'dst'>, Needs][] = [
  ['tunnel-joins', compSa(), hosts.b, needs],
  ['tunnel-joins-marked', compSa({ mark }), hosts.b, needs],
  ['tunnel-joins-ipv6', compSa({ ...hosts.a6, mark }), hosts.b6, needs6],
];

for (const [name, sa, to, needs] of shares) {
  testCase(name, {
    summary:
      'A tunnel comes to where another one has its IP-in-IP SA, which is like its own: they share it.',
    requirements: ['MS-NEW-DADDR', 'MS-ONE-SA', 'MS-OLD-GONE'],
    needs,
    run({ xfrm }) {
      xfrm.addSa(sa);
      xfrm.addSa({ ...sa, ...to, spi: 0x1001 });
      const reply = xfrm.migrateState(sa, to);
      if (reply.errno !== 'OK') return { reply };
      return { reply, left: helpersAt({ xfrm }, sa).length, there: helpersAt({ xfrm }, to).length };
    },
    expect: { full: { reply: ok(null), left: 0, there: 1 }, ...replyAlone },
  });
}

/** Asks to migrate the IP-in-IP SA itself, which can be seen and named like any other. */
function migrateHelper({ xfrm }: Pick<CaseContext, 'xfrm'>, change: StateChange) {
  xfrm.addSa(compSa());
  const helper = xfrm.dumpSas().find(({ proto }) => proto === 'ipip');
  const sa = compSa({ proto: 'ipip', spi: helper?.spi ?? 0, reqid: 0 });
  return watch({ xfrm }, { was: sa }, () => xfrm.migrateState(sa, change));
}

testCase('helper-to-ipv6-refused', {
  summary: 'There is no IPv4-in-IP SA over IPv6.',
  requirements: ['MS-NEW-FAMILY', 'MS-ERROR-INTACT'],
  needs,
  run: (context) => migrateHelper(context, { ...hosts.b6, family: 'AF_INET6' }),
  expect: { full: einval('Requested type not found') },
});

testCase('helper-encapsulated-refused', {
  summary: 'An IP-in-IP SA cannot be encapsulated.',
  requirements: ['MS-ENCAP-PROTOCOL', 'MS-ERROR-INTACT'],
  needs,
  run: (context) => migrateHelper(context, { encap: espInUdp() }),
  expect: { full: einval('IPv4 tunnel is not compatible with encapsulation') },
});
