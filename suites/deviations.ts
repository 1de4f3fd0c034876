import type { Deviation } from '../src/case/index.ts';
import { migrateDeviations } from './deviations/migrate.ts';
import { migrateStateDeviations } from './deviations/migrate-state.ts';

/** Every known difference of real kernels from the specification. */
export const deviations: readonly Deviation[] = [...migrateStateDeviations, ...migrateDeviations];
