import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseBzImage, readBzImage } from '../../../src/kernel/bzimage.ts';
import { extractVmlinux } from '../../../src/kernel/vmlinux.ts';
import { linuxBanner } from '../../../src/kernel/vmlinux-banner.ts';
import { fakeBzImage } from './fake-bzimage.ts';
import { fakeElf } from './fake-elf.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
const vmlinux = fakeElf({ sections: { '.text': 'code '.repeat(1000) } });
const text = '7.3.4+deb13-cloud-amd64 (builder@host) #1 SMP Debian 7.3.4-1 (2026-11-15)';

async function write(name: string, bytes: Buffer): Promise<string> {
  const path = join(dir(), name);
  await writeFile(path, bytes);
  return path;
}

/** As the kernel's build does: the uncompressed size follows, in 4 bytes. */
function sized(compressed: Buffer, size = vmlinux.length): Buffer {
  const appended = Buffer.alloc(4);
  appended.writeUInt32LE(size);
  return Buffer.concat([compressed, appended]);
}

function xz(data: Buffer): Buffer {
  return execFileSync('xz', ['--check=none', '-c'], { input: data });
}

describe('readBzImage', () => {
  it('finds the version and the payload', async () => {
    const payload = Buffer.from('payload');
    const path = await write('bzImage', fakeBzImage(text, payload));
    const image = await readBzImage(path);
    expect(image?.versionText).toBe(text);
    const { offset, length } = image!.payload!;
    expect((await readFile(path)).subarray(offset, offset + length)).toEqual(payload);
  });

  it.each([
    ['a short file', Buffer.from('MZ')],
    ['zeros', Buffer.alloc(0x4000)],
    ['an ELF file', fakeElf({ sections: { '.text': 'x'.repeat(2000) } })],
  ])('is null for %s', (_what, bytes) => {
    expect(parseBzImage(bytes, bytes.length)).toBeNull();
  });

  it('has no payload when the file is cut off before its end', () => {
    const bytes = fakeBzImage(text, Buffer.alloc(5000));
    expect(parseBzImage(bytes.subarray(0, 4000), 4000)?.payload).toBeNull();
  });

  it('has no version when the pointer leads nowhere', () => {
    const bytes = fakeBzImage(text, Buffer.alloc(10));
    bytes.writeUInt16LE(0xfff0, 0x20e);
    expect(parseBzImage(bytes, bytes.length)?.versionText).toBeNull();
  });
});

describe('extractVmlinux', () => {
  it.each([
    ['gzip', () => gzipSync(vmlinux)],
    ['xz', () => sized(xz(vmlinux))],
  ])('decompresses %s', async (_name, compress) => {
    const image = await write('bzImage', fakeBzImage(text, compress()));
    const out = join(dir(), 'vmlinux');
    expect(await extractVmlinux(image, out)).toBe(out);
    expect(await readFile(out)).toEqual(vmlinux);
  });

  it.each([
    ['no bzImage', () => Buffer.from('text')],
    ['an unknown compression', () => fakeBzImage(text, Buffer.from('no magic at all'))],
    ['a damaged payload', () => fakeBzImage(text, sized(xz(vmlinux).fill(7, 30)))],
    ['a payload of another size than it says', () => fakeBzImage(text, sized(xz(vmlinux), 17))],
    ['a payload that is no ELF file', () => fakeBzImage(text, sized(xz(Buffer.alloc(9)), 9))],
  ])('is null for %s, and leaves no file', async (_what, bytes) => {
    const image = await write('bzImage', bytes());
    expect(await extractVmlinux(image, join(dir(), 'vmlinux'))).toBeNull();
    expect(await readdir(dir())).toEqual(['bzImage']);
  });

  it('throws the reason when it is aborted', async () => {
    const image = await write('bzImage', fakeBzImage(text, sized(xz(vmlinux))));
    const reason = new Error('enough');
    const out = join(dir(), 'vmlinux');
    await expect(extractVmlinux(image, out, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await readdir(dir())).toEqual(['bzImage']);
  });
});

describe('linuxBanner', () => {
  const banner = '7.3.4 (me@host) (gcc 14.2.0) #1 SMP Tue Nov 24';

  it('passes over the format string', async () => {
    const bytes = Buffer.from(`..Linux version %s (%s)\0..Linux version ${banner}\n\0`);
    expect(await linuxBanner(await write('vmlinux', bytes))).toBe(banner);
  });

  it('finds a banner that lies across two chunks', async () => {
    const bytes = Buffer.alloc(5 * 1024 * 1024);
    bytes.write(`Linux version ${banner}\n`, 4 * 1024 * 1024 - 20);
    expect(await linuxBanner(await write('vmlinux', bytes))).toBe(banner);
  });

  it('is null without one', async () => {
    expect(await linuxBanner(await write('vmlinux', Buffer.from('Linux version %s')))).toBeNull();
  });
});
