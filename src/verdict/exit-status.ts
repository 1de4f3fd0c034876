import { exitStatus } from '../error.ts';
import type { Verdict } from './verdict.ts';

/** What of a run's results decides its exit status. */
export interface Outcome {
  readonly interrupted: boolean;
  readonly kernels: readonly {
    readonly problem: unknown;
    readonly cases: readonly { readonly verdict: Pick<Verdict, 'status'> }[];
  }[];
}

/**
 * The exit status of a run.
 *
 * 1 when any case failed, crashed or passed unexpectedly: the kernel's failure is a fact, whatever
 * else broke. Otherwise 3 when anything is missing: a case is broken, a kernel has a problem or no
 * cases, the run was interrupted. Otherwise 0: passes, known deviations and skips.
 */
export function exitStatusOf({ kernels, interrupted }: Outcome): 0 | 1 | 3 {
  const statuses = new Set(
    kernels.flatMap(({ cases }) => cases.map((each) => each.verdict.status)),
  );
  if (statuses.has('fail') || statuses.has('crash') || statuses.has('unexpected-pass')) {
    return exitStatus.failed;
  }
  const incomplete =
    interrupted ||
    kernels.length === 0 ||
    kernels.some(({ problem, cases }) => problem !== null || cases.length === 0);
  return incomplete || statuses.has('broken') ? exitStatus.broken : exitStatus.ok;
}
