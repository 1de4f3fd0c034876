import type { Requirement } from '../../src/case/index.ts';

/** What XFRM_MSG_MIGRATE promises. */
export const migrateRequirements: readonly Requirement[] = [];
