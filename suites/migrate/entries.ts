import {
  ahSa,
  type CaseContext,
  encapTemplate,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hosts,
  includes,
  migrateEntry,
  migrateRequest,
  ok,
  oneOf,
  type Policy,
  policyFor,
  rawAttribute,
  type Sa,
  type SaView,
  type UserMigrate,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { einval, enodata, moved, outPolicy, refused, shown } from './expect.ts';
import { type Move, migratePolicy, watchPolicies } from './migration.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('entries', 'Several entries in one request');
export default topic;

/** SAs of six reqids between the same hosts, as one policy with six templates asks for. */
function six({ xfrm }: CaseContext, count = 6): { sas: readonly Sa[]; policy: Policy } {
  const sas = Array.from({ length: count }, (_, i) =>
    xfrm.addSa(espSa({ spi: 0x1000 + i, reqid: 1 + i })),
  );
  return { sas, policy: xfrm.addPolicy(policyFor(sas)) };
}

const place = (i: number) => ({ src: `198.51.100.${10 + i}`, dst: `203.0.113.${10 + i}` });

function movesOf(sas: readonly Sa[]): { readonly [name: string]: Move } {
  return Object.fromEntries(sas.map((sa, i) => [`sa${i + 1}`, { sa, to: place(i) }]));
}

testCase('six-sas', {
  summary: 'Six entries move six SAs and six templates, each to its own place.',
  requirements: ['M-MANY', 'M-ENTRIES-MOST'],
  run(context) {
    const { sas, policy } = six(context);
    const entries = sas.map((sa, i) => migrateEntry(sa, place(i)));
    return migratePolicy(context, policy, entries, movesOf(sas));
  },
  expect: {
    full: moved(
      Object.fromEntries([0, 1, 2, 3, 4, 5].map((i) => [`sa${i + 1}`, place(i)])),
      [0, 1, 2, 3, 4, 5].map((i) => shown(place(i), { reqid: 1 + i })),
    ),
  },
});

testCase('six-sas-backwards', {
  summary: 'The order of the entries does not matter.',
  requirements: ['M-MANY'],
  run(context) {
    const { sas, policy } = six(context);
    const entries = sas.map((sa, i) => migrateEntry(sa, place(i))).reverse();
    return migratePolicy(context, policy, entries, movesOf(sas));
  },
  expect: {
    full: moved(
      Object.fromEntries([0, 1, 2, 3, 4, 5].map((i) => [`sa${i + 1}`, place(i)])),
      [0, 1, 2, 3, 4, 5].map((i) => shown(place(i), { reqid: 1 + i })),
    ),
  },
});

for (const [nth, at] of [
  ['first', 0],
  ['third', 2],
  ['last', 4],
] as const) {
  testCase(`${nth}-of-five-taken`, {
    summary: 'When one of five SAs cannot move, none does, whichever it is.',
    requirements: ['M-ALL-OR-NOTHING', 'M-TAKEN'],
    run(context) {
      const { sas, policy } = six(context, 5);
      context.xfrm.addSa({ ...sas[at]!, ...place(at), reqid: 99 });
      const entries = sas.map((sa, i) => migrateEntry(sa, place(i)));
      return migratePolicy(context, policy, entries, movesOf(sas));
    },
    expect: { full: refused(enodata('Failed to add migrated state')) },
  });
}

/** Why the third of five cannot be made, beside a taken place. */
const thirdFails: Readonly<
  Record<
    string,
    readonly [change: Partial<UserMigrate>, attributes: XfrmAttributeSet, text: string]
  >
> = {
  'other-family': [
    { new_saddr: hosts.b6.src, new_daddr: hosts.b6.dst, new_family: 'AF_INET6' },
    {},
    'Only tunnel modes can accommodate a change of family',
  ],
  'not-encapsulable': [
    {},
    { XFRMA_ENCAP: encapTemplate(espInUdp()) },
    'AH is not compatible with encapsulation',
  ],
};

for (const [name, [change, attributes, text]] of Object.entries(thirdFails)) {
  testCase(`third-of-five-${name}`, {
    summary: 'When the third of five SAs cannot be made anew, the first two are as they were.',
    requirements: ['M-ALL-OR-NOTHING'],
    run(context) {
      const sas = Array.from({ length: 5 }, (_, i) => {
        const own = { spi: 0x1000 + i, reqid: 1 + i };
        if (i !== 2) return context.xfrm.addSa(espSa(own));
        return context.xfrm.addSa(
          name === 'other-family'
            ? espSa({ ...own, mode: 'transport' })
            : ahSa({ ...own, mode: 'tunnel' }),
        );
      });
      const policy = context.xfrm.addPolicy(policyFor(sas));
      const entries = sas.map((sa, i) => migrateEntry(sa, place(i), i === 2 ? change : {}));
      return migratePolicy(context, policy, entries, movesOf(sas), { attributes });
    },
    expect: { full: refused(enodata(text)) },
  });
}

testCase('sub-policy-of-three', {
  summary: 'Three entries move three templates of a sub policy; the main policy keeps its own.',
  requirements: ['M-MANY', 'M-POLICY-TYPE', 'M-ONE-POLICY'],
  needs: { kconfig: ['XFRM_SUB_POLICY'] },
  run(context) {
    const { sas } = six(context, 3);
    const sub = context.xfrm.addPolicy(policyFor(sas, { type: 1 }));
    const entries = sas.map((sa, i) => migrateEntry(sa, place(i)));
    const seen = migratePolicy(context, sub, entries, movesOf(sas));
    return {
      ...seen,
      templates: context.xfrm
        .dumpPolicies()
        .map(({ type, templates }) => ({ type, to: templates.map(({ daddr }) => daddr) })),
    };
  },
  expect: {
    full: {
      reply: ok(null),
      others: 'unchanged',
      policiesOtherwise: 'unchanged',
      templates: includes(
        { type: 1, to: [0, 1, 2].map((i) => place(i).dst) },
        { type: 0, to: Array(3).fill(hosts.a.dst) },
      ),
      heard: [{ message: 'XFRM_MSG_MIGRATE' }],
    },
    compiledOut: refused(unsupported),
  },
});

testCase('second-of-another-if-id', {
  summary: 'XFRMA_IF_ID is for every entry: of two SAs that fit the second, its interface tells.',
  requirements: ['M-IF-ID', 'M-MANY'],
  run(context) {
    const [one, two] = [1, 2].map((reqid) =>
      context.xfrm.addSa(espSa({ spi: 0x1000 + reqid, reqid, ifId: 7 })),
    ) as [Sa, Sa];
    context.xfrm.addSa(espSa({ spi: 0x2000, reqid: 2, ifId: 8 }));
    const policy = context.xfrm.addPolicy(policyFor([one, two], { ifId: 7 }));
    const entries = [migrateEntry(one, place(0)), migrateEntry(two, place(1))];
    return migratePolicy(context, policy, entries, movesOf([one, two]));
  },
  expect: {
    full: moved({ sa1: place(0), sa2: place(1) }, 'unchanged', {
      policies: {
        [`${outPolicy} if_id 7`]: [shown(place(0), { reqid: 1 }), shown(place(1), { reqid: 2 })],
      },
    }),
  },
});

const encap = espInUdp();
const encapAsked = { XFRMA_ENCAP: encapTemplate(encap) };
/** What two SAs of one request have, each its own. */
const properties: readonly [name: string, Partial<Sa>[], XfrmAttributeSet, minVersion?: string][] =
  [
    [
      'marks',
      [
        { mark: { v: 5, m: 0xff }, outputMark: { v: 1, m: 0xf } },
        { mark: { v: 6, m: 0xff }, outputMark: { v: 2, m: 0xf } },
      ],
      {},
    ],
    ['thresholds', [30, 60].map((seconds) => ({ encap, mappingThreshold: seconds })), encapAsked],
    [
      'keepalives',
      [20, 40].map((seconds) => ({ dir: 'out', encap, natKeepalive: seconds })),
      encapAsked,
      '6.11',
    ],
  ];

for (const [name, each, attributes, minVersion] of properties) {
  testCase(`${name}-of-each`, {
    summary: 'Of several SAs that move, each keeps what is its own.',
    requirements: ['M-KEEPS', 'M-MANY'],
    needs: minVersion ? { minVersion } : {},
    run(context) {
      const sas = each.map((own, i) =>
        context.xfrm.addSa(espSa({ ...own, spi: 0x1000 + i, reqid: 1 + i })),
      );
      const policy = context.xfrm.addPolicy(policyFor(sas));
      const entries = sas.map((sa, i) => migrateEntry(sa, place(i)));
      return migratePolicy(context, policy, entries, movesOf(sas), { attributes });
    },
    expect: {
      full: moved({ sa1: place(0), sa2: place(1) }, [
        shown(place(0)),
        shown(place(1), { reqid: 2 }),
      ]),
    },
  });
}

testCase('two-to-one-place', {
  summary: 'Two SAs of one SPI and protocol cannot both move to the same address.',
  requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
  run(context) {
    const one = context.xfrm.addSa(espSa());
    const two = context.xfrm.addSa(espSa({ ...hosts.c, reqid: 2 }));
    const policy = context.xfrm.addPolicy(policyFor([one, two]));
    const entries = [migrateEntry(one, hosts.b), migrateEntry(two, hosts.b)];
    return migratePolicy(context, policy, entries, {
      one: { sa: one, to: hosts.b },
      two: { sa: two, to: hosts.b },
    });
  },
  expect: { full: refused(enodata('Failed to add migrated state')) },
});

testCase('same-spi-other-protocol', {
  summary: 'SAs of one SPI and two protocols can move to the same address.',
  requirements: ['M-TAKEN', 'M-MANY'],
  run(context) {
    const esp = context.xfrm.addSa(espSa());
    const ah = context.xfrm.addSa(ahSa({ mode: 'tunnel', reqid: 2 }));
    const policy = context.xfrm.addPolicy(policyFor([esp, ah]));
    const entries = [migrateEntry(esp, hosts.b), migrateEntry(ah, hosts.b)];
    return migratePolicy(context, policy, entries, {
      esp: { sa: esp, to: hosts.b },
      ah: { sa: ah, to: hosts.b },
    });
  },
  expect: {
    full: moved({ esp: hosts.b, ah: hosts.b }, [
      shown(hosts.b),
      shown(hosts.b, { proto: 'ah', reqid: 2 }),
    ]),
  },
});

testCase('two-templates-of-one-entry', {
  summary: 'An entry changes every template that it matches.',
  requirements: ['M-TEMPLATE'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(policyFor([sa, sa]));
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], { sa: { sa, to: hosts.b } });
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b), shown(hosts.b)]) },
});

testCase('onwards', {
  summary:
    'Each entry starts from where things were: what one moved there is not moved on by the next.',
  requirements: ['M-ENTRIES-TOGETHER'],
  run(context) {
    const one = context.xfrm.addSa(espSa({ spi: 0x1001 }));
    const two = context.xfrm.addSa(espSa({ ...hosts.b, spi: 0x1002 }));
    const policy = context.xfrm.addPolicy(policyFor([one, two]));
    const entries = [migrateEntry(one, hosts.b), migrateEntry(two, hosts.c)];
    return migratePolicy(context, policy, entries, {
      one: { sa: one, to: hosts.b },
      two: { sa: two, to: hosts.c },
    });
  },
  expect: {
    full: moved({ one: hosts.b, two: hosts.c }, [shown(hosts.b), shown(hosts.c)]),
  },
});

testCase('onwards-templates', {
  summary: 'The same for the templates of a policy that has no SAs yet.',
  requirements: ['M-ENTRIES-TOGETHER'],
  run(context) {
    const [one, two] = [espSa(), espSa(hosts.b)];
    const policy = context.xfrm.addPolicy(policyFor([one, two]));
    const entries = [migrateEntry(one, hosts.b), migrateEntry(two, hosts.c)];
    return migratePolicy(context, policy, entries, {});
  },
  expect: { full: moved({}, [shown(hosts.b), shown(hosts.c)]) },
});

/** How many SAs have the SPI of the one that was there. */
const copies = (sas: readonly SaView[]) => sas.filter(({ spi }) => spi === 0x1000).length;

testCase('same-sa-by-two-reqids', {
  summary:
    'Two entries that both fit an SA, one by its reqid and one by reqid 0, do not make two of it.',
  requirements: ['M-ONE-COPY'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const entries = [migrateEntry(sa, hosts.b), migrateEntry(sa, hosts.c, { reqid: 0 })];
    const seen = migratePolicy(context, policy, entries, { sa: { sa, to: hosts.b } });
    return { ...seen, copies: copies(context.xfrm.dumpSas()) };
  },
  // Whether the second entry is refused or finds nothing is left open.
  expect: { full: { reply: oneOf(ok(null), error('EINVAL')), copies: 1 } },
});

/** Entries as bytes, with something in the twelve bytes that follow an old IPv4 address. */
function withStrayByte(entries: readonly UserMigrate[], index: number): Uint8Array {
  const bytes = encodeAttributes({ XFRMA_MIGRATE: entries }).slice(4);
  const size = bytes.length / entries.length;
  bytes[index * size + 15] = 0xff;
  return bytes;
}

testCase('same-sa-hidden', {
  summary:
    'Bytes behind an IPv4 address are no part of it: two entries for one SA that differ in them are refused.',
  requirements: ['M-ENTRIES-UNIQUE', 'M-ONE-COPY'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const payload = withStrayByte([migrateEntry(sa, hosts.b), migrateEntry(sa, hosts.c)], 1);
    const request = migrateRequest(policy, rawAttribute('XFRMA_MIGRATE', payload));
    const seen = watchPolicies(context, { sa: { sa, to: hosts.b } }, () =>
      context.xfrm.send(request),
    );
    return { ...seen, copies: copies(context.xfrm.dumpSas()) };
  },
  expect: {
    full: {
      ...refused(einval("Entries in the MIGRATE attribute's list must be unique")),
      copies: 1,
    },
  },
});

testCase('stray-byte', {
  summary: 'Bytes behind an old IPv4 address do not keep an entry from its SA and template.',
  requirements: ['M-ENTRY-LAYOUT'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const payload = withStrayByte([migrateEntry(sa, hosts.b)], 0);
    const request = migrateRequest(policy, rawAttribute('XFRMA_MIGRATE', payload));
    return watchPolicies(context, { sa: { sa, to: hosts.b } }, () => context.xfrm.send(request));
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

const differences: Readonly<Record<string, Partial<UserMigrate>>> = {
  reqid: { reqid: 2 },
  mode: { mode: 'transport' },
  protocol: { proto: 'ah' },
  'old-daddr': { old_daddr: hosts.c.dst },
  'old-saddr': { old_saddr: hosts.c.src },
  // The same bytes are another address.
  'old-family': { old_family: 'AF_INET6' },
};

for (const [name, difference] of Object.entries(differences)) {
  testCase(`unlike-${name}`, {
    summary: 'Entries that differ in one thing by which an SA is found are no duplicates.',
    requirements: ['M-ENTRIES-UNIQUE'],
    run(context) {
      const sa = context.xfrm.addSa(espSa());
      const policy = context.xfrm.addPolicy(policyFor([sa]));
      const entries = [migrateEntry(sa, hosts.b), migrateEntry(sa, hosts.b, difference)];
      return migratePolicy(context, policy, entries, { sa: { sa, to: hosts.b } });
    },
    expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
  });
}

for (const [name, difference] of Object.entries({
  'old-daddr': { old_daddr: hosts.b6.dst },
  'old-saddr': { old_saddr: hosts.b6.src },
})) {
  testCase(`unlike-ipv6-${name}`, {
    summary: 'IPv6 addresses that begin alike are no duplicates.',
    requirements: ['M-ENTRIES-UNIQUE'],
    run(context) {
      const sa = context.xfrm.addSa(espSa(hosts.a6));
      const policy = context.xfrm.addPolicy(policyFor([sa]));
      const entries = [migrateEntry(sa, hosts.b), migrateEntry(sa, hosts.b, difference)];
      return migratePolicy(context, policy, entries, { sa: { sa, to: hosts.b } });
    },
    expect: { full: moved({ sa: { ...hosts.b, family: 'AF_INET' } }, [shown(hosts.b)]) },
  });
}

testCase('second-entry-of-another-policy', {
  summary: 'SAs may be named that no template of the policy asks for: they move too.',
  requirements: ['M-MANY', 'M-TEMPLATE'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const other = context.xfrm.addSa(espSa({ spi: 0x2000, reqid: 2 }));
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const entries = [migrateEntry(sa, hosts.b), migrateEntry(other, hosts.c)];
    return migratePolicy(context, policy, entries, {
      sa: { sa, to: hosts.b },
      other: { sa: other, to: hosts.c },
    });
  },
  expect: { full: moved({ sa: hosts.b, other: hosts.c }, [shown(hosts.b)]) },
});
