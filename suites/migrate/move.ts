import {
  ahSa,
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  policyFor,
  type Sa,
  template,
  type UserMigrate,
} from '../../src/case/index.ts';
import { enodata, type Members, moved, refused, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('move', 'Which SAs and templates move, and where to');
export default topic;

type Pair = { readonly src: string; readonly dst: string };

/** Installs the SA with a policy for it, and migrates both. */
function moveOne(context: CaseContext, sa: Sa, to: Pair, overrides: Partial<UserMigrate> = {}) {
  context.xfrm.addSa(sa);
  const policy = context.xfrm.addPolicy(policyFor([sa]));
  return migratePolicy(context, policy, [migrateEntry(sa, to, overrides)], { sa: { sa, to } });
}

interface Route {
  sa: Sa;
  to: Pair;
  becomes: Members;
}

const v6 = { ...hosts.a6 };
const routes: Readonly<Record<string, Route>> = {
  both: { sa: espSa(), to: hosts.b, becomes: hosts.b },
  daddr: {
    sa: espSa(),
    to: { src: hosts.a.src, dst: hosts.b.dst },
    becomes: { dst: hosts.b.dst },
  },
  saddr: {
    sa: espSa(),
    to: { src: hosts.b.src, dst: hosts.a.dst },
    becomes: { src: hosts.b.src },
  },
  ipv6: { sa: espSa(v6), to: hosts.b6, becomes: hosts.b6 },
  '4-to-6': { sa: espSa(), to: hosts.b6, becomes: { ...hosts.b6, family: 'AF_INET6' } },
  '6-to-4': { sa: espSa(v6), to: hosts.b, becomes: { ...hosts.b, family: 'AF_INET' } },
  beet: {
    sa: espSa({ mode: 'beet', selector: { saddr: '10.1.0.1', daddr: '10.2.0.1' } }),
    to: hosts.b,
    becomes: hosts.b,
  },
  'ah-tunnel': { sa: ahSa({ mode: 'tunnel' }), to: hosts.b, becomes: hosts.b },
};

for (const [name, { sa, to, becomes }] of Object.entries(routes)) {
  testCase(`tunnel-${name}`.replace('tunnel-beet', 'beet').replace('tunnel-ah-', 'ah-'), {
    summary: 'SA and template get the new addresses and keep everything else.',
    requirements: ['M-MOVE', 'M-TEMPLATE', 'M-KEEPS'],
    run: (context) => moveOne(context, sa, to),
    expect: {
      full: moved({ sa: becomes }, [shown(to, { proto: sa.proto, mode: sa.mode })]),
    },
  });
}

for (const [name, sa] of Object.entries({ esp: espSa({ mode: 'transport' }), ah: ahSa() })) {
  testCase(`transport-${name}`, {
    summary: 'A template of transport mode has no addresses to change; the SA moves.',
    requirements: ['M-MOVE', 'M-TEMPLATE-TRANSPORT'],
    run: (context) => moveOne(context, sa, hosts.b),
    expect: { full: moved({ sa: hosts.b }, 'unchanged') },
  });
}

testCase('transport-family-refused', {
  summary: 'Only tunnel modes can change the family: nothing moves.',
  requirements: ['M-FAMILY-TRANSPORT', 'M-ALL-OR-NOTHING'],
  run: (context) => moveOne(context, espSa({ mode: 'transport' }), hosts.b6),
  expect: { full: refused(enodata('Only tunnel modes can accommodate a change of family')) },
});

testCase('reqid-zero', {
  summary: 'An entry with reqid 0 matches SAs and templates of any reqid.',
  requirements: ['M-MATCH-REQID'],
  run: (context) => moveOne(context, espSa({ reqid: 42 }), hosts.b, { reqid: 0 }),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b, { reqid: 42 })]) },
});

const mismatches: Readonly<Record<string, Partial<UserMigrate>>> = {
  reqid: { reqid: 2 },
  mode: { mode: 'transport' },
  proto: { proto: 'ah' },
  'old-daddr': { old_daddr: hosts.c.dst },
  'old-saddr': { old_saddr: hosts.c.src },
};

for (const [name, overrides] of Object.entries(mismatches)) {
  testCase(`nothing-matches-${name}`, {
    summary: 'A request whose entries match no template of the policy is refused with ENODATA.',
    requirements: ['M-TEMPLATE-REQUIRED'],
    run: (context) => moveOne(context, espSa(), hosts.b, overrides),
    expect: { full: refused(error('ENODATA')) },
  });
}

for (const [name, overrides] of Object.entries({
  'old-daddr': { old_daddr: '2001:db8:a::3' },
  'old-saddr': { old_saddr: '2001:db8:a::3' },
})) {
  testCase(`nothing-matches-ipv6-${name}`, {
    summary: 'An IPv6 address matches as a whole: one that differs in its last byte is another.',
    requirements: ['M-TEMPLATE-REQUIRED', 'M-MATCH-ADDRESSES'],
    run: (context) => moveOne(context, espSa(hosts.a6), hosts.b6, overrides),
    expect: { full: refused(error('ENODATA')) },
  });
}

testCase('template-without-sa', {
  summary: 'A policy can move before it has SAs.',
  requirements: ['M-SA-OPTIONAL'],
  run(context) {
    const policy = context.xfrm.addPolicy(policyFor([espSa()]));
    return migratePolicy(context, policy, [migrateEntry(espSa(), hosts.b)], {});
  },
  expect: { full: moved({}, [shown(hosts.b)]) },
});

testCase('sa-without-template', {
  summary: 'When no template matches, an SA that would is not moved either.',
  requirements: ['M-TEMPLATE-REQUIRED', 'M-ALL-OR-NOTHING'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(
      policyFor([], { templates: [template(sa, { reqid: 9 })] }),
    );
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], { sa: { sa, to: hosts.b } });
  },
  expect: { full: refused(error('ENODATA')) },
});

testCase('block-policy', {
  summary: 'A block policy has no templates that could match.',
  requirements: ['M-TEMPLATE-REQUIRED'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(policyFor([], { action: 'block' }));
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], { sa: { sa, to: hosts.b } });
  },
  expect: { full: refused(error('ENODATA')) },
});

/** ESP inside AH between the same hosts, as one policy asks for. */
function bundle({ xfrm }: CaseContext) {
  const esp = xfrm.addSa(espSa({ reqid: 1 }));
  const ah = xfrm.addSa(ahSa({ mode: 'tunnel', spi: 0x2000, reqid: 2 }));
  return { esp, ah, policy: xfrm.addPolicy(policyFor([esp, ah])) };
}

testCase('two-entries', {
  summary: 'One request moves several SAs with their templates.',
  requirements: ['M-MANY', 'M-TEMPLATE'],
  run(context) {
    const { esp, ah, policy } = bundle(context);
    const entries = [migrateEntry(esp, hosts.b), migrateEntry(ah, hosts.c)];
    return migratePolicy(context, policy, entries, {
      esp: { sa: esp, to: hosts.b },
      ah: { sa: ah, to: hosts.c },
    });
  },
  expect: {
    full: moved({ esp: hosts.b, ah: hosts.c }, [
      shown(hosts.b),
      shown(hosts.c, { proto: 'ah', reqid: 2 }),
    ]),
  },
});

testCase('one-entry-of-two', {
  summary: 'An SA and a template without an entry stay where they are.',
  requirements: ['M-MANY'],
  run(context) {
    const { esp, ah, policy } = bundle(context);
    return migratePolicy(context, policy, [migrateEntry(ah, hosts.c)], {
      esp: { sa: esp, to: esp },
      ah: { sa: ah, to: hosts.c },
    });
  },
  expect: {
    full: moved(
      { esp: {}, ah: hosts.c },
      [shown(hosts.a), shown(hosts.c, { proto: 'ah', reqid: 2 })],
      { sas: { esp: { old: 'unchanged' }, ah: { old: 'gone' } } },
    ),
  },
});

for (const first of ['esp', 'ah'] as const) {
  testCase(`rollback-${first}-first`, {
    summary: 'When one of several SAs cannot move, none does.',
    requirements: ['M-ALL-OR-NOTHING', 'M-TAKEN'],
    run(context) {
      const { esp, ah, policy } = bundle(context);
      // The place that the AH SA is to move to is taken.
      context.xfrm.addSa({ ...ah, ...hosts.c, reqid: 9 });
      const entries = [migrateEntry(esp, hosts.b), migrateEntry(ah, hosts.c)];
      return migratePolicy(context, policy, first === 'esp' ? entries : entries.reverse(), {
        esp: { sa: esp, to: hosts.b },
        ah: { sa: ah, to: hosts.c },
      });
    },
    expect: { full: refused(enodata('Failed to add migrated state')) },
  });
}

testCase('taken', {
  summary: 'An SA cannot move to where another is; both stay intact.',
  requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
  run(context) {
    context.xfrm.addSa(espSa({ ...hosts.b, reqid: 9 }));
    return moveOne(context, espSa(), hosts.b);
  },
  expect: { full: refused(enodata('Failed to add migrated state')) },
});

testCase('same-reqid-other-mode', {
  summary: 'SAs of the same addresses and reqid are told apart by their mode.',
  requirements: ['M-MATCH-MODE'],
  run(context) {
    context.xfrm.addSa(espSa({ mode: 'transport', spi: 0x3000 }));
    return moveOne(context, espSa(), hosts.b);
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('bystander', {
  summary: 'SAs of other addresses, reqids and protocols are not touched.',
  requirements: ['M-MATCH-REQID'],
  run(context) {
    context.xfrm.addSa(espSa({ spi: 0x3000, reqid: 2 }));
    context.xfrm.addSa(espSa({ ...hosts.c, spi: 0x3001 }));
    context.xfrm.addSa(ahSa({ mode: 'tunnel', spi: 0x3002 }));
    return moveOne(context, espSa(), hosts.b);
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('same-addresses', {
  summary: 'A migration to the addresses that the SA has leaves one SA, as it was.',
  requirements: ['M-MOVE'],
  run: (context) => moveOne(context, espSa(), hosts.a),
  expect: {
    full: moved({}, 'unchanged', { sas: { sa: { old: 'unchanged', new: { changed: [] } } } }),
  },
});
