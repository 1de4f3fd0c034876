/** Where the only partition of a disk starts, in bytes. */
export const partitionStart = 1024 * 1024;

const sectorBytes = 512;
const linuxType = 0x83;

/**
 * A master boot record with one Linux partition, from `partitionStart` to the end of the disk.
 *
 * @param signature tells this disk from others, whatever the kernel names it
 */
export function masterBootRecord(signature: number, diskBytes: number): Buffer {
  const record = Buffer.alloc(sectorBytes);
  record.writeUInt32LE(signature, 440);
  record[446 + 4] = linuxType;
  record.writeUInt32LE(partitionStart / sectorBytes, 446 + 8);
  record.writeUInt32LE((diskBytes - partitionStart) / sectorBytes, 446 + 12);
  record.writeUInt16LE(0xaa55, 510);
  return record;
}

/** How root= names that partition: "PARTUUID=7866726d-01". */
export function partitionUuid(signature: number): string {
  return `PARTUUID=${signature.toString(16).padStart(8, '0')}-01`;
}
