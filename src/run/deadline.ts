/** A wait took longer than it may. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** Waits for a promise, but not longer than this and not after the signal. */
export async function deadline<T>(
  promise: Promise<T>,
  milliseconds: number,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const limit = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new TimedOut()), milliseconds);
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    stop();
  }
}
