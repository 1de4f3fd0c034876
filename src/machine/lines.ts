/** The longest line that is taken from a guest, in bytes: what is longer is cut. */
export const maxLineBytes = 16 * 1024 * 1024;

/** What is kept of a line that was cut: enough to see what it was. */
const keptBytes = 1024;

/**
 * Split a byte stream into lines, without their newline.
 *
 * The bytes come from a guest and are hostile: memory stays below `maxBytes` plus one chunk, a
 * longer line is cut to its first KiB and says so, and nothing is read ahead of the consumer. A
 * last line without a newline is dropped: its writer died while writing it.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = maxLineBytes,
): AsyncGenerator<string, void, undefined> {
  let pending: Uint8Array[] = [];
  let kept = 0;
  let length = 0;
  const keep = (part: Uint8Array) => {
    length += part.length;
    const room = maxBytes - kept;
    if (room <= 0 || part.length === 0) return;
    const fits = part.length > room ? part.subarray(0, room) : part;
    pending.push(fits);
    kept += fits.length;
  };
  const take = (): string => {
    const bytes = Buffer.concat(pending, kept);
    const cut = length > maxBytes;
    const line = cut
      ? `${bytes.subarray(0, keptBytes).toString()}… [a line of ${length} bytes, cut]`
      : bytes.toString();
    pending = [];
    kept = 0;
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, start);
      if (end < 0) break;
      keep(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
}
