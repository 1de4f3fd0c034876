import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesInUse } from '../kernel/cache-use.ts';

const kept = 3;

/**
 * Removes all but the last few initramfs that no live process uses. Each change of the agent makes
 * another one, of almost 100 MB: a day's work on cases would fill a disk. Never rejects.
 */
export async function trimInitramfs(cacheDir: string): Promise<void> {
  const dir = join(cacheDir, 'guests');
  const names = (await readdir(dir).catch(() => [])).filter((name) => /^initramfs-/.test(name));
  if (names.length <= kept) return;
  const inUse = await entriesInUse(cacheDir);
  const aged = await Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(join(dir, name)).catch(() => ({ mtimeMs: 0 }));
      return { name, mtimeMs };
    }),
  );
  const old = aged.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(kept);
  for (const { name } of old) {
    if (inUse.has(`guests/${name}`)) continue;
    await rm(join(dir, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
