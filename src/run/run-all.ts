import type { KernelResult } from '../report/results.ts';
import { type KernelRun, runKernel } from './run-kernel.ts';

/**
 * Runs kernels side by side with at most `jobs` guests at a time, each pinned to a CPU of its own
 * where its machine pins. Fewer kernels than jobs get several guests each. The results come in the
 * order of the runs.
 */
export async function runAll(
  runs: readonly Omit<KernelRun, 'cpus'>[],
  jobs: number,
): Promise<KernelResult[]> {
  const results: KernelResult[] = [];
  const workers = Math.min(jobs, runs.length);
  let next = 0;
  const worker = async (first: number) => {
    const cpus = Array.from({ length: jobs }, (_, cpu) => cpu).filter(
      (cpu) => cpu % workers === first,
    );
    while (next < runs.length) {
      const index = next++;
      results[index] = await runKernel({ ...runs[index]!, cpus });
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, first) => worker(first)));
  return results;
}
