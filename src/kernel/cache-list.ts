import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { entriesInUse } from './cache-use.ts';
import { runTool } from './host-tool.ts';

/** What the cache holds, by its directories, and what each is for. */
export const cacheKinds: Readonly<Record<string, string>> = {
  kernels: 'kernels from Debian',
  built: 'kernels that were built',
  builds: 'build directories: with them a change takes seconds',
  source: 'unpacked kernel sources',
  guests: 'what guests boot from',
  apt: 'package lists',
};

export interface CacheEntryInfo {
  kind: string;
  /** Below the cache directory: "built/linux-…". */
  name: string;
  bytes: number;
  lastUsed: Date;
  inUse: boolean;
}

/** Every entry of the cache, the largest first within its kind. */
export async function listCache(cacheDir: string, signal: AbortSignal): Promise<CacheEntryInfo[]> {
  const inUse = await entriesInUse(cacheDir);
  const entries: CacheEntryInfo[] = [];
  for (const kind of Object.keys(cacheKinds)) {
    const names = await readdir(join(cacheDir, kind)).catch(() => []);
    if (names.length === 0) continue;
    const sizes = await diskUsage(join(cacheDir, kind), signal);
    for (const each of names) {
      const info = await stat(join(cacheDir, kind, each)).catch(() => null);
      if (!info?.isDirectory()) continue;
      const name = `${kind}/${each}`;
      const bytes = sizes.get(each) ?? 0;
      entries.push({ kind, name, bytes, lastUsed: info.mtime, inUse: inUse.has(name) });
    }
  }
  const order = Object.keys(cacheKinds);
  return entries.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.bytes - a.bytes);
}

/** Bytes on disk of each directory in `dir`. */
async function diskUsage(dir: string, signal: AbortSignal): Promise<Map<string, number>> {
  const options = { cwd: dir, signal, timeoutMs: 120_000 };
  const { stdout } = await runTool('du', ['-B1', '--max-depth=1', '.'], options);
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  return new Map(lines.map(([bytes, path = '']) => [path.replace(/^\.\//, ''), Number(bytes)]));
}

/**
 * Removes one entry. A work tree of a user's repository is also forgotten there.
 *
 * Returns false when somebody began to use it meanwhile.
 */
export async function removeEntry(
  cacheDir: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await entriesInUse(cacheDir)).has(name)) return false;
  const dir = join(cacheDir, name);
  const repository = await repositoryOf(join(dir, 'source'));
  await rm(dir, { recursive: true, force: true });
  await rm(`${dir}.lock`, { force: true });
  if (repository !== null) {
    const args = [`--git-dir=${repository}`, 'worktree', 'prune'];
    await runTool('git', args, { signal, timeoutMs: 60_000 });
  }
  return true;
}

/** The .git directory that a linked work tree belongs to; null when it is none. */
async function repositoryOf(workTree: string): Promise<string | null> {
  const text = await readFile(join(workTree, '.git'), 'utf8').catch(() => '');
  const own = /^gitdir: (.+)$/m.exec(text)?.[1];
  return own === undefined ? null : resolve(own, '../..');
}
