import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../../error.ts';
import { didYouMean } from '../../nearest.ts';
import { profiledDirs } from './profiling.ts';

export type BuildArch = 'um' | 'x86';

/** What a kernel is built with, one fragment in vm/config/ each, and for what. */
export const variants: Readonly<Record<string, string>> = {
  migrate: 'SA migration compiled in (the default)',
  'no-migrate': 'SA migration compiled out',
  kasan: 'KASAN, kmemleak, lockdep, refcount and list debugging',
  gcov: 'coverage of net/xfrm and net/key by gcov',
};

/**
 * "um", "um+no-migrate", "x86+kasan": names the build directory of an architecture and its variants.
 */
export function flavourOf(arch: BuildArch, wanted: readonly string[]): string {
  const named = wanted.filter((variant) => variant !== 'migrate').sort();
  return [arch, ...named].join('+');
}

/** The variants that differ in few object files: those that read an option, or are profiled. */
const slight = ['no-migrate', 'gcov'];

/** The flavours with the same object files but for a few. */
export function siblingsOf(arch: BuildArch, wanted: readonly string[]): string[] {
  return slight.map((variant) => {
    const others = wanted.filter((each) => each !== variant);
    return flavourOf(arch, wanted.includes(variant) ? others : [...others, variant]);
  });
}

/**
 * The fragments of a build in the order of merging. Migration is in unless `no-migrate` says
 * otherwise. Throws a UsageError for an unknown variant.
 */
export function fragmentPaths(arch: BuildArch, wanted: readonly string[]): string[] {
  for (const variant of wanted) {
    if (!(variant in variants)) throw unknownVariant(variant);
  }
  if (wanted.includes('migrate') && wanted.includes('no-migrate')) {
    throw new UsageError(
      'the variants migrate and no-migrate exclude each other: name one of them',
    );
  }
  const migration = wanted.includes('no-migrate') ? 'no-migrate' : 'migrate';
  const others = wanted.filter((each) => each !== 'migrate' && each !== 'no-migrate').sort();
  const names = ['base', `arch-${arch}`, migration, ...others];
  return names.map((name) => join(fragmentsDir(), `${name}.config`));
}

function unknownVariant(variant: string): UsageError {
  const list = Object.entries(variants).map(([name, what]) => `${name} (${what})`);
  const hint = didYouMean(variant, Object.keys(variants));
  return new UsageError(`unknown variant "${variant}"${hint}; there are ${list.join(', ')}`);
}

/** vm/config of this project, whether this runs from src/ or bundled in dist/. */
function fragmentsDir(): string {
  for (let dir = import.meta.dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const candidate = join(dir, 'vm', 'config');
    if (existsSync(join(candidate, 'base.config'))) return candidate;
  }
  throw new Error('vm/config is missing beside the program');
}

/**
 * Variables for make that a variant needs beside its options. kbuild profiles an object when
 * GCOV_PROFILE_<name>.o says so: nothing of the tree has to be edited.
 */
export async function makeVariables(tree: string, wanted: readonly string[]): Promise<string[]> {
  if (!wanted.includes('gcov')) return [];
  const files = await Promise.all(profiledDirs.map((dir) => readdir(join(tree, dir))));
  const sources = files.flat().filter((name) => name.endsWith('.c'));
  return sources.sort().map((name) => `GCOV_PROFILE_${name.replace(/\.c$/, '.o')}=y`);
}
