import type { Duplex } from 'node:stream';
import type { Child } from './child.ts';
import { splitLines } from './lines.ts';
import type { BootReport, Guest, GuestEnd } from './machine.ts';
import type { Tail } from './tail.ts';

/** What a machine knows of a guest that it started. */
export interface GuestParts {
  child: Child;
  /** The agent's end of the conversation. */
  channel: AgentChannel;
  console: Tail;
  report: BootReport;
  /** Says how the guest ended, once the process is gone and was not stopped by us. */
  describeEnd: () => Promise<GuestEnd>;
  diagnose: () => Promise<string>;
  /** Removes what the boot left on disk; not called twice. */
  cleanUp?: () => Promise<void>;
  signal: AbortSignal;
}

/** Lines from the agent, and lines to it. */
export interface AgentChannel {
  /** The first line; stays pending when the agent never says one. */
  readonly firstLine: Promise<string>;
  /** All lines, the first one included. One reader. */
  lines(): AsyncIterable<string>;
  send(line: string): void;
  close(): void;
}

/** Reads lines from `stream` as they are asked for, and writes lines to it (or to `input`). */
export function agentChannel(stream: AsyncIterable<Uint8Array>, input: Duplex): AgentChannel {
  const rest = splitLines(untilItBreaks(stream));
  const first = rest.next();
  return {
    firstLine: new Promise((resolve) => {
      void first.then((result) => result.done || resolve(result.value));
    }),
    async *lines() {
      const result = await first;
      if (result.done) return;
      yield result.value;
      yield* rest;
    },
    send: (line) => void (input.writable && input.write(`${line}\n`)),
    close: () => void input.destroy(),
  };
}

/** A channel that breaks off ends: how the guest ended says why. */
async function* untilItBreaks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch {
    // Reset or destroyed together with the guest.
  }
}

/** A guest whose agent has said its first line. Stops when the signal is aborted. */
export function runningGuest(parts: GuestParts): Guest {
  const { child, channel, signal } = parts;
  let stopping = false;
  const ended = child.ended.then(async (): Promise<GuestEnd> => {
    if (stopping) return { how: 'stopped', detail: 'stopped by xfrm-conform' };
    return await parts.describeEnd();
  });
  const gone = ended.then(async () => {
    signal.removeEventListener('abort', stop);
    channel.close();
    await parts.cleanUp?.();
  });
  const stop = async () => {
    stopping = true;
    child.kill();
    await gone;
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) void stop();
  return {
    report: parts.report,
    lines: () => channel.lines(),
    send: (line) => channel.send(line),
    ended,
    consoleTail: (bytes) => parts.console.text(bytes),
    diagnose: parts.diagnose,
    stop,
  };
}
