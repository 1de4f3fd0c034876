import {
  type CaseContext,
  encodeAttributes,
  error,
  espSa,
  hosts,
  migrateEntry,
  migrateRequest,
  ok,
  policyFor,
  rawAttribute,
  resizedAttribute,
  type UserMigrate,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { einval, moved, refused, shown } from './expect.ts';
import { migratePolicy, watchPolicies } from './migration.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('request', 'Entries, attributes and lengths of a request');
export default topic;

const sa = espSa();
const policy = policyFor([sa]);
const entry = migrateEntry(sa, hosts.b);
const moves = { sa: { sa, to: hosts.b } };

function setUp({ xfrm }: CaseContext): void {
  xfrm.addSa(sa);
  xfrm.addPolicy(policy);
}

/** Entries of SAs that are not there: they differ in their reqid. */
const strangers = (count: number): UserMigrate[] =>
  Array.from({ length: count }, (_, i) => ({ ...entry, reqid: 100 + i }));

testCase('no-entries-attribute', {
  summary: 'A request without XFRMA_MIGRATE is refused.',
  requirements: ['M-ENTRIES-REQUIRED'],
  run(context) {
    setUp(context);
    return migratePolicy(context, policy, [], moves, { rawEntries: 'omit' });
  },
  expect: { full: refused(einval('Missing required MIGRATE attribute')) },
});

testCase('empty-entries', {
  summary: 'An XFRMA_MIGRATE of no bytes is shorter than one entry and refused by its policy.',
  requirements: ['M-ENTRY-LAYOUT', 'M-NL-POLICY'],
  run(context) {
    setUp(context);
    return migratePolicy(context, policy, [], moves);
  },
  expect: { full: tooShort(), compiledOut: tooShort() },
});

testCase('short-entry', {
  summary: 'An entry that lacks its last bytes is refused by the policy of the attribute.',
  requirements: ['M-ENTRY-LAYOUT', 'M-NL-POLICY'],
  run(context) {
    setUp(context);
    const request = migrateRequest(policy, resizedAttribute({ XFRMA_MIGRATE: [entry] }, 75));
    return watchPolicies(context, moves, () => context.xfrm.send(request));
  },
  expect: { full: tooShort(), compiledOut: tooShort() },
});

function tooShort() {
  return refused(
    error('ERANGE', {
      message: 'Attribute failed policy validation',
      attribute: 'XFRMA_MIGRATE',
    }),
  );
}

for (const count of [2, 6]) {
  testCase(`${count}-entries`, {
    summary: 'Up to XFRM_MAX_DEPTH (6) entries are taken; those that match nothing do no harm.',
    requirements: ['M-ENTRIES-MOST'],
    run(context) {
      setUp(context);
      return migratePolicy(context, policy, [...strangers(count - 1), entry], moves);
    },
    expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
  });
}

for (const count of [7, 100]) {
  testCase(`${count}-entries-refused`, {
    summary: 'More than XFRM_MAX_DEPTH (6) entries are refused.',
    requirements: ['M-ENTRIES-MOST'],
    run(context) {
      setUp(context);
      return migratePolicy(context, policy, [entry, ...strangers(count - 1)], moves);
    },
    expect: {
      full: refused(
        einval('Invalid number of SAs to migrate, must be 0 < num <= XFRM_MAX_DEPTH (6)'),
      ),
    },
  });
}

const duplicates: Readonly<Record<string, readonly UserMigrate[]>> = {
  same: [entry, entry],
  'other-target': [entry, { ...entry, new_daddr: hosts.c.dst, new_saddr: hosts.c.src }],
  apart: [entry, ...strangers(2), entry],
};

for (const [name, entries] of Object.entries(duplicates)) {
  testCase(`duplicate-${name}`, {
    summary: 'Two entries for the same old addresses, protocol, mode and reqid are refused.',
    requirements: ['M-ENTRIES-UNIQUE'],
    run(context) {
      setUp(context);
      return migratePolicy(context, policy, entries, moves);
    },
    expect: {
      full: refused(einval("Entries in the MIGRATE attribute's list must be unique")),
    },
  });
}

const nulls: Readonly<Record<string, Partial<UserMigrate>>> = {
  daddr: { new_daddr: '0.0.0.0' },
  saddr: { new_saddr: '0.0.0.0' },
  both: { new_daddr: '0.0.0.0', new_saddr: '0.0.0.0' },
  'ipv6-daddr': { new_daddr: '::', new_saddr: hosts.b6.src, new_family: 'AF_INET6' },
  'ipv6-saddr': { new_daddr: hosts.b6.dst, new_saddr: '::', new_family: 'AF_INET6' },
};

for (const [name, change] of Object.entries(nulls)) {
  testCase(`null-${name}`, {
    summary: 'An SA cannot move to the null address.',
    requirements: ['M-ADDRESS-NULL'],
    run(context) {
      setUp(context);
      return migratePolicy(context, policy, [{ ...entry, ...change }], moves);
    },
    expect: {
      full: refused(einval("Addresses in the MIGRATE attribute's list cannot be null")),
    },
  });
}

testCase('second-entry-null', {
  summary: 'Every entry is checked before any SA is moved.',
  requirements: ['M-ADDRESS-NULL', 'M-ALL-OR-NOTHING'],
  run(context) {
    setUp(context);
    const bad = { ...strangers(1)[0]!, new_daddr: '0.0.0.0' };
    return migratePolicy(context, policy, [entry, bad], moves);
  },
  expect: { full: refused(einval("Addresses in the MIGRATE attribute's list cannot be null")) },
});

const unused: Readonly<Record<string, { attributes: XfrmAttributeSet; since: string }>> = {
  SA_DIR: { attributes: { XFRMA_SA_DIR: 'in' }, since: '6.10' },
  SA_PCPU: { attributes: { XFRMA_SA_PCPU: 0 }, since: '6.13' },
};

for (const [name, { attributes, since }] of Object.entries(unused)) {
  testCase(`refuses-${name.toLowerCase().replace('_', '-')}`, {
    summary: 'An attribute that XFRM_MSG_MIGRATE has no use for is refused by name.',
    requirements: ['M-ATTRIBUTES-UNUSED'],
    needs: { minVersion: since },
    run(context) {
      setUp(context);
      return migratePolicy(context, policy, [entry], moves, { attributes });
    },
    expect: {
      full: refused(error('EINVAL', `Invalid attribute ${name}`)),
      compiledOut: refused(error('EINVAL', `Invalid attribute ${name}`)),
    },
  });
}

testCase('unknown-attribute', {
  summary:
    'An attribute beyond XFRMA_MAX is passed over, as netlink does with what it does not know.',
  requirements: ['M-NL-UNKNOWN'],
  run(context) {
    setUp(context);
    const request = migrateRequest(
      policy,
      rawAttribute(200, Uint8Array.of(1, 2, 3, 4)),
      encodeAttributes({ XFRMA_MIGRATE: [entry] }),
    );
    return watchPolicies(context, moves, () => context.xfrm.send(request));
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('short-header', {
  summary: 'A payload shorter than struct xfrm_userpolicy_id is refused.',
  requirements: ['M-LAYOUT'],
  run(context) {
    setUp(context);
    const { type } = migrateRequest(policy);
    return watchPolicies(context, moves, () =>
      context.xfrm.send({ type, header: new Uint8Array(60) }),
    );
  },
  expect: {
    full: refused(error('EINVAL', { message: 'Invalid header length', since: '6.2' })),
    compiledOut: refused(error('EINVAL', { message: 'Invalid header length', since: '6.2' })),
  },
});

testCase('without-net-admin', {
  summary: 'Without CAP_NET_ADMIN nothing can be migrated.',
  requirements: ['M-NET-ADMIN'],
  run(context) {
    setUp(context);
    return watchPolicies(context, moves, () =>
      context.withoutNetAdmin((xfrm) => xfrm.migrate(policy, [entry])),
    );
  },
  expect: { full: refused(error('EPERM')), compiledOut: refused(error('EPERM')) },
});

testCase('again', {
  summary: 'What was migrated can be migrated again, and back.',
  requirements: ['M-MOVE'],
  run(context) {
    setUp(context);
    const there = context.xfrm.migrate(policy, [entry]);
    const movedSa = { ...sa, ...hosts.b };
    const back = migratePolicy(context, policy, [migrateEntry(movedSa, hosts.a)], {
      sa: { sa: movedSa, to: hosts.a },
    });
    return { there, ...back };
  },
  expect: {
    full: { there: ok(null), ...moved({ sa: hosts.a }, [shown(hosts.a)]) },
    compiledOut: { there: unsupported, ...refused(unsupported) },
  },
});
