import type { Deviation } from '../../src/case/index.ts';

/** Deviations of the cases about doors and errors. */
export const errorDeviations: readonly Deviation[] = [
  {
    id: 'M-DEV-WARN-ON-FAILURE-DOORS',
    cases: ['migrate/doors/pf-key-taken', 'migrate/errors/route-optimization-to-ipv4'],
    kernels: { from: null, to: '6.17.*' },
    observed: {},
    crash: 'WARNING in __xfrm_state_destroy',
    reason:
      'As M-DEV-WARN-ON-FAILURE: by PF_KEY, too, and for an SA of route optimization, a refused migration taints the kernel with a warning and a backtrace. Seen on 6.12.117. The code was wrong and was mended.',
    reference: 'commit 5502bc4746e8 (fix, not in 6.12); __xfrm_state_destroy',
  },
];
