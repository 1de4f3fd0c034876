import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesInUse } from '../kernel/cache-use.ts';

/**
 * How many of each are kept. Each change of the agent makes another initramfs of almost 100 MB, and
 * each change of Node another root; a kernel has a payload and perhaps a vmlinux of its own, and
 * users go through all kernels of a distribution.
 */
const kept: Readonly<Record<string, number>> = {
  ...{ initramfs: 3, lz4: 2, plain: 2, root: 2 },
  ...{ payload: 80, vmlinux: 40 },
};

/**
 * Removes the guests' files that were not used of late and that no live process uses: a day's work
 * on cases would fill a disk. Never rejects.
 */
export async function trimGuests(cacheDir: string): Promise<void> {
  const dir = join(cacheDir, 'guests');
  const names = await readdir(dir).catch(() => []);
  const old: string[] = [];
  for (const [kind, count] of Object.entries(kept)) {
    const ofKind = names.filter((name) => name.startsWith(`${kind}-`));
    if (ofKind.length > count) old.push(...(await newestFirst(dir, ofKind)).slice(count));
  }
  if (old.length === 0) return;
  const inUse = await entriesInUse(cacheDir);
  for (const name of old) {
    if (inUse.has(`guests/${name}`)) continue;
    await rm(join(dir, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function newestFirst(dir: string, names: readonly string[]): Promise<string[]> {
  const aged = await Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(join(dir, name)).catch(() => ({ mtimeMs: 0 }));
      return { name, mtimeMs };
    }),
  );
  return aged.sort((a, b) => b.mtimeMs - a.mtimeMs).map(({ name }) => name);
}
