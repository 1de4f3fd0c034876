import { join } from 'node:path';
import { HarnessError, UserError } from '../error.ts';
import { AptRoot } from './apt.ts';
import { cachedKernels } from './debian.ts';
import { type DebianKernel, debianKernels } from './debian-kernels.ts';
import { entryName } from './fetch-debian.ts';
import type { DeclaredKind, InterfaceName, Kernel } from './kernel.ts';
import { declareKinds } from './kinds.ts';
import { runningKernel } from './running.ts';
import type { ResolveOptions } from './scheme.ts';
import { storedSize } from './stored-kernel.ts';

/** A kernel that can be had without building it. */
export interface ListedKernel {
  /** What --kernel takes. */
  spec: string;
  /** Upstream; null when the kernel does not tell. */
  version: string | null;
  /** As `uname -r` prints it; null when it is not known before the kernel is fetched. */
  release: string | null;
  /** Null until it is fetched, or while the facts do not tell. */
  kinds: Record<InterfaceName, DeclaredKind> | null;
  isCached: boolean;
  /** Bytes: on disk when it is cached, else to download; null for the running kernel. */
  size: number | null;
  /** More than `size` is to be downloaded: packages that are in no index, whose size nobody knows. */
  isMore: boolean;
  /** The suite of Debian's archive; "this machine"; "cache" when the archive has it no more. */
  from: string;
  notes: readonly string[];
}

export interface KernelList {
  kernels: readonly ListedKernel[];
  /** Why the list has only what is in the cache; null when it is whole. */
  problem: string | null;
}

/** The kernels of Debian's archive, newest first, then the running one. */
export async function listKernels(options: ResolveOptions): Promise<KernelList> {
  const { kernels: archive, problem } = await archiveKernels(options);
  const cached = new Map(
    (await cachedKernels(options.cacheDir)).map((kernel) => [kernel.spec, kernel]),
  );
  const rows: ListedKernel[] = [];
  for (const kernel of archive) rows.push(await fromArchive(kernel, cached, options.cacheDir));
  const served = new Set(rows.map(({ spec }) => spec));
  for (const kernel of cached.values()) {
    if (!served.has(kernel.spec)) rows.push(await onlyCached(kernel));
  }
  rows.push(...(await theRunningOne(options.signal)));
  return { kernels: rows, problem };
}

async function archiveKernels(options: ResolveOptions) {
  try {
    const index = await new AptRoot(options).index();
    return { kernels: debianKernels(index.packages), problem: null };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof HarnessError)) throw error;
    return { kernels: [], problem: error.message };
  }
}

async function fromArchive(
  kernel: DebianKernel,
  cached: ReadonlyMap<string, Kernel>,
  cacheDir: string,
): Promise<ListedKernel> {
  const spec = `debian:${kernel.version}`;
  const { version, release, suite } = kernel;
  const here = cached.get(spec);
  if (here) {
    const size = await storedSize(join(cacheDir, entryName(kernel)));
    return { ...row(here), size, from: suite, isCached: true };
  }
  const listed = kernel.packages.reduce((sum, each) => sum + each.size, 0);
  return {
    ...{ spec, version, release, kinds: null, isCached: false, from: suite, notes: [] },
    size: listed,
    isMore: kernel.unlisted.length > 0,
  };
}

async function onlyCached(kernel: Kernel): Promise<ListedKernel> {
  const size = kernel.image ? await storedSize(join(kernel.image, '..')) : null;
  return { ...row(kernel), size, from: 'cache', isCached: true };
}

async function theRunningOne(signal: AbortSignal): Promise<ListedKernel[]> {
  try {
    const kernel = await runningKernel(signal);
    return [{ ...row(kernel), size: null, from: 'this machine', isCached: false }];
  } catch (error) {
    // Not one that can be tested.
    if (error instanceof UserError) return [];
    throw error;
  }
}

function row(kernel: Kernel) {
  const { spec, facts, notes } = kernel;
  return {
    spec,
    version: facts.version,
    release: facts.release,
    kinds: kindsOf(kernel),
    notes,
    isMore: false,
  };
}

function kindsOf(kernel: Kernel): ListedKernel['kinds'] {
  try {
    return declareKinds(kernel.facts, null);
  } catch (error) {
    if (error instanceof HarnessError) return null;
    throw error;
  }
}
