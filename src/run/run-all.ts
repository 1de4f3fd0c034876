import type { KernelResult } from '../report/results.ts';
import { type KernelRun, runKernel } from './run-kernel.ts';

/**
 * Runs kernels side by side, at most `jobs` at a time, each pinned to a CPU of its own where its
 * machine pins. The results come in the order of the runs.
 */
export async function runAll(
  runs: readonly Omit<KernelRun, 'cpu'>[],
  jobs: number,
): Promise<KernelResult[]> {
  const results: KernelResult[] = [];
  let next = 0;
  const worker = async (cpu: number) => {
    while (next < runs.length) {
      const index = next++;
      results[index] = await runKernel({ ...runs[index]!, cpu });
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, runs.length) }, (_, cpu) => worker(cpu)));
  return results;
}
