import { readFileSync } from 'node:fs';
import { fromHex } from '../../../src/netlink/codec.ts';

/** The lines of a file in data/ that are not comments. */
export function dataLines(name: string): string[] {
  return readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A file of hexadecimal lines as one run of bytes, as recv() would return it. */
export function dataBytes(name: string): Uint8Array {
  return fromHex(dataLines(name).join(''));
}
