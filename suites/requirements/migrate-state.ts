import type { Requirement } from '../../src/case/index.ts';

/** What XFRM_MSG_MIGRATE_STATE promises. */
export const migrateStateRequirements: readonly Requirement[] = [];
