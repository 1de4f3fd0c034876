import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { execa } from 'execa';
import { readBzImage } from './bzimage.ts';
import { diskSentence } from './disk-error.ts';

interface Compression {
  magic: readonly number[];
  /** Decompresses stdin to stdout; null: Node can. */
  tool: readonly [string, ...string[]] | null;
}

/**
 * How kernels are compressed, by their first bytes (lib/decompress.c). The build appends the
 * uncompressed size, 4 bytes, to all but gzip, whose format ends with it.
 */
const compressions: readonly Compression[] = [
  { magic: [0x1f, 0x8b], tool: null },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], tool: ['xz', '-dc'] },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], tool: ['zstd', '-dcq'] },
  { magic: [0x5d, 0x00, 0x00], tool: ['xz', '-dc', '--format=lzma'] },
  { magic: [0x42, 0x5a, 0x68], tool: ['bzip2', '-dc'] },
  { magic: [0x02, 0x21, 0x4c, 0x18], tool: ['lz4', '-dcq'] },
  { magic: [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a], tool: ['lzop', '-dcq'] },
];

const appendedSizeBytes = 4;
const deadlineMs = 120_000;

/**
 * Write the uncompressed kernel (ELF) of a bzImage to `out`, which appears whole or not at all.
 *
 * Returns `out`, or null when it cannot be done here: not a bzImage, a compression that is not
 * known, or its tool is not installed. The bzImage then has to be booted as it is. Throws only when
 * aborted or when `out` cannot be written.
 */
export async function extractVmlinux(
  bzImage: string,
  out: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<string | null> {
  const payload = (await readBzImage(bzImage).catch(() => null))?.payload;
  if (!payload) return null;
  const compression = await compressionAt(bzImage, payload.offset);
  if (!compression) return null;
  const partial = `${out}.${randomUUID()}`;
  try {
    const whole = await decompress(bzImage, payload, compression, partial, signal);
    if (!whole) return null;
    await rename(partial, out);
    return out;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await rm(partial, { force: true });
  }
}

async function compressionAt(path: string, offset: number): Promise<Compression | null> {
  const start = await bytesAt(path, offset, 16);
  return compressions.find(({ magic }) => magic.every((byte, i) => start[i] === byte)) ?? null;
}

async function decompress(
  path: string,
  payload: { offset: number; length: number },
  { tool }: Compression,
  out: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { offset, length } = payload;
  const appended = tool === null ? 0 : appendedSizeBytes;
  const source = createReadStream(path, { start: offset, end: offset + length - appended - 1 });
  if (tool === null) {
    await pipeline(source, createGunzip(), createWriteStream(out), { signal });
  } else {
    const [file, ...args] = tool;
    const result = await execa(file, args, {
      input: source,
      stdout: { file: out },
      cancelSignal: signal,
      timeout: deadlineMs,
      reject: false,
    });
    signal.throwIfAborted();
    if (result.code === 'ENOENT' && result.exitCode === undefined) return false;
    if (result.exitCode !== 0) {
      if (diskSentence(String(result.stderr), out)) throw new Error(String(result.stderr));
      return false;
    }
  }
  const expected =
    appended === 0 ? null : await bytesAt(path, offset + length - appended, appended);
  const { size } = await stat(out);
  if (expected && expected.readUInt32LE(0) !== size) return false;
  return (await bytesAt(out, 0, 4)).toString('latin1') === '\x7fELF';
}

async function bytesAt(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
