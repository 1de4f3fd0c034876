import { randomNumbers } from '../../src/case/index.ts';
import { defaultSeed } from '../../src/case/seed.ts';
import { chosenRows } from './chosen-rows.ts';
import { coveringArray, type Row, type Table } from './covering-array.ts';

/** The rows of a table for any seed. */
export class Rows {
  readonly #name: string;
  readonly #table: Table;
  readonly #made = new Map<number, readonly Row[]>();

  /** @param name under which the rows of the default seed are kept, see ./chosen-rows.ts */
  constructor(name: string, table: Table) {
    this.#name = name;
    this.#table = table;
  }

  of(seed: number): readonly Row[] {
    const made = this.#made.get(seed) ?? this.#kept(seed) ?? this.choose(seed);
    this.#made.set(seed, made);
    return made;
  }

  /** Chooses the rows anew. */
  choose(seed: number): Row[] {
    return coveringArray(this.#table, randomNumbers(seed));
  }

  /** As they are kept: a row a word, a letter for the number of each value. */
  write(rows: readonly Row[]): string {
    const factors = Object.entries(this.#table.factors);
    return rows
      .map((row) =>
        factors.map(([factor, values]) => values.indexOf(row[factor]!).toString(36)).join(''),
      )
      .join(' ');
  }

  #kept(seed: number): Row[] | undefined {
    const words = seed === defaultSeed ? chosenRows[this.#name] : undefined;
    const factors = Object.entries(this.#table.factors);
    return words
      ?.split(' ')
      .map((word) =>
        Object.fromEntries(
          factors.map(([factor, values], i) => [factor, values[Number.parseInt(word[i]!, 36)]!]),
        ),
      );
  }
}
