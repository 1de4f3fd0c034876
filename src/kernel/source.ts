import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError, UsageError } from '../error.ts';
import { type AptOptions, type AptPackage, AptRoot } from './apt.ts';
import { type BuildOptions, buildKernel } from './build/build-kernel.ts';
import { builtKernel } from './build/built-facts.ts';
import { cachedEntry } from './cache.ts';
import { runTool } from './host-tool.ts';
import type { Kernel } from './kernel.ts';
import { formatSourceSpec, type SourceSpec } from './tree-spec.ts';

export type SourceOptions = BuildOptions & Pick<AptOptions, 'mirror'>;

/**
 * The kernel that Debian's linux-source-* package of a version builds.
 *
 * Throws a UsageError when the archive has no such version.
 */
export async function sourceKernel(spec: SourceSpec, options: SourceOptions): Promise<Kernel> {
  const version = await sourceVersion(spec.version, options);
  const id = `Debian linux-source ${version}`;
  const built = await buildKernel(
    {
      ...spec,
      fingerprint: async () => ({ id, description: id }),
      workshop: `linux-source-${version}`,
      treeMoves: false,
      provideTree: () => sourceTree(version, options),
    },
    options,
  );
  return {
    spec: formatSourceSpec(spec),
    ...(await builtKernel(built, spec.arch)),
    notes: [`Built from ${id}.`],
  };
}

/** The newest package version of "7.3.4" or "7.3". */
async function sourceVersion(wanted: string, options: SourceOptions): Promise<string> {
  const cached = await cachedVersion(wanted, options.cacheDir);
  return cached ?? (await findPackage(wanted, options)).version;
}

/** An exact version whose tree is in the cache needs no package lists and no network. */
async function cachedVersion(wanted: string, cacheDir: string): Promise<string | undefined> {
  // "7.3" means the newest of the archive.
  if (!/^\d+\.\d+\.\d+$/.test(wanted)) return undefined;
  const names = await readdir(join(cacheDir, 'source')).catch(() => []);
  return names
    .filter((name) => upstream(name) === wanted)
    .sort(compare)
    .at(-1);
}

async function findPackage(wanted: string, options: SourceOptions): Promise<AptPackage> {
  const index = await new AptRoot(options).index();
  const sources = index.packages.filter((each) => /^linux-source-\d+\.\d+$/.test(each.name));
  const matching = sources.filter(({ version }) => isVersion(upstream(version), wanted));
  const newest = matching.sort((a, b) => compare(a.version, b.version)).at(-1);
  if (newest !== undefined) return newest;
  const known = [...new Set(sources.map((each) => upstream(each.version)))].sort(compare);
  throw new UsageError(
    `Debian's archive has no source package of Linux ${wanted}; it has ${known.join(', ')}`,
  );
}

function isVersion(version: string, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

/** "7.3.4" of "7.3.4-1~bpo13+1" */
function upstream(version: string): string {
  return version.replace(/[-~].*$/, '');
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The root of the unpacked sources of a version as it is named in a spec. */
export async function unpackedSource(wanted: string, options: SourceOptions): Promise<string> {
  return sourceTree(await sourceVersion(wanted, options), options);
}

/** The unpacked tree of a package version: fetched and unpacked once, in about 15 s. */
async function sourceTree(version: string, options: SourceOptions): Promise<string> {
  const name = `source/${version}`;
  const dir = await cachedEntry(
    { name, fill: (into) => unpackSource(version, into, options) },
    options,
  );
  return join(dir, 'linux');
}

async function unpackSource(version: string, into: string, options: SourceOptions): Promise<void> {
  const apt = new AptRoot(options);
  const index = await apt.index();
  const wanted = index.packages.find(
    (each) => /^linux-source-\d/.test(each.name) && each.version === version,
  );
  if (wanted === undefined) throw new HarnessError(`linux-source ${version} has gone: try again`);
  const deb = await apt.download(index, wanted, into);
  options.onProgress?.('unpacking the source');
  await unpackDeb(deb, join(into, 'package'), options.signal);
  const tarball = join(into, 'package/usr/src', `${wanted.name}.tar.xz`);
  await tool('tar', ['-xJf', tarball, '-C', into, '--no-same-owner'], options.signal);
  await rename(join(into, wanted.name), join(into, 'linux'));
  await rm(join(into, 'package'), { recursive: true });
  await rm(deb);
}

async function unpackDeb(deb: string, into: string, signal: AbortSignal): Promise<void> {
  await tool('dpkg-deb', ['-x', deb, into], signal);
}

async function tool(file: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const timeoutMs = 10 * 60_000;
  const result = await runTool(file, args, { signal, timeoutMs });
  if (result.exitCode !== 0) {
    throw new HarnessError(`${file} failed: ${result.stderr.trim().split('\n').at(-1) ?? ''}`);
  }
}
