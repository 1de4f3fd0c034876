import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpackedSource } from '../../../src/kernel/source.ts';
import { temporaryDir } from './temporary-dir.ts';

/** An archive that is not there. */
const mirror = 'file:/nonexistent/debian/';
const dir = temporaryDir();
const signal = AbortSignal.timeout(60_000);

test('an exact version whose tree is in the cache needs no archive', async () => {
  const cacheDir = dir();
  for (const name of ['7.3.3-1', '7.3.4-1~bpo13+1', '7.3.4-2~bpo13+1', '7.3.40-1'])
    await mkdir(join(cacheDir, 'source', name, 'linux'), { recursive: true });
  const tree = await unpackedSource('7.3.4', { cacheDir, mirror, signal });
  expect(tree).toBe(join(cacheDir, 'source/7.3.4-2~bpo13+1/linux'));
});

test('the newest of a series is asked of the archive', async () => {
  const cacheDir = dir();
  await mkdir(join(cacheDir, 'source/7.3-1/linux'), { recursive: true });
  await expect(unpackedSource('7.3', { cacheDir, mirror, signal })).rejects.toThrow(
    'file:/nonexistent/debian/',
  );
});
