/** One member of a newc cpio archive, the format of an initramfs. */
export interface CpioEntry {
  /** Path without a leading slash. */
  path: string;
  /** Mode with the type bits of stat(2), e.g. 0o100755. */
  mode: number;
  data?: Uint8Array;
  /** Device numbers of a character device. */
  device?: { major: number; minor: number };
}

/**
 * Write a newc cpio archive, piece by piece. Parents must come before their children, as the
 * kernel's unpacker makes no directories by itself.
 */
export function* cpioPieces(entries: Iterable<CpioEntry>): Generator<Uint8Array> {
  let inode = 1;
  for (const entry of entries) yield* member(entry, inode++);
  yield* member({ path: 'TRAILER!!!', mode: 0 }, 0);
}

function* member(entry: CpioEntry, inode: number): Generator<Uint8Array> {
  const name = Buffer.from(`${entry.path}\0`);
  const size = entry.data?.length ?? 0;
  const isDirectory = (entry.mode & 0o170000) === 0o040000;
  const fields = [
    inode,
    entry.mode,
    0, // uid
    0, // gid
    isDirectory ? 2 : 1, // links
    0, // mtime: fixed, so that the same content gives the same archive
    size,
    0, // major and minor of the file system that it came from
    0,
    entry.device?.major ?? 0,
    entry.device?.minor ?? 0,
    name.length,
    0, // checksum, unused in newc
  ];
  const header = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  yield padded(Buffer.concat([Buffer.from(`070701${header}`), name]));
  if (entry.data) yield padded(entry.data);
}

function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
