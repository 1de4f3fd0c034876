import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileName } from '../file-name.ts';

/** A guest that floods its console fills no disk. */
const limit = 16 * 1024 * 1024;

/**
 * What the guests of one lane say on their consoles, boot after boot, in one file that is made with
 * the first byte. A file that cannot be written is given up without a word: the run goes on, and
 * its report says what matters.
 */
export class ConsoleFile {
  readonly #path: string;
  #fd: number | null = null;
  #room = limit;

  constructor(path: string) {
    this.#path = path;
  }

  write(chunk: Uint8Array): void {
    if (this.#room <= 0) return;
    try {
      this.#fd ??= this.#open();
      writeSync(this.#fd, chunk.subarray(0, this.#room));
      this.#room -= chunk.length;
      if (this.#room <= 0) writeSync(this.#fd, '\n[xfrm-conform: cut after 16 MiB]\n');
    } catch {
      this.#room = 0;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#room = 0;
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    return openSync(this.#path, 'w');
  }
}

/** The name of a kernel's console file: "debian_7.3.4.log", and "debian_7.3.4.2.log" of its second lane. */
export function consoleName(spec: string, lane: number): string {
  const safe = fileName(spec, 120);
  return lane === 0 ? `${safe}.log` : `${safe}.${lane + 1}.log`;
}
