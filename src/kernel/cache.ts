import { lstat, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { noteUse } from './cache-use.ts';
import { diskError } from './disk-error.ts';
import { withLock } from './lock.ts';
import { makeCacheDir } from './make-dir.ts';

/** $XDG_CACHE_HOME/xfrm-conform; as the specification says, a relative XDG_CACHE_HOME counts as unset. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env.XDG_CACHE_HOME;
  const base = xdg && isAbsolute(xdg) ? xdg : join(env.HOME || homedir(), '.cache');
  return join(base, 'xfrm-conform');
}

export interface CacheEntry {
  /** Path of the entry below the cache directory, e.g. "kernels/7.3.4-1~bpo13+1". */
  name: string;
  /** Whether the entry in this directory is whole; being there counts as whole when left out. */
  isWhole?: (dir: string) => Promise<boolean>;
  /** Fill this empty directory. It becomes the entry when this resolves, and never before. */
  fill: (dir: string) => Promise<void>;
}

export interface CacheOptions {
  cacheDir: string;
  signal: AbortSignal;
  onProgress?: (phrase: string) => void;
}

/**
 * The directory of a cache entry, filled by at most one process at a time.
 *
 * A whole entry is found without any lock or write: a read-only cache serves what it has. An entry
 * that is not whole is thrown away and filled again.
 */
export async function cachedEntry(entry: CacheEntry, options: CacheOptions): Promise<string> {
  const dir = join(options.cacheDir, entry.name);
  if (await isWhole(dir, entry)) {
    noteUse(options.cacheDir, entry.name);
    return dir;
  }
  const lock = join(options.cacheDir, 'locks', `${entry.name.replaceAll('/', '_')}.lock`);
  const onWait = () => options.onProgress?.('waiting for another run that makes the same');
  const { signal, cacheDir } = options;
  await withLock(lock, { signal, onWait, cacheDir }, async () => {
    if (!(await isWhole(dir, entry))) await fillEntry(dir, entry, options);
    noteUse(options.cacheDir, entry.name);
  });
  return dir;
}

/** Whether a whole entry is in the cache. */
export function isCached(entry: Omit<CacheEntry, 'fill'>, cacheDir: string): Promise<boolean> {
  return isWhole(join(cacheDir, entry.name), entry);
}

async function isWhole(dir: string, entry: Omit<CacheEntry, 'fill'>): Promise<boolean> {
  const stat = await lstat(dir).catch(() => null);
  if (!stat?.isDirectory()) return false;
  return entry.isWhole ? entry.isWhole(dir) : true;
}

async function fillEntry(dir: string, entry: CacheEntry, options: CacheOptions): Promise<void> {
  // The lock makes this name ours: what lies here was left by a run that was killed.
  const partial = join(options.cacheDir, 'partial', entry.name.replaceAll('/', '_'));
  try {
    await rm(partial, { recursive: true, force: true });
    await makeCacheDir(partial, options.cacheDir);
    await entry.fill(partial);
    options.signal.throwIfAborted();
    await makeCacheDir(dirname(dir), options.cacheDir);
    await rm(dir, { recursive: true, force: true });
    await rename(partial, dir);
  } catch (error) {
    throw options.signal.aborted ? options.signal.reason : diskError(error, options.cacheDir);
  } finally {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
  }
}
