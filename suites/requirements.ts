import type { Requirement } from '../src/case/index.ts';
import { afterwardsRequirements } from './requirements/afterwards.ts';
import { doorRequirements } from './requirements/doors.ts';
import { migrateRequirements } from './requirements/migrate.ts';
import { migrateStateRequirements } from './requirements/migrate-state.ts';
import { robustnessRequirements } from './requirements/robustness.ts';

/** Every promise that the suites check. */
export const requirements: readonly Requirement[] = [
  ...migrateStateRequirements,
  ...migrateRequirements,
  ...afterwardsRequirements,
  ...doorRequirements,
  ...robustnessRequirements,
];
