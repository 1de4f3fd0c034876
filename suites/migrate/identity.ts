import {
  ahSa,
  type CaseContext,
  espSa,
  hosts,
  migrateEntry,
  type Policy,
  policyFor,
  type Sa,
  type SaView,
  type UserMigrate,
} from '../../src/case/index.ts';
import { enodata, moved, notified, outPolicy, refused, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic(
  'identity',
  'Which SA an entry is for, and which is in its way',
);
export default topic;

/** Installs the others and the SA, the SA first or last, and migrates it with its policy. */
function moveAmong(
  context: CaseContext,
  sa: Sa,
  others: readonly Sa[],
  {
    first = true,
    policy = {},
    entry = {},
  }: { first?: boolean; policy?: Partial<Policy>; entry?: Partial<UserMigrate> } = {},
) {
  for (const each of first ? [sa, ...others] : [...others, sa]) context.xfrm.addSa(each);
  const asked = context.xfrm.addPolicy(policyFor([sa], policy));
  const entries = [migrateEntry(sa, hosts.b, entry)];
  return migratePolicy(context, asked, entries, { sa: { sa, to: hosts.b } });
}

const neighbours: Readonly<Record<string, Sa>> = {
  reqid: espSa({ spi: 0x2000, reqid: 2 }),
  // SAs are looked for by a hash: these two share the bucket of reqid 1, the others do not.
  'reqid-9': espSa({ spi: 0x2000, reqid: 9 }),
  'reqid-17': espSa({ spi: 0x2000, reqid: 17 }),
  'reqid-zero': espSa({ spi: 0x2000, reqid: 0 }),
  'reqid-in-16-bits': espSa({ spi: 0x2000, reqid: 0x1_0001 }),
  protocol: ahSa({ spi: 0x2000, mode: 'tunnel' }),
  mode: espSa({ spi: 0x2000, mode: 'transport' }),
  daddr: espSa({ src: hosts.a.src, dst: hosts.c.dst }),
  saddr: espSa({ spi: 0x2000, src: hosts.c.src, dst: hosts.a.dst }),
  // The same bucket, too.
  'near-daddr': espSa({ spi: 0x2000, src: hosts.a.src, dst: '192.0.2.10' }),
  'near-saddr': espSa({ spi: 0x2000, src: '192.0.2.9', dst: hosts.a.dst }),
  'opposite-direction': espSa({ spi: 0x2000, src: hosts.a.dst, dst: hosts.a.src }),
};

for (const [name, neighbour] of Object.entries(neighbours)) {
  for (const first of [true, false]) {
    testCase(`other-${name}-${first ? 'newer' : 'older'}`, {
      summary: 'An SA that differs in one thing by which entries name them is left alone.',
      requirements: ['M-MATCH-REQID', 'M-MATCH-MODE', 'M-MATCH-ADDRESSES'],
      run: (context) => moveAmong(context, espSa(), [neighbour], { first }),
      expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
    });
  }
}

// Reqid 0 is looked up by another table, with the same conditions.
const anyReqid = { reqid: 0 };
for (const name of [
  'protocol',
  'mode',
  'daddr',
  'saddr',
  'near-daddr',
  'near-saddr',
  'opposite-direction',
] as const) {
  for (const first of [true, false]) {
    testCase(`any-reqid-other-${name}-${first ? 'newer' : 'older'}`, {
      summary: 'An entry with reqid 0 leaves an SA alone that differs in anything else, too.',
      requirements: ['M-MATCH-REQID', 'M-MATCH-MODE', 'M-MATCH-ADDRESSES'],
      run: (context) =>
        moveAmong(context, espSa(), [neighbours[name]!], { first, entry: anyReqid }),
      expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
    });
  }
}

/** Addresses that differ from those of hosts.a6 in the last byte, and share their buckets of the hash. */
const near6 = { saddr: '2001:db8:a::7e', daddr: '2001:db8:a::2c' };
const neighbours6: Readonly<Record<string, Sa>> = {
  'ipv6-daddr': espSa({ spi: 0x2000, src: hosts.a6.src, dst: near6.daddr }),
  'ipv6-saddr': espSa({ spi: 0x2000, src: near6.saddr, dst: hosts.a6.dst }),
};

for (const [name, neighbour] of Object.entries(neighbours6)) {
  for (const first of [true, false]) {
    testCase(`other-${name}-${first ? 'newer' : 'older'}`, {
      summary: 'An SA whose IPv6 address differs in its last byte alone is left alone.',
      requirements: ['M-MATCH-ADDRESSES'],
      run: (context) => moveAmong(context, espSa(hosts.a6), [neighbour], { first }),
      expect: { full: moved({ sa: { ...hosts.b, family: 'AF_INET' } }, [shown(hosts.b)]) },
    });

    testCase(`any-reqid-other-${name}-${first ? 'newer' : 'older'}`, {
      summary: 'The same for an entry with reqid 0.',
      requirements: ['M-MATCH-ADDRESSES', 'M-MATCH-REQID'],
      run: (context) =>
        moveAmong(context, espSa(hosts.a6), [neighbour], { first, entry: anyReqid }),
      expect: { full: moved({ sa: { ...hosts.b, family: 'AF_INET' } }, [shown(hosts.b)]) },
    });
  }
}

/** Whole 32-bit numbers, of which the lower half is that of the neighbour's. */
const [wide, narrow] = [0x1_0007, 7];

for (const first of [true, false]) {
  testCase(`wide-reqid-${first ? 'newer' : 'older'}`, {
    summary: 'A reqid has 32 bits: an SA with the lower 16 of them is left alone.',
    requirements: ['M-MATCH-REQID', 'M-NOTIFY-ENTRIES'],
    run: (context) =>
      moveAmong(context, espSa({ reqid: wide }), [espSa({ spi: 0x2000, reqid: narrow })], {
        first,
      }),
    expect: {
      full: moved({ sa: hosts.b }, [shown(hosts.b, { reqid: wide })], {
        heard: [{ ...notified, attributes: { XFRMA_MIGRATE: [{ reqid: wide }] } }],
      }),
    },
  });

  testCase(`wide-if-id-${first ? 'newer' : 'older'}`, {
    summary: 'An if_id has 32 bits: an SA with the lower 16 of them is left alone.',
    requirements: ['M-IF-ID'],
    run: (context) =>
      moveAmong(context, espSa({ ifId: wide }), [espSa({ spi: 0x2000, ifId: narrow })], {
        first,
        policy: { ifId: wide },
      }),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [`${outPolicy} if_id ${wide}`]: [shown(hosts.b)] },
      }),
    },
  });
}

for (const first of [true, false]) {
  testCase(`any-reqid-other-if-id-${first ? 'newer' : 'older'}`, {
    summary: 'With reqid 0 and XFRMA_IF_ID the SA of another interface is left alone.',
    requirements: ['M-IF-ID', 'M-MATCH-REQID'],
    run: (context) =>
      moveAmong(context, espSa({ ifId: 7 }), [espSa({ spi: 0x2000, ifId: 8 })], {
        first,
        policy: { ifId: 7 },
        entry: anyReqid,
      }),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [`${outPolicy} if_id 7`]: [shown(hosts.b)] },
      }),
    },
  });
}

for (const first of [true, false]) {
  testCase(`other-if-id-${first ? 'newer' : 'older'}`, {
    summary: 'With XFRMA_IF_ID the SA of another interface is left alone.',
    requirements: ['M-IF-ID'],
    run: (context) =>
      moveAmong(context, espSa({ ifId: 7 }), [espSa({ spi: 0x2000, ifId: 8 })], {
        first,
        policy: { ifId: 7 },
      }),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [`${outPolicy} if_id 7`]: [shown(hosts.b)] },
      }),
    },
  });

  testCase(`no-if-id-${first ? 'newer' : 'older'}`, {
    summary: 'With XFRMA_IF_ID an SA of no interface is left alone.',
    requirements: ['M-IF-ID'],
    run: (context) =>
      moveAmong(context, espSa({ ifId: 7 }), [espSa({ spi: 0x2000 })], {
        first,
        policy: { ifId: 7 },
      }),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [`${outPolicy} if_id 7`]: [shown(hosts.b)] },
      }),
    },
  });
}

testCase('sa-of-another-if-id', {
  summary:
    'A policy can move when there is no SA of its interface; another interface keeps its SA.',
  requirements: ['M-IF-ID', 'M-SA-OPTIONAL'],
  run(context) {
    const sa = context.xfrm.addSa(espSa({ ifId: 8 }));
    const asked = context.xfrm.addPolicy(policyFor([sa], { ifId: 7 }));
    return migratePolicy(context, asked, [migrateEntry(sa, hosts.b)], {});
  },
  expect: {
    full: moved({}, 'unchanged', {
      policies: { [`${outPolicy} if_id 7`]: [shown(hosts.b)] },
    }),
  },
});

/** How many of these SAs are at the old and at the new addresses. */
function places(sas: readonly SaView[]) {
  return [hosts.a, hosts.b].map(({ dst }) => sas.filter((sa) => sa.dst === dst).length);
}

const alike: Readonly<Record<string, { sas: readonly [Sa, Sa]; reqid?: number }>> = {
  spi: { sas: [espSa({ spi: 0x1001 }), espSa({ spi: 0x1002 })] },
  mark: {
    sas: [espSa({ mark: { v: 1, m: 0xff } }), espSa({ mark: { v: 2, m: 0xff } })],
  },
  'reqid-asked-for-any': {
    sas: [espSa({ spi: 0x1001, reqid: 1 }), espSa({ spi: 0x1002, reqid: 2 })],
    reqid: 0,
  },
};

for (const [name, { sas, reqid }] of Object.entries(alike)) {
  testCase(`alike-but-${name}`, {
    summary: 'Of several SAs that fit an entry one moves, and the others stay as they are.',
    requirements: ['M-ONE-SA'],
    run(context) {
      const [sa, other] = sas;
      context.xfrm.addSa(sa);
      context.xfrm.addSa(other);
      const policy = context.xfrm.addPolicy(policyFor([sa]));
      const entry = migrateEntry(sa, hosts.b, reqid === undefined ? {} : { reqid });
      const seen = migratePolicy(context, policy, [entry], {});
      return { ...seen, places: places(context.xfrm.dumpSas()) };
    },
    expect: {
      full: { ...moved({}, [shown(hosts.b)]), others: {}, places: [1, 1] },
    },
  });
}

for (const first of [true, false]) {
  testCase(`larval-${first ? 'newer' : 'older'}`, {
    summary:
      'A larval SA, whose keys are still being negotiated, does not stand in for the one in use.',
    requirements: ['M-LARVAL'],
    run(context) {
      const sa = espSa();
      const larval = () => context.xfrm.allocSpi(espSa({ spi: 0 }), 0x3000);
      if (!first) larval();
      context.xfrm.addSa(sa);
      if (first) larval();
      const policy = context.xfrm.addPolicy(policyFor([sa]));
      const moves = { sa: { sa, to: hosts.b } };
      return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves);
    },
    expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
  });
}

const notInTheWay: Readonly<Record<string, Sa>> = {
  spi: espSa({ ...hosts.b, spi: 0x2000 }),
  mark: espSa({ ...hosts.b, mark: { v: 5, m: 0xff } }),
  daddr: espSa({ src: hosts.b.src, dst: hosts.c.dst }),
};

for (const [name, other] of Object.entries(notInTheWay)) {
  testCase(`not-taken-by-other-${name}`, {
    summary: 'An SA of another SPI, mark or destination does not take the place.',
    requirements: ['M-TAKEN'],
    run: (context) => moveAmong(context, espSa(), [other]),
    expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
  });
}

const inTheWay: Readonly<Record<string, Sa>> = {
  saddr: espSa({ src: hosts.c.src, dst: hosts.b.dst }),
  mode: espSa({ ...hosts.b, mode: 'transport' }),
  reqid: espSa({ ...hosts.b, reqid: 2 }),
  'if-id': espSa({ ...hosts.b, ifId: 8 }),
};

for (const [name, other] of Object.entries(inTheWay)) {
  testCase(`taken-whatever-the-${name}`, {
    summary: 'An SA of the same SPI, protocol and destination is in the way, whatever else it has.',
    requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
    run: (context) => moveAmong(context, espSa(), [other]),
    expect: { full: refused(enodata('Failed to add migrated state')) },
  });
}

testCase('taken-by-larval', {
  summary: 'A larval SA has its SPI and is in the way.',
  requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
  run(context) {
    context.xfrm.allocSpi(espSa({ ...hosts.b, spi: 0, reqid: 9 }), 0x1000);
    return moveAmong(context, espSa(), []);
  },
  expect: { full: refused(enodata('Failed to add migrated state')) },
});

testCase('taken-marked', {
  summary: 'An SA with the same mark is in the way of one with a mark.',
  requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
  run: (context) =>
    moveAmong(context, espSa({ mark: { v: 5, m: 0xff } }), [
      espSa({ ...hosts.b, mark: { v: 5, m: 0xff }, reqid: 9 }),
    ]),
  expect: { full: refused(enodata('Failed to add migrated state')) },
});
