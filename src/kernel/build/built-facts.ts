import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KernelFacts } from '../kernel.ts';
import type { BuiltKernel } from './build-kernel.ts';
import { parseConfig } from './configure.ts';
import type { BuildArch } from './variants.ts';

/** What a build says of its kernel: everything is built in, so System.map has all its symbols. */
export async function builtKernelFacts(built: BuiltKernel, arch: BuildArch): Promise<KernelFacts> {
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
