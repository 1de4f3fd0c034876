import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { HarnessError } from '../error.ts';
import { readBzImage } from './bzimage.ts';
import { parseKernelConfig } from './config-file.ts';
import type { KernelFacts } from './kernel.ts';
import {
  migrateSymbolsOfElf,
  migrateSymbolsOfMapFile,
  pickMigrateSymbols,
} from './migrate-symbols.ts';
import { decompressModules, findModules, moduleName } from './module-files.ts';
import { versionOfText } from './version.ts';
import { extractVmlinux } from './vmlinux.ts';
import { linuxBanner } from './vmlinux-banner.ts';

/** The files that a kernel came as; null for those that are not there. */
export interface KernelFiles {
  image: string;
  modulesDir: string | null;
  config: string | null;
  systemMap: string | null;
}

/** Symbols of interest, and the file that has them. */
interface SymbolList {
  file: string;
  names: readonly string[] | null;
}

/** What a kernel image says it is: release, builder, build; null when it is no kernel image. */
export async function readVersionText(image: string): Promise<string | null> {
  return (await readBzImage(image))?.versionText ?? (await linuxBanner(image));
}

/** The facts that can be read from a kernel's files on the host. */
export async function readFacts(files: KernelFiles, signal: AbortSignal): Promise<KernelFacts> {
  const text = await readVersionText(files.image);
  const config = files.config && (await readFile(files.config, 'utf8').catch(() => null));
  const lists: (SymbolList | null)[] = [
    files.systemMap && {
      file: basename(files.systemMap),
      names: await migrateSymbolsOfMapFile(files.systemMap),
    },
    files.modulesDir && (await readModuleSymbols(files.modulesDir, signal)),
    await readImageSymbols(files.image, signal),
  ].map((list) => list || null);
  const symbols = uniteSymbols(lists);
  return {
    release: text?.split(' ')[0] ?? null,
    version: text && versionOfText(text),
    arch: 'x86_64',
    config: config ? parseKernelConfig(config) : null,
    migrateSymbols: symbols?.names ?? null,
    origin: {
      config: config && files.config && basename(files.config),
      symbols: symbols?.file ?? null,
    },
  };
}

/**
 * All that several lists know. Null unless xfrm_user is among what was read: a list without it
 * would prove nothing. Pure.
 */
export function uniteSymbols(
  lists: readonly (SymbolList | null)[],
): { file: string; names: string[] } | null {
  const known = lists.filter((list) => list?.names && list.names.length > 0);
  const names = pickMigrateSymbols(known.flatMap((list) => list?.names ?? []));
  if (!names.includes('xfrm_do_migrate')) return null;
  return { names, file: known.map((list) => list?.file).join(' and ') };
}

/** Symbols of xfrm_user.ko; null when there is no such module: it is built in, or not there. */
export async function readModuleSymbols(
  modulesDir: string,
  signal: AbortSignal,
): Promise<SymbolList | null> {
  const paths = await findModules(modulesDir).catch(() => []);
  const found = paths.find((path) => moduleName(path) === 'xfrm_user');
  if (!found) return null;
  const path = join(modulesDir, found);
  const file = basename(found);
  if (file.endsWith('.ko')) return { file, names: await migrateSymbolsOfElf(path) };
  return inScratch(async (scratch) => {
    await copyFile(path, join(scratch, file));
    const [plain] = await decompressModules([join(scratch, file)], signal);
    return { file, names: await migrateSymbolsOfElf(plain!) };
  });
}

/** Symbols of a vmlinux, or of the one in a bzImage. */
function readImageSymbols(image: string, signal: AbortSignal): Promise<SymbolList> {
  return inScratch(async (scratch) => {
    const elf = (await extractVmlinux(image, join(scratch, 'vmlinux'), signal)) ?? image;
    return { file: basename(image), names: await migrateSymbolsOfElf(elf) };
  });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && /ENOSPC|No space left on device/.test(error.message);
}

async function inScratch<T>(work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'xfrm-conform-'));
  try {
    return await work(scratch);
  } catch (error) {
    if (!isFull(error)) throw error;
    throw new HarnessError(
      `The disk of ${tmpdir()} is full: free some space, or set TMPDIR to a place that has some.`,
      error,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
