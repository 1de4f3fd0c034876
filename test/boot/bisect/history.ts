import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHistory } from '../../../scripts/history/make.ts';
import { cachedEntry, defaultCacheDir } from '../../../src/kernel/cache.ts';
import { testTree } from '../uml/kernel.ts';

/** Commits cost little beside the import and the first build; fewer leave no place for all of them. */
const commits = 40;

/** A developer who has made one by scripts/make-history, and has it built, may name it here. */
const own = process.env.XFRM_CONFORM_TEST_HISTORY;

/**
 * A git repository of a kernel with a made history, kept in the cache: where it lies there, its builds
 * are found again.
 */
export async function testHistory(): Promise<string> {
  if (own !== undefined) return own;
  const source = await testTree();
  const recipes = join(import.meta.dirname, '../../../scripts/history');
  const hash = createHash('sha256').update(`${source} ${commits}`);
  for (const name of readdirSync(recipes).sort()) hash.update(readFileSync(join(recipes, name)));
  const { signal } = new AbortController();
  const dir = await cachedEntry(
    {
      name: `test-history/${hash.digest('hex').slice(0, 12)}`,
      fill: (into) => makeHistory({ source, dir: join(into, 'linux'), length: commits, signal }),
    },
    { cacheDir: defaultCacheDir(), signal },
  );
  return join(dir, 'linux');
}
