import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kernel, KernelFacts } from '../kernel.ts';
import type { BuiltKernel } from './build-kernel.ts';
import { parseConfig } from './configure.ts';
import { profilingOf } from './profiling.ts';
import type { BuildArch } from './variants.ts';

/** What a kernel that was built here is, whatever its sources. */
export async function builtKernel(
  built: BuiltKernel,
  arch: BuildArch,
): Promise<Omit<Kernel, 'spec' | 'notes'>> {
  return {
    image: built.image,
    modulesDir: null,
    facts: await builtKernelFacts(built, arch),
    ...(await profilingOf(built.dir)),
  };
}

/** What a build says of its kernel: everything is built in, so System.map has all its symbols. */
async function builtKernelFacts(built: BuiltKernel, arch: BuildArch): Promise<KernelFacts> {
  const read = (name: string) => readFile(join(built.dir, name), 'utf8');
  const release = (await read('release')).trim();
  const names = (await read('System.map')).split('\n').map((line) => line.split(' ')[2] ?? '');
  return {
    release,
    version: /^\d+\.\d+(\.\d+)?(-rc\d+)?/.exec(release)?.[0] ?? null,
    arch: arch === 'um' ? 'um' : 'x86_64',
    config: parseConfig(await read('config')),
    migrateSymbols: [...new Set(names.filter((name) => /xfrm.*migrate/.test(name)))].sort(),
  };
}
