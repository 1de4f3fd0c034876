import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../error.ts';
import { cachedEntry } from './cache.ts';
import { ElfFile } from './elf.ts';
import { readFacts, readVersionText } from './facts.ts';
import { gatherModules } from './gather-modules.ts';
import type { Kernel, KernelFacts } from './kernel.ts';
import { findModules, modinfoOf } from './module-files.ts';
import type { KernelScheme, ResolveOptions } from './scheme.ts';
import { versionOfRelease, versionOfText } from './version.ts';

/** A kernel image file: bzImage, vmlinux, or a user-mode-linux executable. */
export const image: KernelScheme = {
  name: 'image',
  usage: 'image:PATH[,modules=DIR]',
  summary: 'a kernel image file: bzImage, vmlinux or a UML executable',
  resolve: async (rest, options) => [await resolveImage(rest, options)],
};

async function resolveImage(rest: string, options: ResolveOptions): Promise<Kernel> {
  const { path, modules } = parseImageSpec(rest);
  await checkImage(path);
  const versionText = await readVersionText(path);
  if (versionText === null) {
    throw new UsageError(
      `${path} is not a Linux kernel (no bzImage header, no "Linux version" in it): name a bzImage, a vmlinux or a UML executable.`,
    );
  }
  const modulesDir = modules && (await usableModules(modules, options));
  const release = versionText.split(' ')[0]!;
  if (modulesDir) await checkFit(modulesDir, release, path);
  const beside = await filesBeside(path, versionText, modules);
  const facts = await readFacts({ image: path, modulesDir, ...beside }, options.signal);
  return {
    spec: `image:${path}${modules ? `,modules=${modules}` : ''}`,
    image: path,
    modulesDir,
    facts: { ...facts, arch: await archOf(path) },
    notes: [],
  };
}

/** Takes "PATH[,modules=DIR]" apart. A path may have commas in it. */
export function parseImageSpec(rest: string): { path: string; modules: string | null } {
  const match = /^(.*?)(?:,modules=(.*))?$/s.exec(rest)!;
  const [path, modules] = [match[1]!, match[2] ?? null];
  if (path === '' || modules === '') {
    throw new UsageError(
      `"image:${rest}" names no ${path === '' ? 'image' : 'directory of modules'}: write image:PATH or image:PATH,modules=DIR.`,
    );
  }
  return { path: expand(path), modules: modules === null ? null : expand(modules) };
}

/** The shell leaves a ~ alone that does not begin a word. */
function expand(path: string): string {
  return resolve(path.replace(/^~(?=\/|$)/, homedir()));
}

async function checkImage(path: string): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (!stats) throw new UsageError(`There is no kernel image ${path}: check the path.`);
  if (!stats.isFile()) {
    throw new UsageError(
      `${path} is not a file: name a kernel image, or a source tree with tree:${path}.`,
    );
  }
  const readable = await open(path, 'r').catch(() => null);
  if (!readable) throw new UsageError(`${path} cannot be read: check its permissions.`);
  await readable.close();
}

/**
 * A directory with these modules as plain .ko files, because guests have no decompressor: the
 * directory itself, or a copy in the cache.
 */
async function usableModules(dir: string, options: ResolveOptions): Promise<string> {
  const modules = await findModules(dir).catch(() => null);
  if (!modules || modules.length === 0) {
    throw new UsageError(
      `${dir} ${modules ? 'holds no kernel modules' : 'is not a directory'}: name the directory that has the *.ko files below it.`,
    );
  }
  if (modules.every((module) => module.endsWith('.ko'))) return dir;
  const key = createHash('sha256').update(dir);
  for (const module of modules.sort()) {
    const { size, mtimeMs } = await stat(join(dir, module));
    key.update(`${module} ${size} ${mtimeMs}\n`);
  }
  const name = `modules/${key.digest('hex').slice(0, 16)}`;
  options.onProgress?.('decompressing modules');
  return cachedEntry({ name, fill: (into) => gatherModules(dir, into, options.signal) }, options);
}

/** config and System.map: beside the image, where distributions and kbuild leave them. */
async function filesBeside(path: string, versionText: string, modulesDir: string | null) {
  const dir = dirname(path);
  const suffix =
    /^(?:vmlinu[xz]|bzImage|linux)-(.+)$/.exec(basename(path))?.[1] ?? versionText.split(' ')[0];
  // …/arch/x86/boot/bzImage and …/vmlinux belong to the build directory above.
  const build = /^(.*)\/arch\/[^/]+\/boot$/.exec(dir)?.[1];
  const dirs = [dir, build, modulesDir, '/boot'].filter((each) => typeof each === 'string');
  const isOurs = (each: string) => each !== '/boot';
  const config = dirs.flatMap((each) => [
    join(each, `config-${suffix}`),
    ...(isOurs(each) ? [join(each, '.config'), join(each, 'config')] : []),
  ]);
  const systemMap = dirs.flatMap((each) => [
    join(each, `System.map-${suffix}`),
    ...(isOurs(each) ? [join(each, 'System.map')] : []),
  ]);
  return {
    config: await firstFile(config, (text) => isConfigOf(text, versionText)),
    systemMap: await firstFile(systemMap, () => true),
  };
}

async function firstFile(paths: readonly string[], isFit: (text: string) => boolean) {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== null && isFit(text)) return path;
  }
  return null;
}

/**
 * Whether a config is of this kernel, by its comment "# Linux/x86 7.3.4 Kernel Configuration": a
 * build directory may have been configured for another version since. Pure.
 */
export function isConfigOf(config: string, versionText: string): boolean {
  const version = /^# Linux\/\S+ (\S+) Kernel Configuration$/m.exec(config)?.[1];
  if (version === undefined) return true;
  return [versionOfRelease(versionText), versionOfText(versionText)].includes(version);
}

/** A module of another kernel would not load, and its symbols would be facts of another kernel. */
async function checkFit(modulesDir: string, release: string, path: string): Promise<void> {
  for (const module of await findModules(modulesDir)) {
    const vermagic = await modinfoOf(join(modulesDir, module), 'vermagic');
    if (vermagic === null) continue;
    const [builtFor] = vermagic.split(' ');
    if (builtFor === release) return;
    throw new UsageError(
      `The modules in ${modulesDir} are for ${builtFor}, but ${path} is ${release}: name the modules that were built with it.`,
    );
  }
}

/** User-mode Linux names its command line handlers in a section of their own. */
async function archOf(path: string): Promise<KernelFacts['arch']> {
  const isUml = await ElfFile.read(
    path,
    async (elf) => (await elf.section('.uml.setup.init')) !== null,
  );
  return isUml ? 'um' : 'x86_64';
}
