/** Just enough of ELF (64 bit, little endian) for kernel images, modules and programs. */
export interface Elf {
  bytes: Buffer;
  segments: readonly Segment[];
}

export interface Segment {
  type: number;
  /** Bytes from the start of the file. */
  offset: number;
  fileSize: number;
}

export const segmentType = { load: 1, note: 4 } as const;

/** Parse the header and the program headers; null when this is no 64-bit little-endian ELF. */
export function parseElf(bytes: Buffer): Elf | null {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) return null;
  if (bytes[4] !== 2 || bytes[5] !== 1) return null;
  const start = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + index * size;
    if (size < 56 || at + 56 > bytes.length) return null;
    segments.push({
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      fileSize: Number(bytes.readBigUInt64LE(at + 32)),
    });
  }
  return { bytes, segments };
}

/** The content of a section; null when there is none of that name or the file is cut short. */
export function sectionOf(bytes: Buffer, name: string): Buffer | null {
  if (parseElf(bytes) === null) return null;
  const start = Number(bytes.readBigUInt64LE(40));
  const size = bytes.readUInt16LE(58);
  const count = bytes.readUInt16LE(60);
  const namesIndex = bytes.readUInt16LE(62);
  if (size < 64 || start + count * size > bytes.length || namesIndex >= count) return null;
  const content = (index: number) => {
    const at = start + index * size;
    const offset = Number(bytes.readBigUInt64LE(at + 24));
    return bytes.subarray(offset, offset + Number(bytes.readBigUInt64LE(at + 32)));
  };
  const names = content(namesIndex);
  const wanted = Buffer.from(`${name}\0`);
  for (let index = 0; index < count; index++) {
    const at = bytes.readUInt32LE(start + index * size);
    if (names.subarray(at, at + wanted.length).equals(wanted)) return content(index);
  }
  return null;
}

/** One note of a PT_NOTE segment. */
export interface Note {
  name: string;
  type: number;
}

/** The notes of an ELF file. */
export function* notesOf(elf: Elf): Generator<Note> {
  for (const { type, offset, fileSize } of elf.segments) {
    if (type !== segmentType.note) continue;
    const notes = elf.bytes.subarray(offset, offset + fileSize);
    for (let at = 0; at + 12 <= notes.length; ) {
      const nameSize = notes.readUInt32LE(at);
      const contentSize = notes.readUInt32LE(at + 4);
      const name = notes.subarray(at + 12, at + 12 + Math.max(0, nameSize - 1)).toString('latin1');
      yield { name, type: notes.readUInt32LE(at + 8) };
      at += 12 + roundUp(nameSize) + roundUp(contentSize);
    }
  }
}

/**
 * The part of a program that is needed to run it: what lies behind the last loaded segment
 * (symbols, debug information, the section table) is cut off, as strip(1) does.
 */
export function loadedPart(bytes: Buffer): Buffer {
  const elf = parseElf(bytes);
  const ends = elf?.segments
    .filter((segment) => segment.type === segmentType.load)
    .map((segment) => segment.offset + segment.fileSize);
  if (!ends || ends.length === 0) return bytes;
  const loaded = Buffer.from(bytes.subarray(0, Math.max(...ends)));
  // The section table is gone with the rest: its offset, count and name index say so.
  loaded.fill(0, 40, 48);
  loaded.fill(0, 60, 64);
  return loaded;
}

function roundUp(size: number): number {
  return (size + 3) & ~3;
}
