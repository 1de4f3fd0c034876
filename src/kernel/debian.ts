import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { HarnessError, UsageError } from '../error.ts';
import { type AptIndex, type AptOptions, AptRoot } from './apt.ts';
import { noteUse } from './cache-use.ts';
import { type DebianKernel, debianKernels } from './debian-kernels.ts';
import { fetchDebianKernel, isNotFound } from './fetch-debian.ts';
import type { Kernel } from './kernel.ts';
import { nearestVersion, nearestWord } from './nearest.ts';
import type { KernelScheme, ResolveOptions } from './scheme.ts';
import { loadKernel } from './stored-kernel.ts';
import { compareVersions, seriesOf } from './version.ts';

/** Cloud kernels of Debian's archive. */
export const debian: KernelScheme = {
  name: 'debian',
  usage: 'debian:VERSION',
  summary: "a kernel of Debian's archive: 7.3.4, 7.3 (its newest), latest, all",
  resolve: resolveDebian,
};

/** Tests bring an archive of their own. */
export type DebianOptions = ResolveOptions & Pick<AptOptions, 'keyring' | 'suites'>;

/** An index older than this is fetched again before a version counts as unknown. */
const recentMs = 5 * 60_000;

/** The kernels that "7.3.4", "7.3", "latest" or "all" names, fetched where needed. */
export async function resolveDebian(wanted: string, options: DebianOptions): Promise<Kernel[]> {
  checkForm(wanted);
  // An exact version that is in the cache needs no index and no network.
  const [cached] = await cachedKernels(options.cacheDir, `${wanted}_`);
  if (cached) return inUse([cached], options.cacheDir);
  const apt = new AptRoot(options);
  let index: AptIndex;
  try {
    index = await apt.index();
  } catch (error) {
    options.signal.throwIfAborted();
    return newestCached(wanted, options, error);
  }
  const known = choose(wanted, debianKernels(index.packages));
  if (known.length === 0) return fetchChosen(wanted, apt, await apt.index(recentMs), options);
  try {
    return await fetchChosen(wanted, apt, index, options);
  } catch (error) {
    // The archive may have dropped what yesterday's index names: look again, once.
    const renewed = isNotFound(error) ? await apt.index(recentMs) : index;
    if (renewed.updated === index.updated) throw error;
    return fetchChosen(wanted, apt, renewed, options);
  }
}

async function fetchChosen(
  wanted: string,
  apt: AptRoot,
  index: AptIndex,
  options: DebianOptions,
): Promise<Kernel[]> {
  const kernels = debianKernels(index.packages);
  const chosen = choose(wanted, kernels);
  if (chosen.length === 0) throw unknownVersion(wanted, kernels, index);
  const fetched =
    wanted === 'all'
      ? await fetchAll(chosen, index, options)
      : [await fetchDebianKernel(chosen[0]!, { apt, index }, options)];
  if (index.problem === undefined || fetched[0]?.facts.version === wanted) return fetched;
  const note = `Chosen by old package lists, because they could not be renewed: ${index.problem}`;
  return fetched.map((kernel) => ({ ...kernel, notes: [...kernel.notes, note] }));
}

/** Each that can be had; `onProgress` tells of those that the mirror has dropped. */
async function fetchAll(
  chosen: readonly DebianKernel[],
  index: AptIndex,
  options: DebianOptions,
): Promise<Kernel[]> {
  const kernels: Kernel[] = [];
  let missing: unknown;
  for (const kernel of chosen) {
    const onProgress = (phrase: string) => options.onProgress?.(`${kernel.version}: ${phrase}`);
    const apt = new AptRoot({ ...options, onProgress });
    try {
      kernels.push(await fetchDebianKernel(kernel, { apt, index }, { ...options, onProgress }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      onProgress('no longer on the mirror');
      missing = error;
    }
  }
  if (kernels.length === 0) throw missing;
  return kernels;
}

/** Which of these, newest first, "7.3.4", "7.3", "latest" and the like name. Pure. */
export function choose(wanted: string, kernels: readonly DebianKernel[]): readonly DebianKernel[] {
  if (wanted === 'all') return kernels;
  if (wanted === 'latest') return kernels.slice(0, 1);
  const exact = kernels.filter((kernel) =>
    [kernel.version, kernel.debianVersion, kernel.release].includes(wanted),
  );
  if (exact.length > 0 || !/^\d+\.\d+$/.test(wanted)) return exact;
  return kernels.filter((kernel) => seriesOf(kernel.version) === wanted).slice(0, 1);
}

function checkForm(wanted: string): void {
  if (/^\d+\.\d+\S*$/.test(wanted) || wanted === 'latest' || wanted === 'all') return;
  const nearest = nearestWord(wanted, ['latest', 'all']);
  const hint = nearest
    ? `did you mean debian:${nearest}?`
    : 'write debian:7.3.4, debian:7.3 or debian:latest.';
  throw new UsageError(`${JSON.stringify(`debian:${wanted}`)} names no version: ${hint}`);
}

function unknownVersion(
  wanted: string,
  kernels: readonly DebianKernel[],
  { problem, updated }: AptIndex,
): UsageError {
  const nearest = nearestVersion(
    wanted,
    kernels.map(({ version }) => version),
  );
  const hint = nearest ? `did you mean debian:${nearest}?` : 'see xfrm-conform kernels.';
  const lists = `the package lists of ${new Date(updated).toISOString().slice(0, 10)}`;
  const where =
    problem === undefined ? "Debian's archive has" : `By ${lists}, Debian's archive has`;
  return new UsageError(`${where} no kernel ${wanted}: ${hint}`, problem);
}

/** Without an index, the cache may still have what was asked for. */
async function newestCached(
  wanted: string,
  options: ResolveOptions,
  error: unknown,
): Promise<Kernel[]> {
  const cached = await cachedKernels(options.cacheDir);
  const fitting = cached.filter(({ facts }) => {
    if (wanted === 'latest' || wanted === 'all') return true;
    return facts.release === wanted || seriesOf(facts.version ?? '') === wanted;
  });
  if (fitting.length === 0 || !(error instanceof HarnessError)) throw error;
  const note = `Chosen from the kernels in the cache, because the archive's index could not be had: ${error.message}`;
  const noted = fitting.map((kernel) => ({ ...kernel, notes: [...kernel.notes, note] }));
  return inUse(wanted === 'all' ? noted : noted.slice(0, 1), options.cacheDir);
}

/** Kernels of the cache, kept from being pruned while this process uses them. */
function inUse(kernels: Kernel[], cacheDir: string): Kernel[] {
  for (const { image } of kernels) if (image) noteUse(cacheDir, relative(cacheDir, dirname(image)));
  return kernels;
}

/**
 * The whole kernels of Debian's archive that are in the cache, newest first; only those whose entry
 * begins with a prefix, "7.3.4_".
 */
export async function cachedKernels(cacheDir: string, prefix = ''): Promise<Kernel[]> {
  const names = await readdir(join(cacheDir, 'kernels')).catch(() => []);
  const entries = names.filter((name) => name.startsWith(`debian-${prefix}`)).sort();
  const kernels = await Promise.all(
    entries.map((name) => loadKernel(join(cacheDir, 'kernels', name))),
  );
  return kernels
    .filter((kernel) => kernel !== null)
    .sort((a, b) => compareVersions(b.facts.version ?? '', a.facts.version ?? ''));
}
