import type { Refusal } from './netlink-rules.ts';
import type { World } from './world.ts';

/** What one message may do. Where both lists of choices are there, either is right. */
export interface Outcome {
  /** The answers that would refuse it; empty when it must not be refused. */
  readonly refusals: readonly Refusal[];
  /**
   * What success leaves; null when it must not succeed; 'open' when the documentation leaves open
   * what it does to the items named in `mayChange`.
   */
  readonly after: World | 'open' | null;
  /** Indexes of SAs that an open success may touch. */
  readonly mayChange?: readonly number[];
}

/** The oracle does not know this one (two SAs fit, say): it is not sent. */
export class Unmodelled extends Error {}

export const refused = (...refusals: readonly Refusal[]): Outcome => ({ refusals, after: null });
