import { readFile, stat } from 'node:fs/promises';
import { arch, release, version } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UsageError } from '../error.ts';
import { parseKernelConfig } from './config-file.ts';
import { readModuleSymbols, uniteSymbols } from './facts.ts';
import type { Kernel, KernelFacts } from './kernel.ts';
import { migrateSymbolsOfMapFile } from './migrate-symbols.ts';
import type { KernelScheme } from './scheme.ts';
import { versionOfRelease, versionOfText } from './version.ts';

/** The kernel that this process runs on. */
export const running: KernelScheme = {
  name: 'running',
  usage: 'running',
  summary: 'the kernel of this machine, tested in namespaces of its own',
  resolve: async (rest, options) => {
    if (rest !== '') throw new UsageError(`"running:${rest}" names no kernel: write running.`);
    return [await runningKernel(options.signal)];
  },
};

/** The running kernel with what it tells of itself. Throws a UsageError when it is not for x86_64. */
export async function runningKernel(signal: AbortSignal): Promise<Kernel> {
  if (arch() !== 'x64') {
    throw new UsageError(`The running kernel is for ${arch()}: only x86_64 is supported.`);
  }
  const modulesDir = `/lib/modules/${release()}`;
  const hasModules = (await stat(join(modulesDir, 'kernel')).catch(() => null)) !== null;
  return {
    spec: 'running',
    image: null,
    modulesDir: hasModules ? modulesDir : null,
    facts: await runningFacts(hasModules ? modulesDir : null, signal),
    notes: [],
  };
}

async function runningFacts(modulesDir: string | null, signal: AbortSignal): Promise<KernelFacts> {
  const config = await runningConfig();
  const kallsyms = await migrateSymbolsOfMapFile('/proc/kallsyms');
  const module = modulesDir && (await readModuleSymbols(modulesDir, signal));
  const symbols = uniteSymbols([{ file: '/proc/kallsyms', names: kallsyms }, module || null]);
  return {
    release: release(),
    // `uname -v` of Debian: "#1 SMP … Debian 6.1.176-1 (…)".
    version: versionOfText(`${release()} ${version()}`) ?? versionOfRelease(release()),
    arch: 'x86_64',
    config: config?.options ?? null,
    migrateSymbols: symbols?.names ?? null,
    origin: { config: config?.file ?? null, symbols: symbols?.file ?? null },
  };
}

async function runningConfig() {
  const gzipped = await readFile('/proc/config.gz').catch(() => null);
  const files = [`/boot/config-${release()}`, `/lib/modules/${release()}/config`];
  if (gzipped) {
    const options = parseKernelConfig((await promisify(gunzip)(gzipped)).toString());
    if (options) return { file: '/proc/config.gz', options };
  }
  for (const file of files) {
    const options = parseKernelConfig(await readFile(file, 'utf8').catch(() => ''));
    if (options) return { file, options };
  }
  return null;
}
