import type { Topic } from '../../src/case/index.ts';

/** The topics of XFRM_MSG_MIGRATE, in the order of the reports. */
export const migrateTopics: readonly Topic[] = [];
