import type { Deviation } from '../../src/case/index.ts';

/** Where kernels are known to answer XFRM_MSG_MIGRATE_STATE otherwise than its documentation says. */
export const migrateStateDeviations: readonly Deviation[] = [];
