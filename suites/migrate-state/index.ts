import type { Topic } from '../../src/case/index.ts';
import addresses from './addresses.ts';
import encap from './encap.ts';
import family from './family.ts';
import flags from './flags.ts';
import header from './header.ts';
import identity from './identity.ts';
import probe from './probe.ts';

/** The topics of XFRM_MSG_MIGRATE_STATE, in the order of the reports. */
export const migrateStateTopics: readonly Topic[] = [
  probe,
  header,
  flags,
  identity,
  addresses,
  family,
  encap,
];
