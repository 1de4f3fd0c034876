import { dirname } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../error.ts';
import { diskError } from './disk-error.ts';
import { makeCacheDir } from './make-dir.ts';

export interface LockOptions {
  signal: AbortSignal;
  /** Called once when somebody else holds the lock. */
  onWait?: () => void;
  /** What to name when the lock cannot be made; the directory of the lock when left out. */
  cacheDir?: string;
  /** How long to wait for the lock, in milliseconds; 30 minutes when left out. */
  timeoutMs?: number;
}

/** A build or a download of another run may take this long. */
const defaultTimeoutMs = 30 * 60_000;
/** A lock that is free is had sooner than this: only then is waiting worth a word. */
const waitingIsNewsMs = 300;

/**
 * Do some work while no other process has the lock at `path` (a file, which stays).
 *
 * The kernel keeps the lock (flock(2), through util-linux's flock(1)) and drops it when its holder
 * dies: the holder is a child that lives until the pipe from this process closes, which even
 * SIGKILL of this process does.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const release = await acquire(path, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(path: string, options: LockOptions): Promise<() => Promise<void>> {
  options.signal.throwIfAborted();
  const cacheDir = options.cacheDir ?? dirname(path);
  await makeCacheDir(dirname(path), cacheDir);
  const seconds = Math.ceil((options.timeoutMs ?? defaultTimeoutMs) / 1000);
  const holder = execa(
    'flock',
    // 75 is EX_TEMPFAIL: the one status that only a time-out gives.
    ['-x', '-w', String(seconds), '-E', '75', path, 'sh', '-c', 'echo held; exec cat >/dev/null'],
    // Detached: Ctrl-C in a terminal must not drop the lock before the work under it has ended.
    {
      reject: false,
      detached: true,
      cleanup: true,
      env: { LC_ALL: 'C' },
      buffer: { stdout: false },
    },
  );
  const abort = () => holder.kill('SIGKILL');
  options.signal.addEventListener('abort', abort, { once: true });
  const news = setTimeout(() => options.onWait?.(), waitingIsNewsMs);
  const held = new Promise<true>((resolve) => holder.stdout.once('data', () => resolve(true)));
  const outcome = await Promise.race([held, holder]);
  clearTimeout(news);
  options.signal.removeEventListener('abort', abort);

  const release = async () => {
    holder.stdin.end();
    await holder;
  };
  if (options.signal.aborted) {
    await release();
    throw options.signal.reason;
  }
  if (outcome === true) return release;
  if (outcome.code === 'ENOENT') {
    throw new HarnessError('flock is not installed: install the package util-linux.');
  }
  if (outcome.exitCode === 75) {
    throw new HarnessError(
      `Another run has held ${path} for more than ${seconds} s: wait for it or end it.`,
    );
  }
  const why = String(outcome.stderr).trim();
  const error = diskError(new Error(why), cacheDir);
  throw error instanceof HarnessError
    ? error
    : new HarnessError(`The lock ${path} cannot be had: ${why}`, outcome);
}
