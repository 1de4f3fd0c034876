import type { Deviation } from '../../src/case/index.ts';

/** Where kernels are known to answer XFRM_MSG_MIGRATE otherwise than its documentation says. */
export const migrateDeviations: readonly Deviation[] = [];
