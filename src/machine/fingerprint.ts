import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';

/** Raised whenever the same inputs give other files in the cache. */
const formatVersion = 1;

/** A key for the cache, of 32 hexadecimal digits, from contents. */
export function digest(parts: readonly (string | Uint8Array)[]): string {
  const sha = createHash('sha256').update(`${formatVersion}\n`);
  for (const part of parts) sha.update(part);
  return sha.digest('hex').slice(0, 32);
}

/**
 * A key for the cache from files that are too big to read each time: like make, it takes a file
 * for unchanged while its path, inode, size and times are.
 */
export async function fingerprint(
  paths: readonly string[],
  more: readonly string[] = [],
): Promise<string> {
  const parts = await Promise.all(
    paths.map(async (path) => {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
      return [path, dev, ino, size, mtimeNs, ctimeNs].join(' ');
    }),
  );
  return digest([...parts, ...more].map((part) => `${part}\n`));
}
