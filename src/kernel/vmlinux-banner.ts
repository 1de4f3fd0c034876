import { open } from 'node:fs/promises';

const chunkBytes = 4 * 1024 * 1024;
const longestBanner = 1024;
const marker = 'Linux version ';

/**
 * What follows "Linux version " in an uncompressed kernel, with a trailing build text like that of
 * the bzImage header: "7.3.4 (me@host) (gcc …) #1 SMP …". Null when the file has no such text.
 */
export async function linuxBanner(path: string): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(chunkBytes + longestBanner);
    for (let position = 0; ; position += chunkBytes) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      const banner = bannerIn(buffer.subarray(0, bytesRead));
      if (banner) return banner;
      if (bytesRead < buffer.length) return null;
    }
  } finally {
    await file.close();
  }
}

function bannerIn(bytes: Buffer): string | null {
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) {
    const text = bytes.toString('latin1', at + marker.length, at + longestBanner);
    // The kernel also has the format string "Linux version %s (…)".
    const banner = /^\d+\.\d+[^\s\0]* \([^\0\n]*/.exec(text)?.[0];
    if (banner) return banner;
  }
  return null;
}
