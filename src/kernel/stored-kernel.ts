import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kernel } from './kernel.ts';

/** What the cache entry of a kernel says of itself, in kernel.json; paths are below the entry. */
interface StoredKernel {
  format: number;
  kernel: Kernel;
  /** Bytes of each file that was there when the entry became whole. */
  files: Readonly<Record<string, number>>;
}

/** Raise it when what is unpacked or recorded changes: older entries are then made again. */
const format = 1;
const name = 'kernel.json';

/** Write kernel.json for the files that lie in `dir` now; the last step of filling an entry. */
export async function storeKernel(dir: string, kernel: Kernel): Promise<void> {
  const files: Record<string, number> = {};
  for (const path of await readdir(dir, { recursive: true })) {
    const stats = await stat(join(dir, path));
    if (stats.isFile()) files[path] = stats.size;
  }
  await writeFile(
    join(dir, name),
    JSON.stringify({ format, kernel, files } satisfies StoredKernel),
  );
}

/**
 * The kernel in this cache entry; null when there is none, or a file of it is missing or has
 * another size: a disk that filled up or lost power leaves such entries.
 */
export async function loadKernel(dir: string): Promise<Kernel | null> {
  const stored = await readStored(dir);
  if (!stored) return null;
  const { kernel } = stored;
  const whole = await Promise.all(
    Object.entries(stored.files).map(async ([path, size]) => {
      const stats = await stat(join(dir, path)).catch(() => null);
      return stats?.size === size;
    }),
  );
  if (whole.includes(false)) return null;
  return {
    ...kernel,
    image: kernel.image && join(dir, kernel.image),
    modulesDir: kernel.modulesDir && join(dir, kernel.modulesDir),
  };
}

/** Bytes of a whole entry. */
export async function storedSize(dir: string): Promise<number> {
  const stored = await readStored(dir);
  return Object.values(stored?.files ?? {}).reduce((sum, size) => sum + size, 0);
}

async function readStored(dir: string): Promise<StoredKernel | null> {
  try {
    const stored = JSON.parse(await readFile(join(dir, name), 'utf8')) as StoredKernel;
    return stored.format === format ? stored : null;
  } catch {
    return null;
  }
}
