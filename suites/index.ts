import type { Case, Topic } from '../src/case/index.ts';
import { migrateTopics } from './migrate/index.ts';
import { migrateStateTopics } from './migrate-state/index.ts';

/** Every topic, in the order of the reports. */
export const allTopics: readonly Topic[] = [...migrateStateTopics, ...migrateTopics];

export const allCases: readonly Case[] = allTopics.flatMap((topic) => topic.cases);
