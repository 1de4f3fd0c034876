import type { KernelResult, RunResults } from '../report/results.ts';
import { tool } from './tool.ts';

/** What was run since `started`, as results.json holds it. */
export function runResults(
  kernels: readonly KernelResult[],
  started: Date,
  { interrupted, shard }: Pick<RunResults, 'interrupted' | 'shard'>,
): RunResults {
  return {
    schema: 'xfrm-conform/results/1',
    tool: tool(),
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    interrupted,
    ...(shard && { shard }),
    kernels,
  };
}
