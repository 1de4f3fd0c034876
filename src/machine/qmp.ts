import type { Duplex } from 'node:stream';
import { splitLines } from './lines.ts';

/** Something that QEMU tells unasked: STOP, SHUTDOWN, GUEST_PANICKED, … */
export interface QmpEvent {
  name: string;
  data: Readonly<Record<string, unknown>>;
}

/** A conversation with QEMU's monitor (the QEMU Machine Protocol). */
export interface Qmp {
  /**
   * Execute one command. Rejects when QEMU refuses it, when the monitor is gone, and when there is
   * no answer within `timeoutMs` milliseconds (2000 when left out).
   */
  execute(command: string, args?: Record<string, unknown>, timeoutMs?: number): Promise<unknown>;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

const maxMessageBytes = 1024 * 1024;

/** Speak QMP on `stream`, greeting and capabilities included. */
export function qmpOn(stream: Duplex, onEvent: (event: QmpEvent) => void): Qmp {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const execute: Qmp['execute'] = (command, args = {}, timeoutMs = 2000) =>
    new Promise((resolve, reject) => {
      if (!stream.writable) return reject(new Error('the monitor of QEMU is gone'));
      const id = ++last;
      const late = () => answer(waiting, id)?.reject(new Error(`no answer to ${command}`));
      const timer = setTimeout(late, timeoutMs);
      waiting.set(id, { resolve, reject, timer });
      stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  void read(stream, waiting, onEvent).finally(() => {
    for (const id of [...waiting.keys()]) {
      answer(waiting, id)?.reject(new Error('the monitor of QEMU is gone'));
    }
  });
  // Commands are taken in order, so nothing needs to wait for this one.
  execute('qmp_capabilities', {}, 60_000).catch(() => undefined);
  return { execute };
}

async function read(
  stream: Duplex,
  waiting: Map<number, Waiting>,
  onEvent: (event: QmpEvent) => void,
): Promise<void> {
  try {
    for await (const line of splitLines(stream, maxMessageBytes)) {
      const message = parseObject(line);
      if (message === null) continue;
      if (typeof message.event === 'string') {
        onEvent({ name: message.event, data: asObject(message.data) ?? {} });
      } else if (typeof message.id === 'number') {
        const error = asObject(message.error);
        const command = answer(waiting, message.id);
        if (error) command?.reject(new Error(String(error.desc)));
        else command?.resolve(message.return);
      }
    }
  } catch {
    // The stream broke: QEMU is gone, and whoever waits is told by the caller.
  }
}

function answer(waiting: Map<number, Waiting>, id: number): Waiting | undefined {
  const command = waiting.get(id);
  clearTimeout(command?.timer);
  waiting.delete(id);
  return command;
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}
