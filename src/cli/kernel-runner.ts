import { availableParallelism } from 'node:os';
import type { Case } from '../case/case.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { KernelResult } from '../report/results.ts';
import type { MachineOptions } from './machine-options.ts';
import { runKernels } from './run-kernels.ts';

/** Runs cases on one kernel after the other, for commands that go through many. */
export function kernelRunner(
  options: Omit<MachineOptions, 'jobs'>,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (phrase: string) => void },
): (kernel: Kernel, cases: readonly Case[]) => Promise<KernelResult> {
  return async (kernel, cases) => {
    const told = {
      phase: onProgress,
      judged: (_: unknown, done: number, total: number) =>
        onProgress(`running, ${done} of ${total} cases`),
    };
    const jobs = availableParallelism();
    const [result] = await runKernels([{ kernel, told }], cases, { ...options, jobs }, signal);
    return result!;
  };
}
