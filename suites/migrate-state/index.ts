import type { Topic } from '../../src/case/index.ts';
import encap from './encap.ts';

/** The topics of XFRM_MSG_MIGRATE_STATE, in the order of the reports. */
export const migrateStateTopics: readonly Topic[] = [encap];
