import { readdir, readFile } from 'node:fs/promises';
import type { Guest } from '../../../src/machine/machine.ts';

/** Read lines until one has `event`; fails when the guest ends first. */
export async function nextEvent(
  lines: AsyncIterator<string>,
  event: string,
): Promise<Record<string, unknown>> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the guest ended before it said ${event}`);
    const message = JSON.parse(value) as Record<string, unknown>;
    if (message.event === event) return message;
  }
}

export function linesOf(guest: Guest): AsyncIterator<string> {
  return guest.lines()[Symbol.asyncIterator]();
}

/** Pids of the processes that this process has started and that still live. */
export async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')),
  );
  return lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
}
