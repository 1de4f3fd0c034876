import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/error.ts';
import { cachedEntry, defaultCacheDir } from '../../../src/kernel/cache.ts';
import { diskSentence } from '../../../src/kernel/disk-error.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
const signal = new AbortController().signal;
const options = () => ({ cacheDir: dir(), signal });
const write = (text: string) => (entry: string) => writeFile(join(entry, 'file'), text);

describe('defaultCacheDir', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/xdg', HOME: '/home/me' }, '/xdg/xfrm-conform'],
    [{ HOME: '/home/me' }, '/home/me/.cache/xfrm-conform'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/home/me' }, '/home/me/.cache/xfrm-conform'],
    [{ XDG_CACHE_HOME: '', HOME: '/home/me' }, '/home/me/.cache/xfrm-conform'],
  ])('with %j is %s', (env, expected) => {
    expect(defaultCacheDir(env)).toBe(expected);
  });
});

describe('cachedEntry', () => {
  it('fills an entry once', async () => {
    const entry = await cachedEntry({ name: 'a/b', fill: write('first') }, options());
    await cachedEntry({ name: 'a/b', fill: write('second') }, options());
    expect(entry).toBe(join(dir(), 'a/b'));
    expect(await readFile(join(entry, 'file'), 'utf8')).toBe('first');
  });

  it('leaves nothing of an entry whose filling fails, and fills it the next time', async () => {
    const fill = async (entry: string) => {
      await write('half')(entry);
      throw new HarnessError('The mirror went away.');
    };
    await expect(cachedEntry({ name: 'a', fill }, options())).rejects.toThrow('went away');
    expect(existsSync(join(dir(), 'a'))).toBe(false);
    expect(await readdir(join(dir(), 'partial'))).toEqual([]);
    const entry = await cachedEntry({ name: 'a', fill: write('whole') }, options());
    expect(await readFile(join(entry, 'file'), 'utf8')).toBe('whole');
  });

  it('never uses what a killed run left behind', async () => {
    await mkdir(join(dir(), 'partial/a'), { recursive: true });
    await writeFile(join(dir(), 'partial/a/leftover'), 'half');
    const entry = await cachedEntry({ name: 'a', fill: write('whole') }, options());
    expect(await readdir(entry)).toEqual(['file']);
  });

  it('fills an entry again that is not whole', async () => {
    const isWhole = async (entry: string) =>
      (await readFile(join(entry, 'file'), 'utf8')) === 'whole';
    await cachedEntry({ name: 'a', fill: write('hal') }, options());
    const entry = await cachedEntry({ name: 'a', isWhole, fill: write('whole') }, options());
    expect(await readFile(join(entry, 'file'), 'utf8')).toBe('whole');
  });

  it('fills an entry once for two that ask at the same time', async () => {
    let fills = 0;
    const fill = async (entry: string) => {
      fills += 1;
      await write('x')(entry);
    };
    await Promise.all([1, 2, 3].map(() => cachedEntry({ name: 'a', fill }, options())));
    expect(fills).toBe(1);
  });

  it('throws the reason of an abort, and leaves nothing', async () => {
    const controller = new AbortController();
    const fill = async (entry: string) => {
      await write('half')(entry);
      controller.abort(new Error('enough'));
    };
    const filling = cachedEntry({ name: 'a', fill }, { ...options(), signal: controller.signal });
    await expect(filling).rejects.toThrow('enough');
    expect(await readdir(join(dir(), 'partial'))).toEqual([]);
    expect(existsSync(join(dir(), 'a'))).toBe(false);
  });

  it('says that the disk is full, whoever found out', async () => {
    const fill = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const filling = cachedEntry({ name: 'a', fill }, options());
    await expect(filling).rejects.toThrow(HarnessError);
    await expect(cachedEntry({ name: 'a', fill }, options())).rejects.toThrow(
      `The disk of the cache ${dir()} is full`,
    );
  });

  it('says that the cache cannot be written', async () => {
    await writeFile(join(dir(), 'file'), '');
    const cacheDir = join(dir(), 'file/cache');
    const filling = cachedEntry({ name: 'a', fill: write('x') }, { cacheDir, signal });
    await expect(filling).rejects.toThrow(
      `The cache ${cacheDir} cannot be written (a file is in the way)`,
    );
  });

  it.skipIf(process.getuid?.() === 0)('serves a whole entry of a read-only cache', async () => {
    await cachedEntry({ name: 'a', fill: write('x') }, options());
    await chmod(dir(), 0o555);
    const entry = await cachedEntry({ name: 'a', fill: write('y') }, options());
    expect(await readFile(join(entry, 'file'), 'utf8')).toBe('x');
    await chmod(dir(), 0o755);
  });

  it('never returns where no directory can be made: it refuses', async () => {
    const cacheDir = '/proc/no-such-process';
    const filling = cachedEntry({ name: 'a', fill: write('x') }, { cacheDir, signal });
    await expect(filling).rejects.toThrow('no directory can be made there');
  });
});

it('takes other errors for what they are', () => {
  expect(diskSentence('E: Sub-process returned an error', '/cache')).toBeNull();
});
