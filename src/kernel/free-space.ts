import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HarnessError } from '../error.ts';

/** Throws a HarnessError when the disk of the cache has less than so many bytes free. */
export async function needSpace(cacheDir: string, bytes: number): Promise<void> {
  const free = await freeBytes(cacheDir);
  if (free === null || free >= bytes) return;
  const [has, needs] = [free, bytes].map((each) => Math.ceil(each / 1e6));
  throw new HarnessError(
    `The disk of the cache ${cacheDir} has ${has} MB free, and ${needs} MB are needed: free some space (xfrm-conform cache), or set XDG_CACHE_HOME to a place that has some.`,
  );
}

/** Of the nearest directory that exists; null when the file system does not tell. */
async function freeBytes(dir: string): Promise<number | null> {
  const stats = await statfs(dir).catch(() => null);
  // Some network and overlay file systems say zero for everything.
  if (stats) return stats.blocks === 0 ? null : stats.bavail * stats.bsize;
  return dirname(dir) === dir ? null : freeBytes(dirname(dir));
}
