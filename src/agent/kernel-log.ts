import { closeSync, constants, openSync } from 'node:fs';
import { NativeMemory, tryCall } from './libc.ts';

/** Reads /dev/kmsg from where it stood when opened; without one (no permission) it reads nothing. */
export class KernelLog {
  readonly #fd: number | null;
  readonly #buffer = new NativeMemory(8192);

  constructor() {
    this.#fd = openLog();
    const SEEK_END = 2;
    if (this.#fd !== null) tryCall('lseek', this.#fd, 0, SEEK_END);
  }

  /** The lines that were logged since the last call, without level and time. */
  drain(): string[] {
    const lines: string[] = [];
    if (this.#fd === null) return lines;
    for (;;) {
      const length = tryCall('read', this.#fd, this.#buffer, this.#buffer.bytes.length);
      // EPIPE: the log overran this reader, which goes on with the oldest line that is left.
      if (length === -EPIPE) continue;
      if (length <= 0) return lines;
      lines.push(textOf(this.#buffer.bytes.toString('latin1', 0, length)));
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }
}

const EPIPE = 32;

function openLog(): number | null {
  try {
    return openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

/** A record is "level,sequence,time,flags;text\n key=value\n…". */
function textOf(record: string): string {
  return record.slice(record.indexOf(';') + 1).split('\n', 1)[0]!;
}
