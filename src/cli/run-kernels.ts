import { deviations } from '../../suites/deviations.ts';
import { modules } from '../../suites/modules.ts';
import type { Case } from '../case/case.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { resolveKernels } from '../kernel/resolve.ts';
import type { KernelProgress, Progress } from '../report/progress.ts';
import type { KernelResult } from '../report/results.ts';
import { runAll } from '../run/run-all.ts';
import type { KernelRun } from '../run/run-kernel.ts';
import type { RunCoverage } from './coverage.ts';
import type { MachineOptions } from './machine-options.ts';
import { machineFor } from './machines.ts';
import { projectDir } from './tool.ts';

/** A kernel that was found, and whom to tell how far it is. */
export interface Resolved {
  kernel: Kernel;
  told: KernelProgress;
}

interface Resolving {
  mirror?: string | undefined;
  signal: AbortSignal;
  progress: Progress;
}

/** The kernels that a spec names. */
export async function resolveSpec(
  spec: string,
  { mirror, signal, progress }: Resolving,
): Promise<Resolved[]> {
  const told = progress.kernel(spec);
  const kernels = await resolveKernels(spec, {
    cacheDir: defaultCacheDir(),
    signal,
    onProgress: (phrase) => told.phase(phrase),
    ...(mirror === undefined ? {} : { mirror }),
  });
  return kernels.map((kernel) => ({
    kernel,
    told: kernels.length === 1 ? told : progress.kernel(kernel.spec),
  }));
}

/** The kernels that the specs name, in that order, each once. */
export async function resolveAll(
  specs: readonly string[],
  resolving: Resolving,
): Promise<Resolved[]> {
  const found = new Map<string, Resolved>();
  for (const spec of specs)
    for (const resolved of await resolveSpec(spec, resolving))
      if (!found.has(resolved.kernel.spec)) found.set(resolved.kernel.spec, resolved);
  return [...found.values()];
}

/** Runs the cases on each kernel, on the machines that the options say. */
export function runKernels(
  kernels: readonly Resolved[],
  cases: readonly Case[],
  options: MachineOptions,
  signal: AbortSignal,
  { coverage, ...more }: Pick<KernelRun, 'consoleDir' | 'seed'> & { coverage?: RunCoverage } = {},
): Promise<KernelResult[]> {
  return runAll(
    kernels.map(({ kernel, told }) => ({
      kernel,
      machine: machineFor(kernel, options.machine),
      cases,
      deviations,
      payload: { agent: `${projectDir}dist/agent.cjs`, modules },
      acceleration: options.accel,
      silenceMs: options.caseTimeout === undefined ? null : options.caseTimeout * 1000,
      signal,
      progress: told,
      coverage: coverage?.of(kernel),
      ...more,
    })),
    options.jobs,
  );
}
