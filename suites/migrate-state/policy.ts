import {
  type CaseContext,
  espSa,
  hosts,
  ok,
  type Policy,
  policyFor,
  type Sa,
  subnets,
  template,
} from '../../src/case/index.ts';
import { type Members, migrated, refused } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('policy', 'Policies take no part');
export default topic;

const sa = espSa();

/** The policies before and after a migration of the SA that their templates name. */
function besidePolicies({ xfrm }: CaseContext, policies: readonly Policy[]) {
  xfrm.addSa(sa);
  for (const policy of policies) xfrm.addPolicy(policy);
  const before = xfrm.dumpPolicies();
  const migration = migrate({ xfrm }, sa, hosts.b);
  const after = xfrm.dumpPolicies();
  const policiesKept = JSON.stringify(after) === JSON.stringify(before);
  return { ...migration, policies: before.length, policiesKept };
}

const sets: Readonly<Record<string, readonly Policy[]>> = {
  out: [policyFor([sa])],
  in: [policyFor([sa], { dir: 'in' })],
  forward: [policyFor([sa], { dir: 'fwd' })],
  'all-directions': [
    policyFor([sa]),
    policyFor([sa], { dir: 'in' }),
    policyFor([sa], { dir: 'fwd' }),
  ],
  block: [policyFor([], { action: 'block' })],
  // What XFRM_MSG_MIGRATE would rewrite: each end, optional and not, the same template twice.
  templates: [
    policyFor([], {
      dir: 'in',
      templates: [template(sa), template(sa, { optional: 1 }), template(sa)],
    }),
  ],
};

for (const [name, policies] of Object.entries(sets)) {
  testCase(`untouched-${name}`, {
    summary: 'A policy whose templates name the SA stays as it is.',
    requirements: ['MS-NO-POLICY'],
    run: (context) => besidePolicies(context, policies),
    expect: {
      full: untouched(migrated(hosts.b)),
      compiledOut: untouched(refused(unsupported.compiledOut)),
      predates: untouched(refused(unsupported.predates)),
    },
  });

  function untouched(migration: Members) {
    return { ...migration, policies: policies.length, policiesKept: true };
  }
}

testCase('steps-of-an-outbound-sa', {
  summary:
    'Block, remove the policy, migrate, install the new policy, unblock: the documented steps work.',
  requirements: ['MS-STEPS', 'MS-NO-POLICY'],
  run({ xfrm }) {
    xfrm.addSa(sa);
    const policy = xfrm.addPolicy(policyFor([sa], { priority: 100 }));
    const block = xfrm.addPolicy(
      policyFor([], { action: 'block', priority: 10, selector: { ...subnets.v4, prefixlen_d: 8 } }),
    );
    const removed = xfrm.deletePolicy(policy);
    const migration = migrate({ xfrm }, sa, hosts.b);
    const moved: Sa = { ...sa, ...hosts.b };
    const installed = xfrm.addPolicy(policyFor([moved], { priority: 100 }));
    const unblocked = xfrm.deletePolicy(block);
    return {
      ...migration,
      removed,
      unblocked,
      policy: xfrm.getPolicy(installed),
      count: xfrm.dumpPolicies().length,
    };
  },
  expect: {
    full: {
      ...migrated(hosts.b),
      removed: ok(),
      unblocked: ok(),
      policy: { templates: [{ daddr: hosts.b.dst, saddr: hosts.b.src }] },
      count: 1,
    },
  },
});
