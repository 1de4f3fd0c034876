import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../error.ts';
import type { AptIndex, AptRoot } from './apt.ts';
import { NotFoundError } from './apt-error.ts';
import { type CacheOptions, cachedEntry } from './cache.ts';
import type { DebianKernel, UnlistedPackage } from './debian-kernels.ts';
import { readFacts } from './facts.ts';
import { needSpace } from './free-space.ts';
import type { Kernel } from './kernel.ts';
import { loadKernel, storeKernel } from './stored-kernel.ts';
import { collectUnpacked, debIdentity, findUnpacked, unpackDeb } from './unpack-deb.ts';

/** Path of a kernel's entry below the cache directory. */
export function entryName({ version, debianVersion, release }: DebianKernel): string {
  // The upstream version leads, so that an entry is found without the archive's index.
  return `kernels/debian-${version}_${debianVersion}_${release}`.replaceAll(':', '%3a');
}

/** A kernel that the index still names and the mirror has dropped a part of. */
export class GoneError extends HarnessError {
  override readonly name = 'GoneError';
}

/** Whether the mirror said 404 to something. */
export function isNotFound(error: unknown): boolean {
  return error instanceof NotFoundError || error instanceof GoneError;
}

const unlistedNote =
  'Its modules come from a package that is in no signed index any more; the kernel itself verifies them (module.sig_enforce=1).';

/** Fetch a kernel into the cache, unless it is there. */
export async function fetchDebianKernel(
  kernel: DebianKernel,
  archive: { apt: AptRoot; index: AptIndex },
  options: CacheOptions,
): Promise<Kernel> {
  const dir = await cachedEntry(
    {
      name: entryName(kernel),
      isWhole: async (entry) => (await loadKernel(entry)) !== null,
      fill: async (entry) => {
        await needSpace(options.cacheDir, transientBytes(kernel));
        await fill(entry, kernel, archive, options);
      },
    },
    options,
  );
  const stored = await loadKernel(dir);
  if (!stored) throw new HarnessError(`The cache entry ${dir} changes under our hands: try again.`);
  return stored;
}

/** Packages, what they hold (6.1 has its modules uncompressed), and what is kept. */
function transientBytes(kernel: DebianKernel): number {
  const listed = kernel.packages.reduce((sum, { size }) => sum + size, 0);
  const unlisted = kernel.unlisted.length > 0 ? 40e6 : 0;
  return 6 * (listed + unlisted);
}

async function fill(
  dir: string,
  kernel: DebianKernel,
  { apt, index }: { apt: AptRoot; index: AptIndex },
  options: CacheOptions,
): Promise<void> {
  const debs = join(dir, 'debs');
  const tree = join(dir, 'unpacked');
  await mkdir(debs);
  await mkdir(tree);
  for (const each of kernel.packages) {
    await unpackDeb(await apt.download(index, each, debs), tree, options.signal);
  }
  let found = await findUnpacked(tree);
  // The files decide: some kernels depend on packages that hold nothing they lack.
  const isComplete = found.image && found.config && found.modulesDir;
  const unlisted = isComplete ? [] : kernel.unlisted;
  for (const each of unlisted) {
    const deb = await downloadUnlisted(each, kernel, { apt, index }, debs);
    await checkIdentity(deb, each, index.mirror, options.signal);
    await unpackDeb(deb, tree, options.signal);
  }
  if (unlisted.length > 0) found = await findUnpacked(tree);
  await rm(debs, { recursive: true });
  const { image, modulesDir } = found;
  if (!image || !modulesDir) {
    const what = image ? 'kernel modules' : 'kernel image';
    throw new HarnessError(
      `Debian's packages of ${kernel.release} hold no ${what}: choose another version (xfrm-conform kernels).`,
    );
  }
  options.onProgress?.('unpacking');
  await collectUnpacked({ ...found, image, modulesDir }, dir, options.signal);
  await record(dir, kernel, unlisted.length > 0, options.signal);
}

async function downloadUnlisted(
  wanted: UnlistedPackage,
  kernel: DebianKernel,
  { apt, index }: { apt: AptRoot; index: AptIndex },
  debs: string,
): Promise<string> {
  try {
    return await apt.downloadUnindexed(index, wanted.filename, debs);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new GoneError(
      `debian:${kernel.version} can no longer be had whole: ${index.mirror} has dropped ${wanted.name}; choose another version (xfrm-conform kernels).`,
      error,
    );
  }
}

async function record(
  dir: string,
  { version, release }: DebianKernel,
  fromPool: boolean,
  signal: AbortSignal,
): Promise<void> {
  const facts = await readFacts(
    {
      image: join(dir, 'vmlinuz'),
      modulesDir: join(dir, 'modules'),
      config: join(dir, 'config'),
      systemMap: join(dir, 'System.map'),
    },
    signal,
  );
  if (facts.release !== release) {
    throw new HarnessError(
      `Debian's package of ${release} holds a kernel that says it is ${facts.release ?? 'nothing'}: choose another version (xfrm-conform kernels).`,
    );
  }
  await storeKernel(dir, {
    spec: `debian:${version}`,
    image: 'vmlinuz',
    modulesDir: 'modules',
    facts: { ...facts, version },
    ...(fromPool ? { enforceModuleSignatures: true } : {}),
    notes: fromPool ? [unlistedNote] : [],
  });
}

async function checkIdentity(
  deb: string,
  wanted: UnlistedPackage,
  mirror: string,
  signal: AbortSignal,
): Promise<void> {
  const is = await debIdentity(deb, signal);
  if (!is) {
    throw new HarnessError(
      `${mirror} answers with something that is not a Debian package for ${wanted.name}: if this network has a login page, log in first, or name another mirror with --mirror.`,
    );
  }
  const same =
    is.name === wanted.name &&
    is.version === wanted.version &&
    is.architecture === wanted.architecture;
  if (same) return;
  throw new HarnessError(
    `${mirror} sent ${is.name} ${is.version} where the signed index asks for ${wanted.name} ${wanted.version}: name another mirror with --mirror.`,
  );
}
