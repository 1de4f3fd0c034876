import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { HarnessError, UserError } from '../../error.ts';
import { filesBelow } from '../../files-below.ts';
import { cachedEntry } from '../cache.ts';
import { noteUse } from '../cache-use.ts';
import { withLock } from '../lock.ts';
import { buildInputs, inputsFile } from './build-inputs.ts';
import { isConfigured, stampConfig } from './config-stamp.ts';
import { configure } from './configure.ts';
import type { Fingerprint } from './fingerprint.ts';
import { readHistory, writeHistory } from './history.ts';
import { runMake } from './make.ts';
import { keepProfiling } from './profiling.ts';
import { buildPhrase, wholeBuild } from './progress.ts';
import { canSeed, seedOutput } from './seed-output.ts';
import { viewSource } from './source-view.ts';
import { findToolchain, type Toolchain } from './toolchain.ts';
import { type BuildArch, flavourOf, fragmentPaths, makeVariables, siblingsOf } from './variants.ts';

export interface BuildRequest {
  arch: BuildArch;
  variants: readonly string[];
  /** What the sources are, found anew at each call: they may change while they are built. */
  fingerprint: () => Promise<Fingerprint>;
  /**
   * Names the build directory: what is built in the same one is rebuilt as far as it differs.
   * E.g. "linux-1a2b3c4d": one for each tree.
   */
  workshop: string;
  /** True when the sources lie in one place that moves between revisions: one build at a time. */
  treeMoves: boolean;
  /** Puts the sources in place and returns their root; called with the workshop locked. */
  provideTree: (workshopDir: string) => Promise<string>;
}

export interface BuildOptions {
  cacheDir: string;
  signal: AbortSignal;
  onProgress?: (phrase: string) => void;
  /** Parallel jobs of make; default: the number of CPUs. */
  jobs?: number;
  /** Told how long make took, in seconds; not called when the kernel was built before. */
  onMade?: (seconds: number) => void;
}

/** What is kept of a build: all that a machine and the facts need. */
export interface BuiltKernel {
  /**
   * Directory in the cache: holds image, System.map, config, release, of a revision also inputs, of a
   * profiled kernel also profiling/.
   */
  dir: string;
  image: string;
  source: Fingerprint;
}

/** The files that are kept, and where kbuild leaves them. */
const kept: Readonly<Record<BuildArch, Readonly<Record<string, string>>>> = {
  um: { linux: 'linux' },
  x86: { bzImage: 'arch/x86/boot/bzImage', vmlinux: 'vmlinux' },
};
const keptOfAll = {
  'System.map': 'System.map',
  config: '.config',
  release: 'include/config/kernel.release',
};

/** A tree that somebody edits while it is built is built again this many times. */
const attempts = 3;

/**
 * Builds a kernel, or finds that the same sources have been built the same way before: then nothing
 * is called but what the fingerprint needs.
 */
export async function buildKernel(
  request: BuildRequest,
  given: BuildOptions,
): Promise<BuiltKernel> {
  // make runs in the tree: a relative directory would be one in there.
  const options = { ...given, cacheDir: resolve(given.cacheDir) };
  const finding = findToolchain(request.arch);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // Both wait for other programs.
    const [toolchain, source] = await Promise.all([finding, request.fingerprint()]);
    const key = await artifactKey(request, source, toolchain);
    const dir = await cachedBuild(`built/${key}`, options, async (into) => {
      await build(request, toolchain, into, options);
      if ((await request.fingerprint()).id !== source.id) throw new TreeChanged();
    });
    if (dir !== null) return { dir, image: join(dir, Object.keys(kept[request.arch])[0]!), source };
    options.onProgress?.('the tree changed while it was built, again');
  }
  throw new HarnessError(
    'the tree changed each time while it was built: build it when nobody writes to it, or name a commit (tree:PATH@REVISION)',
  );
}

class TreeChanged extends Error {}

/**
 * The cache entry of a build; null when the tree changed meanwhile. An error of the build is thrown
 * as it is: the cache must not read a compiler's words as the disk's.
 */
async function cachedBuild(
  name: string,
  options: BuildOptions,
  fill: (into: string) => Promise<void>,
): Promise<string | null> {
  let own: unknown;
  const remember = (error: unknown) => {
    if (error instanceof UserError || error instanceof TreeChanged) own = error;
    throw error;
  };
  try {
    return await cachedEntry({ name, fill: (into) => fill(into).catch(remember) }, options);
  } catch (error) {
    if (own instanceof TreeChanged) return null;
    throw own ?? error;
  }
}

async function artifactKey(
  request: BuildRequest,
  source: Fingerprint,
  toolchain: Toolchain,
): Promise<string> {
  const recipe = await recipeOf(request, toolchain);
  const hash = createHash('sha256').update(`${source.id}\n${recipe}`).digest('hex').slice(0, 16);
  return `${request.workshop}-${flavourOf(request.arch, request.variants)}-${hash}`;
}

/** Everything but the sources that decides what is built. */
async function recipeOf(request: BuildRequest, toolchain: Toolchain): Promise<string> {
  const paths = fragmentPaths(request.arch, request.variants);
  const fragments = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return [request.arch, toolchain.compiler, ...request.variants, ...fragments].join('\n');
}

async function build(
  request: BuildRequest,
  toolchain: Toolchain,
  into: string,
  options: BuildOptions,
): Promise<void> {
  const workshop = join(options.cacheDir, 'builds', request.workshop);
  const view = join(workshop, 'tree');
  const output = join(view, flavourOf(request.arch, request.variants));
  const siblings = siblingsOf(request.arch, request.variants).map((flavour) => join(view, flavour));
  const onWait = () => options.onProgress?.('waiting for another run that builds in the same tree');
  const lock = { signal: options.signal, onWait, timeoutMs: lockTimeoutMs };
  const buildIt = async () => {
    // Only what is new waits, and for one that has been finished: they never wait for each other.
    const donor = siblings.find((sibling) => canSeed(output, sibling));
    if (donor !== undefined)
      await withLock(`${donor}.lock`, lock, () => seedOutput(output, donor, options.signal));
    await mkdir(output, { recursive: true });
    noteUse(options.cacheDir, `builds/${request.workshop}`);
    await buildIn({ tree: view, output }, request, toolchain, options);
    await keep(request.arch, output, into);
    if (request.variants.includes('gcov')) await keepProfiling({ view, output }, into);
    // What is bisected asks which files a revision was made of.
    if (request.treeMoves)
      await writeFile(join(into, inputsFile), (await buildInputs(output)).join('\n'));
  };
  const provide = async () => viewSource(await request.provideTree(workshop), view);
  if (request.treeMoves) {
    await withLock(`${workshop}.lock`, lock, async () => {
      await provide();
      await buildIt();
    });
  } else {
    // Different variants of one tree may be built side by side.
    await withLock(`${workshop}.lock`, lock, provide);
    await withLock(`${output}.lock`, lock, buildIt);
  }
}

/** A build from nothing with sanitizers on a busy machine takes most of an hour. */
const lockTimeoutMs = 3 * 3600_000;

async function buildIn(
  paths: { tree: string; output: string },
  request: BuildRequest,
  toolchain: Toolchain,
  options: BuildOptions,
): Promise<void> {
  const { arch } = request;
  const recipe = await recipeOf(request, toolchain);
  if (!(await isConfigured(paths.output, paths.tree, recipe))) {
    options.onProgress?.('configuring');
    const fragments = fragmentPaths(arch, request.variants);
    await configure({ ...paths, arch, cc: toolchain.cc, fragments, signal: options.signal });
  }
  await compile(request, toolchain, paths, options);
  await stampConfig(paths.output, paths.tree, recipe);
}

async function compile(
  request: BuildRequest,
  toolchain: Toolchain,
  paths: { tree: string; output: string },
  options: BuildOptions,
): Promise<void> {
  const plain = join(dirname(paths.output), request.arch);
  const history = await readHistory(paths.output, plain);
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  // An interrupted build goes on from there.
  const already = history.complete ? 0 : await countObjects(paths.output);
  const progress = {
    ...{ arch: request.arch, fromNothing: !history.complete },
    ...{ already, history: history.full },
  };
  options.onProgress?.(buildPhrase(0, 0, progress));
  const objects = await runMake({
    ...paths,
    arch: request.arch,
    targets: [request.arch === 'um' ? 'linux' : basename(kept.x86.bzImage!)],
    variables: [`CC=${toolchain.cc}`, ...(await makeVariables(paths.tree, request.variants))],
    jobs: options.jobs ?? availableParallelism(),
    signal: options.signal,
    onObjects: (count) => options.onProgress?.(buildPhrase(count, elapsed(), progress)),
  });
  options.onMade?.(elapsed());
  const made = { objects, seconds: elapsed() };
  const latest = wholeBuild(already, made, request.arch, history.full);
  await writeHistory(paths.output, history, latest);
}

async function countObjects(output: string): Promise<number> {
  return (await filesBelow(output)).filter((file) => file.endsWith('.o')).length;
}

async function keep(arch: BuildArch, output: string, into: string): Promise<void> {
  for (const [name, path] of Object.entries({ ...kept[arch], ...keptOfAll })) {
    await copyFile(join(output, path), join(into, name));
  }
  await writeFile(join(into, 'built-at'), new Date().toISOString());
}
