import { type Deviation, error, hosts, ok, oneOf } from '../../src/case/index.ts';
import { migrateTopics } from '../migrate/index.ts';

const notFound = error('ENOENT', 'Target policy not found');

/** The cases that expect an announcement. */
const casesThatHear = migrateTopics
  .flatMap(({ cases }) => cases)
  .filter(({ expect: { full } }) => {
    const heard = (full as { readonly heard?: unknown }).heard;
    return Array.isArray(heard) && heard.length > 0;
  })
  .map(({ id }) => id);

/** Where kernels are known to answer XFRM_MSG_MIGRATE otherwise than its documentation says. */
export const migrateDeviations: readonly Deviation[] = [
  {
    id: 'M-DEV-SELECTOR-COVERS',
    cases: ['migrate/lookup/narrower-selector-refused'],
    kernels: { from: '6.12', to: null },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
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
      policies: {
        'out 10.1.0.0/16 > 10.2.0.0/16': ['esp tunnel 192.0.2.1 > 192.0.2.2 reqid 1'],
        'out 10.0.0.0/8 > 10.0.0.0/8': ['esp tunnel 198.51.100.1 > 198.51.100.2 reqid 1'],
      },
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
  {
    id: 'M-DEV-NOTIFY-OTHER-NETNS',
    cases: casesThatHear,
    kernels: { from: '6.16', to: '7.0.12' },
    observed: { heard: [] },
    reason:
      'A migration is announced to XFRMNLGRP_MIGRATE of the initial network namespace, wherever it happened: listeners in the namespace of the SA hear nothing, and those of the host hear of addresses that are none of their business. The code was wrong and was mended. Seen on 6.16.3 to 7.0.12, not on 6.1.176, 6.12.117, 7.0.13 and later.',
    reference: 'commit 7e2a4f7ca095 (fix); xfrm_send_migrate',
  },
  {
    id: 'M-DEV-KEEPALIVE-LOST',
    cases: ['migrate/carried/keepalive-with-encap'],
    kernels: { from: '6.16', to: '7.1.3' },
    observed: {
      'sas.sa.new': {
        changed: ['dst', 'natKeepalive', 'src'],
        to: { ...hosts.b, natKeepalive: null },
      },
    },
    reason:
      'The NAT keepalive interval is not carried to the new SA although its encapsulation is: the NAT forgets the mapping and the peer can no longer reach this host. The code was wrong and was mended. Seen on 6.16.3 to 7.1.3, not on 6.12.117 and from 7.1.7.',
    reference: 'xfrm_state_clone_and_setup (net/xfrm/xfrm_state.c)',
  },
  {
    id: 'M-DEV-ENCAP-KEPT',
    cases: ['migrate/encap/removed'],
    kernels: { from: null, to: '7.1.*' },
    observed: { 'sas.sa.new': { changed: ['dst', 'src'], to: hosts.b } },
    reason:
      'Without XFRMA_ENCAP the encapsulation of the old SA is kept, so that nothing can move from behind a NAT to where there is none: there is no way to ask for it. Since 7.2 it is removed. The code was wrong; a daemon has to know the version of the kernel. Seen on 6.1.176 to 7.1.13.',
    reference: 'commit b8addb8884f2 (fix, Linux 7.2)',
  },
  {
    id: 'M-DEV-WARN-ON-FAILURE',
    cases: [
      'migrate/move/transport-family-refused',
      'migrate/move/rollback-esp-first',
      'migrate/move/rollback-ah-first',
      'migrate/move/taken',
      'migrate/encap/type-*',
    ],
    kernels: { from: null, to: '6.17.*' },
    observed: {},
    crash: 'WARNING in __xfrm_state_destroy',
    reason:
      'When the new SA cannot be made it is dropped without having been marked dead: each refused migration taints the kernel with a warning and a backtrace, and brings down one that has panic_on_warn. The code was wrong and was mended. Seen on 6.1.176, 6.12.117, 6.16.3 to 6.17.13, not from 6.18.5.',
    reference: 'commit 5502bc4746e8 (fix, not in 6.12); __xfrm_state_destroy',
  },
];
