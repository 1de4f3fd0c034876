import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootableImage } from '../../../src/machine/kernel-image.ts';
import { fakeBzImage } from '../kernel/fake-bzimage.ts';
import { elfWithSection } from './elf-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function bootable(content: Buffer, hasKasan = false): Promise<string> {
  const image = join(dir, 'image');
  await writeFile(image, content);
  return bootableImage(image, { cacheDir: dir, hasKasan, signal: new AbortController().signal });
}

/** An ELF note: name size, content size, type, name, content. */
function note(name: string, type: number, content: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(content, 4);
  head.writeUInt32LE(type, 8);
  const padded = (size: number) => Buffer.alloc(Math.ceil(size / 4) * 4);
  const text = padded(name.length + 1);
  text.write(name);
  return Buffer.concat([head, text, padded(content)]);
}

test('a vmlinux with a PVH entry is booted as it is', async () => {
  const notes = Buffer.concat([note('Linux', 18, 3), note('Xen', 6, 6), note('Xen', 18, 8)]);
  expect(await bootable(elfWithSection('.notes', notes))).toBe(join(dir, 'image'));
});

test('what is in a bzImage is booted by itself, but not where KASAN would look into its shadow', async () => {
  const notes = note('Xen', 18, 8);
  const image = fakeBzImage('7.3.4-test (a@b) #1', gzipSync(elfWithSection('.notes', notes)));
  expect(await bootable(image)).toMatch(/\/guests\/vmlinux-.*\/vmlinux$/);
  expect(await bootable(image, true)).toBe(join(dir, 'image'));
});

test.each([
  ['nothing', Buffer.alloc(0), 'neither a bzImage nor a vmlinux'],
  ['noise', Buffer.alloc(70_000, 'noise'), 'neither a bzImage nor a vmlinux'],
  ['a vmlinux without the entry', elfWithSection('.notes', note('Xen', 6, 6)), 'CONFIG_PVH=y'],
  [
    'an ELF that is cut off',
    elfWithSection('.notes', note('Xen', 18, 8)).subarray(0, 100),
    'CONFIG_PVH=y',
  ],
])('%s is refused in one sentence', async (_, content, words) => {
  await expect(bootable(content)).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringMatching(new RegExp(`^${dir}/image is no kernel image: .*${words}\\.$`)),
  });
});

test('a file that is not there is named', async () => {
  const image = join(dir, 'nowhere');
  const asking = bootableImage(image, {
    cacheDir: dir,
    hasKasan: false,
    signal: new AbortController().signal,
  });
  await expect(asking).rejects.toMatchObject({ message: expect.stringContaining(image) });
});
