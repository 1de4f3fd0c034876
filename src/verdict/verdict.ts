export type { Deviation } from '../case/deviation.ts';

/**
 * `pass`; `fail`: the kernel is wrong; `deviation`: wrong in a known way; `unexpected-pass`: a known
 * deviation is gone, its entry must go too; `skip`: a declared need is missing; `crash`: oops,
 * panic, hang, sanitizer report; `broken`: our own set-up failed, no word about the kernel.
 */
export type VerdictStatus =
  | 'pass'
  | 'fail'
  | 'deviation'
  | 'unexpected-pass'
  | 'skip'
  | 'crash'
  | 'broken';

/** A place where observation and expectation differ. */
export interface Mismatch {
  /** Path into the observation: "after.encap.sport"; empty when it differs as a whole. */
  path: string;
  /** As a reader would write it: "EINVAL: Invalid SPI 0x0". */
  expected: string;
  observed: string;
  /** The same in parts, where a single reply was expected. */
  reply?: {
    /** `extack` is missing where its text is not judged, null where there must be none. */
    expected: { errno: string; extack?: string | null };
    /** Null when there was no reply. */
    observed: { errno: string; extack: string | null } | null;
  };
}

export interface Verdict {
  status: VerdictStatus;
  /** One sentence for everything but pass. */
  reason: string | null;
  mismatches: readonly Mismatch[];
  /** Id of the deviation entry that applies; ids joined with a comma when it takes several. */
  deviation: string | null;
}

/** A case that the kernel did not survive. */
export interface Crash {
  /** "general protection fault", "KASAN: slab-use-after-free in xfrm_state_migrate", "hang" */
  title: string;
  /** The part of the kernel log or console that shows it (hostile bytes). */
  log: string;
  /** The top frames of its call trace, innermost first: "xfrm_state_find < xfrm_tmpl_resolve"; null: none. */
  fingerprint: string | null;
}
