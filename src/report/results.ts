import type { CaseRecord } from '../case/record.ts';
import type { DeclaredKind, GuestFacts, InterfaceName, Kernel } from '../kernel/kernel.ts';
import type { BootReport } from '../machine/machine.ts';
import type { Crash, Verdict } from '../verdict/verdict.ts';

/** One case on one kernel. */
export interface CaseResult {
  id: string;
  summary: string;
  interface: InterfaceName;
  verdict: Verdict;
  /** What the agent recorded; null when the case did not run, or the kernel did not survive it. */
  record: CaseRecord | null;
  crash: Crash | null;
}

/** All cases on one kernel. */
export interface KernelResult {
  /** The kernel, less what only this host needs to know (paths). */
  kernel: Pick<Kernel, 'spec' | 'notes'> & {
    release: string;
    version: string;
    arch: string;
    guest: GuestFacts | null;
    /** Null when the kernel did not tell: it has no files and did not boot. */
    kinds: Readonly<Record<InterfaceName, DeclaredKind>> | null;
  };
  /** Each boot that was needed: more than one after a crash. */
  boots: readonly BootReport[];
  cases: readonly CaseResult[];
  /** Why this kernel has no or not all verdicts: it did not boot, the run was interrupted. */
  problem: { message: string; console: string } | null;
  durationMs: number;
}

/** One of several parts into which a run was divided. */
export interface Shard {
  /** From 1 to `count`. */
  index: number;
  count: number;
}

/** A whole run, as results.json holds it. */
export interface RunResults {
  schema: 'xfrm-conform/results/1';
  tool: { version: string; commit: string | null };
  startedAt: string;
  durationMs: number;
  interrupted: boolean;
  /** Missing when all of the cases that were chosen were to run. */
  shard?: Shard;
  kernels: readonly KernelResult[];
}
