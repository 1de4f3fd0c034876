import type { Search } from './search.ts';
import type { Outcome } from './session.ts';

/**
 * Halves a list, the oldest first, of which the first is old and the last is new. One that cannot be
 * judged is passed over for the nearest one beside it.
 */
export class ListSearch implements Search {
  readonly #ids: readonly string[];
  #lastOld = 0;
  #firstNew = 0;
  #current = 0;
  #skipped = new Set<number>();

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  async start(): Promise<Outcome> {
    this.#lastOld = 0;
    this.#firstNew = this.#ids.length - 1;
    this.#skipped = new Set();
    return this.#next();
  }

  async mark(side: 'old' | 'new'): Promise<Outcome> {
    if (side === 'old') this.#lastOld = this.#current;
    else this.#firstNew = this.#current;
    return this.#next();
  }

  async skip(): Promise<Outcome> {
    this.#skipped.add(this.#current);
    return this.#next();
  }

  async before(id: string): Promise<readonly string[]> {
    return this.#ids.slice(0, this.#ids.indexOf(id)).slice(-1);
  }

  async keepLog(): Promise<null> {
    return null;
  }

  #next(): Outcome {
    const between = this.#indices(this.#lastOld + 1, this.#firstNew);
    const open = between.filter((index) => !this.#skipped.has(index));
    const middle = (this.#lastOld + this.#firstNew) / 2;
    const [nearest] = open.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    if (nearest !== undefined) {
      this.#current = nearest;
      const stepsLeft = Math.floor(Math.log2(open.length));
      return { kind: 'next', commit: this.#ids[nearest]!, stepsLeft };
    }
    if (between.length === 0) return { kind: 'found', commit: this.#ids[this.#firstNew]! };
    return {
      kind: 'undecided',
      commits: this.#indices(this.#lastOld + 1, this.#firstNew + 1).map((i) => this.#ids[i]!),
    };
  }

  #indices(from: number, to: number): number[] {
    return Array.from({ length: to - from }, (_, i) => from + i);
  }
}
