/**
 * The last part of a stream of hostile bytes (a console, a stderr), in bounded memory.
 */
export class Tail {
  /** When bytes last came, as `performance.now()` tells it; null while none have. */
  lastAt: number | null = null;
  /** How many bytes have come in all. */
  total = 0;
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  readonly #onPush: ((chunk: Uint8Array) => void) | undefined;

  /**
   * @param limit bytes kept; up to twice as many are held in memory.
   * @param onPush given every chunk as it comes
   */
  constructor(limit = 512 * 1024, onPush?: (chunk: Uint8Array) => void) {
    this.#limit = limit;
    this.#onPush = onPush;
  }

  push(chunk: Uint8Array): void {
    this.lastAt = performance.now();
    this.total += chunk.length;
    this.#onPush?.(chunk);
    this.#chunks.push(Buffer.from(chunk));
    this.#size += chunk.length;
    // Trimmed only when twice as long as needed, so that a flood costs little for each chunk.
    if (this.#size > 2 * this.#limit || this.#chunks.length > 1024) this.#trim();
  }

  /** The last `bytes` bytes (all that is kept when left out), decoded as UTF-8. */
  text(bytes = this.#limit): string {
    const kept = this.#trim();
    return kept.subarray(Math.max(0, kept.length - bytes)).toString();
  }

  #trim(): Buffer {
    const all = Buffer.concat(this.#chunks, this.#size);
    // A copy: a view would keep the whole of what was cut alive.
    const kept = all.length > this.#limit ? Buffer.from(all.subarray(-this.#limit)) : all;
    this.#chunks = [kept];
    this.#size = kept.length;
    return kept;
  }
}
