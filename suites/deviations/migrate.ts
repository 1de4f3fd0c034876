import { type Deviation, error, ok } from '../../src/case/index.ts';

const notFound = error('ENOENT', 'Target policy not found');

/** Where kernels are known to answer XFRM_MSG_MIGRATE otherwise than its documentation says. */
export const migrateDeviations: readonly Deviation[] = [
  {
    id: 'M-DEV-SELECTOR-COVERS',
    cases: ['migrate/lookup/narrower-selector-refused'],
    kernels: { from: '6.12', to: null },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: [{ message: 'XFRM_MSG_MIGRATE' }],
    },
    reason:
      'A policy is named by its selector, as GETPOLICY and DELPOLICY have it. Since 6.12 it is looked up by the addresses of the selector as if they were those of a packet: prefix lengths are ignored, and a policy that merely covers them is migrated. A request for a policy that does not exist changes another. The code is wrong: it gave up more than the exact comparison that was in the way.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },
  {
    id: 'M-DEV-SELECTOR-PRIORITY',
    cases: ['migrate/lookup/exact-beside-covering'],
    kernels: { from: '6.12', to: null },
    observed: {
      'policies.out 10.1.0.0/16 > 10.2.0.0/16': ['esp tunnel 192.0.2.1 > 192.0.2.2 reqid 1'],
      'policies.out 10.0.0.0/8 > 10.0.0.0/8': ['esp tunnel 198.51.100.1 > 198.51.100.2 reqid 1'],
    },
    reason:
      'As M-DEV-SELECTOR-COVERS: where a policy of higher priority covers the addresses, it is migrated instead of the one that has exactly this selector. The policy that was asked for keeps templates for an SA that is gone, and its traffic is dropped. The code is wrong.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },
  {
    id: 'M-DEV-MARKED-POLICY',
    cases: ['migrate/lookup/marked-policy'],
    kernels: { from: '6.12', to: null },
    observed: {
      reply: notFound,
      'sas.sa.old': 'unchanged',
      'sas.sa.new': 'none',
      policies: 'unchanged',
      heard: [],
    },
    reason:
      'A policy with a mark is not found: since 6.12 the look-up is that of a packet, whose mark is 0 here, and XFRMA_MARK is not read. Until 6.11 such a policy was found by its selector. Whoever uses marks can no longer migrate. The code is wrong: it must take the mark from XFRMA_MARK.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },
];
