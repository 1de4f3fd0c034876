import type { Case, Topic } from '../src/case/index.ts';
import encap from './migrate-state/encap.ts';

/** Every topic, in the order of the reports. */
export const allTopics: readonly Topic[] = [encap];

export const allCases: readonly Case[] = allTopics.flatMap((topic) => topic.cases);
