import { availableParallelism, loadavg } from 'node:os';
import { findPanic, type Panic } from './panic.ts';
import type { Tail } from './tail.ts';

/** How patient a boot is, in milliseconds; where the host is busy, as many times more. */
export interface BootLimits {
  /** Silence on the console after which a boot is given up. */
  silenceMs: number;
  /** The same before the console's first byte; as long when left out. */
  firstByteMs?: number;
  /** A boot that takes longer is given up even though it still talks. */
  totalMs: number;
  /** A panicking kernel may finish its backtrace for this long. */
  panicMs: number;
}

/** What became of a boot. */
export type BootOutcome =
  | { how: 'up'; line: string }
  | { how: 'panic'; panic: Panic }
  /** The process is gone, or the machine itself gave up (its sentence is `reason`, if it has one). */
  | { how: 'gone'; reason: string | null }
  | { how: 'silent'; reason: string }
  | { how: 'slow'; reason: string };

export interface BootWatch {
  /** The agent's first line. */
  firstLine: Promise<string>;
  /** The process is gone, or the machine says that it will never get there. */
  gone: Promise<string | null>;
  console: Tail;
  limits: BootLimits;
  signal: AbortSignal;
}

/** How often the console is looked at, in milliseconds. */
const tickMs = 100;

/**
 * Wait until a boot is up or will not come up. Rejects with the signal's reason when aborted; ends
 * nothing itself.
 */
export async function watchBoot(watch: BootWatch): Promise<BootOutcome> {
  const { signal } = watch;
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    return await Promise.race([
      watch.firstLine.then((line): BootOutcome => ({ how: 'up', line })),
      watch.gone.then((reason): BootOutcome => outcomeOfEnd(watch, reason)),
      new Promise<BootOutcome>((resolve) => {
        timer = setInterval(ticker(watch, resolve), tickMs);
      }),
      new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function outcomeOfEnd(watch: BootWatch, reason: string | null): BootOutcome {
  const panic = findPanic(watch.console.text());
  return panic ? { how: 'panic', panic } : { how: 'gone', reason };
}

function ticker(watch: BootWatch, resolve: (outcome: BootOutcome) => void): () => void {
  const { console, limits } = watch;
  const startedAt = performance.now();
  let seen = 0;
  let panic: Panic | null = null;
  let panicAt = 0;
  return () => {
    const now = performance.now();
    if (console.total > seen) {
      seen = console.total;
      if (panic === null) {
        panic = findPanic(console.text());
        panicAt = now;
      }
    }
    if (panic !== null) {
      if (now - panicAt > limits.panicMs) {
        resolve({ how: 'panic', panic: findPanic(console.text()) ?? panic });
      }
      return;
    }
    const silence = now - (console.lastAt ?? startedAt);
    const mute = console.lastAt === null;
    const patience = mute ? (limits.firstByteMs ?? limits.silenceMs) : limits.silenceMs;
    if (silence > patience * busyness()) {
      const what = mute ? 'no output at all' : 'no more output';
      resolve({ how: 'silent', reason: `${what} for ${seconds(silence)}` });
    } else if (now - startedAt > limits.totalMs * busyness()) {
      resolve({ how: 'slow', reason: `not up after ${seconds(now - startedAt)}` });
    }
  };
}

/** How many want each CPU of this host: 1 when each has one of its own, at most 4. */
function busyness(): number {
  return Math.min(4, Math.max(1, loadavg()[0]! / availableParallelism()));
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
