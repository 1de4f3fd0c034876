import { openSync, readSync, writeSync } from 'node:fs';
import type { AgentCommand, AgentEvent } from '../case/record.ts';

/**
 * The line to the host: one JSON object a line, both ways. Named by XFRM_CONFORM_PORT: the path of
 * a character device, or two descriptors "3,4" to read from and write to.
 */
export class Port {
  readonly #input: number;
  readonly #output: number;
  #rest = '';

  constructor(name: string) {
    const descriptors = /^(\d+),(\d+)$/.exec(name);
    this.#input = descriptors ? Number(descriptors[1]) : openSync(name, 'r+');
    this.#output = descriptors ? Number(descriptors[2]) : this.#input;
  }

  /** Writes events; returns when the kernel has taken them. */
  send(...events: readonly AgentEvent[]): void {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`);
    const bytes = Buffer.from(lines.join(''));
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(this.#output, bytes, sent);
  }

  /** Waits for the next command; null when the host is gone. */
  receive(): AgentCommand | null {
    const chunk = Buffer.alloc(65536);
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return JSON.parse(line) as AgentCommand;
      }
      const length = readSync(this.#input, chunk);
      if (length === 0) return null;
      this.#rest += chunk.toString('utf8', 0, length);
    }
  }
}
