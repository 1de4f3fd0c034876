import { open } from 'node:fs/promises';

/** What the setup header of an x86 boot image says (Documentation/arch/x86/boot.rst). */
export interface BzImage {
  /** "7.3.4+deb13-cloud-amd64 (builder@host) #1 SMP … (2026-11-20)"; null when the header has none. */
  versionText: string | null;
  /** Bytes from the start of the file to the compressed kernel; null before boot protocol 2.08. */
  payload: { offset: number; length: number } | null;
}

const sectorBytes = 512;
const bootFlag = { offset: 0x1fe, value: 0xaa55 };
const headerMagic = { offset: 0x202, value: 0x53726448 }; // "HdrS"

/** Read the header of a bzImage; null when the file is not one. All numbers are little-endian. */
export async function readBzImage(path: string): Promise<BzImage | null> {
  const file = await open(path, 'r');
  try {
    // The setup code is at most 64 sectors, and the version text lies within it.
    const head = Buffer.alloc(65 * sectorBytes);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const { size } = await file.stat();
    return parseBzImage(head.subarray(0, bytesRead), size);
  } finally {
    await file.close();
  }
}

/** Pure part of `readBzImage`: the first 65 sectors of a file, and the size of the whole. */
export function parseBzImage(head: Buffer, fileSize: number): BzImage | null {
  if (head.length < 0x260) return null;
  if (head.readUInt16LE(bootFlag.offset) !== bootFlag.value) return null;
  if (head.readUInt32LE(headerMagic.offset) !== headerMagic.value) return null;
  const protocol = head.readUInt16LE(0x206);
  // Zero sectors means four, for historical reasons.
  const setupBytes = ((head[0x1f1] || 4) + 1) * sectorBytes;
  return { versionText: versionText(head), payload: payload(head, protocol, setupBytes, fileSize) };
}

function versionText(head: Buffer): string | null {
  const pointer = head.readUInt16LE(0x20e);
  if (pointer === 0) return null;
  const start = pointer + sectorBytes;
  const end = head.indexOf(0, start);
  if (start >= head.length || end < 0) return null;
  const text = head.toString('latin1', start, end);
  return /^[\x20-\x7e]+$/.test(text) ? text : null;
}

function payload(head: Buffer, protocol: number, setupBytes: number, fileSize: number) {
  if (protocol < 0x0208) return null;
  const offset = setupBytes + head.readUInt32LE(0x248);
  const length = head.readUInt32LE(0x24c);
  return length > 0 && offset + length <= fileSize ? { offset, length } : null;
}
