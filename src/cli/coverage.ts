import { join, resolve } from 'node:path';
import { GuestProfiles, readProfiles } from '../coverage/collect.ts';
import { mergeCoverage } from '../coverage/coverage.ts';
import { toLcov } from '../coverage/lcov.ts';
import type { KernelCoverage } from '../coverage/render.ts';
import { fileName } from '../file-name.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { writeWhole } from '../report/write-file.ts';

/** What profiled kernels of one run have counted. */
export class RunCoverage {
  readonly #profiles = new Map<Kernel, GuestProfiles>();

  /** Where to put what the guests of this kernel count; nowhere for one that was not profiled. */
  of(kernel: Kernel): GuestProfiles | undefined {
    if (!kernel.profiling) return undefined;
    const profiles = this.#profiles.get(kernel) ?? new GuestProfiles();
    this.#profiles.set(kernel, profiles);
    return profiles;
  }

  /** Reads the counters of each kernel. Throws a HarnessError when gcov cannot. */
  async read(signal: AbortSignal): Promise<KernelCoverage[]> {
    const all: KernelCoverage[] = [];
    for (const [{ spec, profiling }, { guests, lostCases }] of this.#profiles) {
      if (!profiling || guests.length === 0) continue;
      const objects = await readProfiles(guests, profiling, signal);
      all.push({ spec, files: mergeCoverage(objects, profiling), lostCases });
    }
    return all;
  }
}

/** Writes DIRECTORY/coverage/KERNEL.info for each kernel, and returns the paths. */
export async function writeTracefiles(
  coverage: readonly KernelCoverage[],
  directory: string,
): Promise<string[]> {
  const written: string[] = [];
  for (const { spec, files } of coverage) {
    const path = join(resolve(directory), 'coverage', `${fileName(spec)}.info`);
    await writeWhole(path, [toLcov(files, spec)]);
    written.push(path);
  }
  return written;
}
