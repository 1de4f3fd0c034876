const segmentType = { load: 1 };

/**
 * The part of a program (ELF, 64 bit, little endian) that is needed to run it: what lies behind
 * the last loaded segment (symbols, debug information, the section table) is cut off, as strip(1)
 * does. What is no such program comes back as it is.
 */
export function loadedPart(bytes: Buffer): Buffer {
  const end = endOfSegments(bytes);
  if (end === 0 || end > bytes.length) return bytes;
  const loaded = Buffer.from(bytes.subarray(0, end));
  // The section table is gone with the rest: its offset, count and name index say so.
  loaded.fill(0, 40, 48);
  loaded.fill(0, 60, 64);
  return loaded;
}

function endOfSegments(bytes: Buffer): number {
  // Class 2: 64 bits; data 1: little-endian.
  if (bytes.length < 64 || bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return 0;
  const start = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  let end = 0;
  for (let index = 0; index < count; index++) {
    const at = start + index * size;
    if (at + 56 > bytes.length) return 0;
    if (bytes.readUInt32LE(at) !== segmentType.load) continue;
    const fileEnd = bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 32);
    end = Math.max(end, Number(fileEnd));
  }
  return end;
}
