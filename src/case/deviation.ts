import type { KernelKind } from '../kernel/kernel.ts';
import type { Expected } from './match.ts';

/** Upstream versions, both ends included, "7.2.*" for every stable release; null: open end. */
export interface KernelRange {
  from: string | null;
  to: string | null;
}

/** Where a deviation shows, and how. */
export interface Sighting {
  /** Case ids; a trailing * stands for any rest. */
  cases: readonly string[];
  /** Several where a stable branch got the fix before, or never had the fault. */
  kernels: KernelRange | readonly KernelRange[];
  /** The kinds of kernel that it is about; only `full` when left out: others refuse all the same. */
  kinds?: readonly KernelKind[];
  /**
   * What is seen instead: paths into the observation and what they hold, values or matchers. A path
   * explains all differences at and below it, and no others: { reply: error('ESRCH') }.
   */
  observed: Readonly<Record<string, Expected>>;
  /** How the title of a crash begins, when the deviation is one: "WARNING in xfrm_state_find". */
  crash?: string;
  /**
   * It shows by more than the version (the allocator's rounding, timing): where it does not, that is
   * a pass and not an unexpected one.
   */
  intermittent?: true;
}

/** A known difference of real kernels from the specification. */
export interface Deviation extends Sighting {
  id: string;
  /** One sentence: what the kernel does. */
  title: string;
  /** Other cases in which the same fault shows in another way; what is left out is as above. */
  also?: readonly (Pick<Sighting, 'cases' | 'observed'> & Partial<Pick<Sighting, 'kernels'>>)[];
  /** What was promised, why it is wrong, and which of documentation and code is likely wrong. */
  reason: string;
  /** Section of the documentation, commit, or source line. */
  reference: string;
}
