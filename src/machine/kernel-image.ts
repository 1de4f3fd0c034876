import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../error.ts';
import { readBzImage } from '../kernel/bzimage.ts';
import { type CacheOptions, cachedEntry } from '../kernel/cache.ts';
import { ElfFile } from '../kernel/elf.ts';
import { extractVmlinux } from '../kernel/vmlinux.ts';
import { fingerprint } from './fingerprint.ts';

/** Xen's PVH entry point, where QEMU starts an uncompressed kernel (CONFIG_PVH). */
const pvhEntry = { name: 'Xen', type: 18 };

/**
 * The file that QEMU boots for a kernel image: the uncompressed kernel where there is one with a
 * PVH entry, which saves the firmware and the decompression, else the image itself.
 *
 * Throws a UsageError when the file is no x86 kernel that QEMU can boot.
 *
 * @param hasKasan the kernel resets the machine when it is entered there: it looks into KASAN's
 *   shadow before there is one (seen of 7.3.4)
 */
export async function bootableImage(
  image: string,
  { hasKasan, ...cache }: CacheOptions & { hasKasan: boolean },
): Promise<string> {
  const notAKernel = (why: string) => new UsageError(`${image} is no kernel image: ${why}.`);
  const info = await stat(image).catch((error: NodeJS.ErrnoException) => {
    throw notAKernel(error.code === 'ENOENT' ? 'there is no such file' : error.message);
  });
  if (!info.isFile()) throw notAKernel('it is no file');
  if ((await readBzImage(image)) === null) {
    if (await hasPvhEntry(image)) return image;
    if ((await head(image, 4)).toString('latin1') !== '\x7fELF') {
      throw notAKernel('it is neither a bzImage nor a vmlinux');
    }
    throw notAKernel('QEMU boots a vmlinux only when it is for x86_64 and has CONFIG_PVH=y');
  }
  if (hasKasan) return image;
  const vmlinux = await uncompressed(image, cache);
  return vmlinux !== null && (await hasPvhEntry(vmlinux)) ? vmlinux : image;
}

/** Extracted once; null when that cannot be done here. */
async function uncompressed(image: string, cache: CacheOptions): Promise<string | null> {
  const name = `guests/vmlinux-${await fingerprint([image])}`;
  let extracted = true;
  const fill = async (dir: string) => {
    extracted = (await extractVmlinux(image, join(dir, 'vmlinux'), cache.signal)) !== null;
    if (!extracted) throw new NotExtracted();
  };
  try {
    return join(await cachedEntry({ name, fill }, cache), 'vmlinux');
  } catch (error) {
    if (error instanceof NotExtracted) return null;
    throw error;
  }
}

/** Leaves the cache without an entry: with the tool installed, the next run can do it. */
class NotExtracted extends Error {}

async function hasPvhEntry(path: string): Promise<boolean> {
  const notes = await ElfFile.read(path, (elf) => elf.section('.notes'));
  return notes !== null && hasNote(notes, pvhEntry);
}

/** Whether a section of ELF notes (name size, content size, type, name, content) has this one. */
export function hasNote(notes: Buffer, wanted: { name: string; type: number }): boolean {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameSize = notes.readUInt32LE(at);
    const contentSize = notes.readUInt32LE(at + 4);
    const name = notes.toString('latin1', at + 12, at + 12 + Math.max(0, nameSize - 1));
    if (name === wanted.name && notes.readUInt32LE(at + 8) === wanted.type) return true;
    at += 12 + roundUp(nameSize) + roundUp(contentSize);
  }
  return false;
}

function roundUp(size: number): number {
  return Math.ceil(size / 4) * 4;
}

async function head(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
