import {
  ahSa,
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  type Needs,
  oneOf,
  policyFor,
  type Sa,
  subnets,
  template,
  type UserMigrate,
} from '../../src/case/index.ts';
import { einval, enodata, moved, refused, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('families', 'Address families, old and new');
export default topic;

type Pair = { readonly src: string; readonly dst: string };

function moveOne(context: CaseContext, sa: Sa, to: Pair, overrides: Partial<UserMigrate> = {}) {
  context.xfrm.addSa(sa);
  // What a transport policy is for has the family of its SA.
  const v6 = sa.mode === 'transport' && sa.dst.includes(':');
  const policy = policyFor([sa], v6 ? { selector: subnets.v6 } : {});
  context.xfrm.addPolicy(policy);
  return migratePolicy(context, policy, [migrateEntry(sa, to, overrides)], { sa: { sa, to } });
}

const inner = { saddr: '10.1.0.1', daddr: '10.2.0.1', prefixlen_s: 32, prefixlen_d: 32 };
const iptfs: Needs = { kconfig: ['XFRM_IPTFS'], minVersion: '6.14' };
const tunnels: readonly [name: string, sa: Sa, needs?: Needs][] = [
  ['beet', espSa({ mode: 'beet', selector: inner })],
  ['ah', ahSa({ mode: 'tunnel' })],
  ['iptfs', espSa({ mode: 'iptfs', dir: 'out' }), iptfs],
];

for (const [name, sa, needs = {}] of tunnels) {
  const kind = { proto: sa.proto, mode: sa.mode };
  testCase(`${name}-4-to-6`, {
    summary: 'Every mode that has addresses of its own can change their family.',
    requirements: ['M-MOVE', 'M-TEMPLATE', 'M-KEEPS'],
    needs,
    run: (context) => moveOne(context, sa, hosts.b6),
    expect: { full: moved({ sa: { ...hosts.b6, family: 'AF_INET6' } }, [shown(hosts.b6, kind)]) },
  });

  testCase(`${name}-6-to-4`, {
    summary: 'Every mode that has addresses of its own can change their family.',
    requirements: ['M-MOVE', 'M-TEMPLATE', 'M-KEEPS'],
    needs,
    run: (context) => moveOne(context, { ...sa, ...hosts.a6 }, hosts.b),
    expect: { full: moved({ sa: { ...hosts.b, family: 'AF_INET' } }, [shown(hosts.b, kind)]) },
  });
}

testCase('iptfs', {
  summary: 'An IPTFS tunnel moves like any other.',
  requirements: ['M-MOVE', 'M-TEMPLATE', 'M-KEEPS'],
  needs: iptfs,
  run: (context) => moveOne(context, espSa({ mode: 'iptfs', dir: 'out' }), hosts.b),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b, { mode: 'iptfs' })]) },
});

testCase('transport-6-to-4-refused', {
  summary: 'Only tunnel modes can change the family: nothing moves.',
  requirements: ['M-FAMILY-TRANSPORT', 'M-ALL-OR-NOTHING'],
  run: (context) => moveOne(context, espSa({ mode: 'transport', ...hosts.a6 }), hosts.b),
  expect: { full: refused(enodata('Only tunnel modes can accommodate a change of family')) },
});

testCase('ipv6-policy-over-ipv4', {
  summary: 'The family of what is in the tunnel does not matter.',
  requirements: ['M-MOVE', 'M-TEMPLATE'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const policy = context.xfrm.addPolicy(policyFor([sa], { selector: subnets.v6 }));
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], { sa: { sa, to: hosts.b } });
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { 'out 2001:db8:1::/48 > 2001:db8:2::/48': [shown(hosts.b)] },
    }),
  },
});

/** An IPv6 host whose address begins with the bytes of an IPv4 one: 192.0.2.1, 192.0.2.2. */
const likeA = { src: 'c000:201::1', dst: 'c000:202::1' };

testCase('template-of-the-other-family', {
  summary: 'An entry for IPv4 does not match an IPv6 template that begins with the same bytes.',
  requirements: ['M-MATCH-FAMILY'],
  run(context) {
    const policy = context.xfrm.addPolicy(policyFor([espSa(likeA)]));
    return migratePolicy(context, policy, [migrateEntry(espSa(), hosts.b)], {});
  },
  expect: { full: refused(error('ENODATA')) },
});

testCase('template-of-the-other-family-beside', {
  summary: 'Where there is one of each family, only the IPv4 template moves.',
  requirements: ['M-MATCH-FAMILY'],
  run(context) {
    const policy = context.xfrm.addPolicy(policyFor([espSa(), espSa(likeA)]));
    return migratePolicy(context, policy, [migrateEntry(espSa(), hosts.b)], {});
  },
  expect: { full: moved({}, [shown(hosts.b), shown(likeA)]) },
});

/**
 * Which SAs an entry sees depends on a hash of addresses. These hosts are in the same one of the
 * eight buckets as the IPv4 addresses that theirs begin with; nine SAs would make the table grow.
 */
const sameBucket = ['c000:201::9', 'c000:201::b', 'c000:201::f', 'c000:201::10'];

testCase('sa-of-the-other-family', {
  summary: 'An entry for IPv4 does not match an IPv6 SA that begins with the same bytes.',
  requirements: ['M-MATCH-FAMILY'],
  run(context) {
    for (const [i, src] of sameBucket.entries())
      context.xfrm.addSa(espSa({ src, dst: likeA.dst, spi: 0x1001 + i }));
    const policy = context.xfrm.addPolicy(policyFor([espSa()]));
    return migratePolicy(context, policy, [migrateEntry(espSa(), hosts.b)], {});
  },
  expect: { full: moved({}, [shown(hosts.b)]) },
});

testCase('6-to-4-taken', {
  summary: 'An SA that changes its family does not move to where another is.',
  requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
  run(context) {
    context.xfrm.addSa(espSa({ ...hosts.b, reqid: 9 }));
    return moveOne(context, espSa(hosts.a6), hosts.b);
  },
  expect: { full: refused(enodata('Failed to add migrated state')) },
});

testCase('6-to-4-taken-same-bytes', {
  summary: 'The same where both addresses begin with the same bytes.',
  requirements: ['M-TAKEN', 'M-ALL-OR-NOTHING'],
  run(context) {
    context.xfrm.addSa(espSa({ reqid: 9 }));
    return moveOne(context, espSa(likeA), hosts.a);
  },
  expect: { full: refused(enodata('Failed to add migrated state')) },
});

testCase('6-to-4-same-bytes', {
  summary: 'An IPv6 SA can move to the IPv4 address that its own begins with.',
  requirements: ['M-MOVE'],
  run: (context) => moveOne(context, espSa(likeA), hosts.a),
  expect: {
    full: moved({ sa: { ...hosts.a, family: 'AF_INET' } }, [shown(hosts.a)]),
  },
});

const unsupported = oneOf(error('EINVAL'), error('EAFNOSUPPORT'), error('ENODATA'));

/** None; one that the kernel does not know here; one that is AF_INET in its low byte. */
for (const family of [0, 3, 0x102]) {
  testCase(`old-family-${family}`, {
    summary: 'There are no SAs and templates of a family that is neither IPv4 nor IPv6.',
    requirements: ['M-MATCH-FAMILY', 'M-ALL-OR-NOTHING'],
    run: (context) => moveOne(context, espSa(), hosts.b, { old_family: family }),
    expect: { full: refused(unsupported) },
  });

  testCase(`new-family-${family}`, {
    summary: 'An SA cannot move to a family that is neither IPv4 nor IPv6.',
    requirements: ['M-NEW-FAMILY', 'M-ALL-OR-NOTHING'],
    run: (context) => moveOne(context, espSa(), hosts.b, { new_family: family }),
    expect: { full: refused(unsupported) },
  });

  testCase(`new-family-${family}-template`, {
    summary: 'A template cannot move to a family that XFRM_MSG_NEWPOLICY would refuse.',
    requirements: ['M-NEW-FAMILY', 'M-ALL-OR-NOTHING'],
    run(context) {
      const policy = context.xfrm.addPolicy(policyFor([espSa()]));
      const entry = migrateEntry(espSa(), hosts.b, { new_family: family });
      return migratePolicy(context, policy, [entry], {});
    },
    expect: { full: refused(unsupported) },
  });

  testCase(`new-family-${family}-null`, {
    summary: 'A null address is null in any family.',
    requirements: ['M-ADDRESS-NULL', 'M-ALL-OR-NOTHING'],
    run(context) {
      const policy = context.xfrm.addPolicy(policyFor([espSa()]));
      const nowhere = { new_daddr: '0.0.0.0', new_saddr: '0.0.0.0', new_family: family };
      const entry = migrateEntry(espSa(), hosts.b, nowhere);
      return migratePolicy(context, policy, [entry], {});
    },
    expect: { full: refused(unsupported) },
  });
}

/** IPv6 addresses that begin with the bytes of 0.0.0.0. */
const beginsWithZeros = { src: '::5', dst: '::6' };

testCase('4-to-6-begins-with-zeros', {
  summary: 'An IPv6 address that begins with zeros is not the null address.',
  requirements: ['M-ADDRESS-NULL', 'M-MOVE'],
  run: (context) => moveOne(context, espSa(), beginsWithZeros),
  expect: {
    full: moved({ sa: { ...beginsWithZeros, family: 'AF_INET6' } }, [shown(beginsWithZeros)]),
  },
});

testCase('6-to-4-null', {
  summary: 'The null IPv4 address is null for an IPv6 SA too, whatever bytes follow it.',
  requirements: ['M-ADDRESS-NULL', 'M-ALL-OR-NOTHING'],
  run(context) {
    const sa = context.xfrm.addSa(espSa(hosts.a6));
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    // The same 16 bytes as 0.0.0.0 with something behind it.
    const entry = migrateEntry(sa, beginsWithZeros, { new_family: 'AF_INET' });
    return migratePolicy(context, policy, [entry], { sa: { sa, to: hosts.b } });
  },
  expect: { full: refused(einval("Addresses in the MIGRATE attribute's list cannot be null")) },
});

testCase('transport-template', {
  summary: 'A template of transport mode matches whatever the family of its entry.',
  requirements: ['M-TEMPLATE-TRANSPORT'],
  run(context) {
    const sa = espSa({ mode: 'transport', ...hosts.a6 });
    const policy = context.xfrm.addPolicy(
      policyFor([], {
        selector: subnets.v6,
        templates: [template(sa, { saddr: '::', id: { daddr: '::', spi: 0, proto: 'esp' } })],
      }),
    );
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b6)], {});
  },
  expect: { full: moved({}, 'unchanged', { databases: 'unchanged' }) },
});
