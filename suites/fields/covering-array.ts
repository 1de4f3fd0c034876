/** What there is to choose from; the first value of each factor is the ordinary one. */
export type Factors = { readonly [factor: string]: readonly string[] };

/** One choice of each factor. */
export type Row = { readonly [factor: string]: string };

/** A combination that cannot be set up, or means nothing. */
export interface Rule {
  /** The factors that it is about; it is asked once all of them are chosen. */
  readonly of: readonly string[];
  readonly forbids: (row: Row) => boolean;
  /** Where that stands: what the kernel says, or the document. */
  readonly source: string;
}

export interface Table {
  readonly factors: Factors;
  readonly rules: readonly Rule[];
}

type Draft = { [factor: string]: string };
/** The values of a factor in the order to be tried, for what is chosen so far. */
type Preference = (factor: string, chosen: Row) => readonly string[];

/**
 * The first row that has these choices and breaks no rule, or null when there is none.
 *
 * @param prefer the values of a factor in the order to be tried; by default that of the table
 */
export function completeRow(
  table: Table,
  chosen: Row,
  prefer: (factor: string) => readonly string[] = (factor) => table.factors[factor]!,
): Row | null {
  // Mostly the first values go together, and then a search would come to them, too.
  const row: Draft = { ...chosen };
  for (const factor in table.factors) row[factor] ??= prefer(factor)[0]!;
  const forbidden = table.rules.some((rule) => breaks(row, rule));
  return forbidden ? completerOf(table).complete(chosen, prefer) : row;
}

function breaks(row: Row, { of, forbids }: Rule): boolean {
  return of.every((each) => each in row) && forbids(row);
}

const completers = new WeakMap<Table, Completer>();

function completerOf(table: Table): Completer {
  const completer = completers.get(table) ?? new Completer(table);
  completers.set(table, completer);
  return completer;
}

class Completer {
  readonly #factors: Factors;
  readonly #rulesOf = new Map<string, readonly Rule[]>();
  /** The factors that have a rule in common with one. */
  readonly #near = new Map<string, readonly string[]>();

  constructor({ factors, rules }: Table) {
    this.#factors = factors;
    for (const factor of Object.keys(factors)) {
      const own = rules.filter(({ of }) => of.includes(factor));
      this.#rulesOf.set(factor, own);
      this.#near.set(factor, [...new Set(own.flatMap(({ of }) => of))]);
    }
  }

  complete(
    chosen: Row,
    prefer: Preference,
    order: readonly string[] = Object.keys(this.#factors),
  ): Row | null {
    const row: Draft = { ...chosen };
    const choose = (at: number): boolean => {
      const factor = order[at];
      if (factor === undefined) return true;
      if (factor in chosen) return choose(at + 1);
      for (const value of prefer(factor, row)) {
        row[factor] = value;
        if (this.#hopeful(row, factor) && choose(at + 1)) return true;
      }
      delete row[factor];
      return false;
    };
    const possible = Object.keys(chosen).every((factor) => this.#hopeful(row, factor));
    return possible && choose(0) ? row : null;
  }

  /** Whether a choice is allowed and leaves every factor a value: dead ends are seen at once. */
  #hopeful(row: Draft, chosen: string): boolean {
    return this.#near.get(chosen)!.every((factor) => {
      if (factor in row) return !this.#broken(row, factor);
      const left = this.#factors[factor]!.some((value) => {
        row[factor] = value;
        return !this.#broken(row, factor);
      });
      delete row[factor];
      return left;
    });
  }

  #broken(row: Row, factor: string): boolean {
    return this.#rulesOf.get(factor)!.some((rule) => breaks(row, rule));
  }
}

/**
 * Rows in which every two values of different factors occur together that the rules allow to
 * (a covering array of strength 2), made greedily: each row begins with a pair that is still
 * missing and takes the values that bring the most other missing pairs.
 *
 * @param random numbers from 0 to 1; they alone decide between equals
 */
export function coveringArray(table: Table, random: () => number): Row[] {
  const names = Object.keys(table.factors);
  const completer = completerOf(table);
  const missing = new Pairs(table.factors);
  const best = (factor: string, row: Row) =>
    table.factors[factor]!.map((value) => ({
      value,
      weight: missing.countWith(factor, value, row) + random(),
    }))
      .sort((a, b) => b.weight - a.weight)
      .map(({ value }) => value);
  const rows: Row[] = [];
  for (const begun of shuffled(missing.all(), random)) {
    if (!missing.has(begun)) continue;
    const row = completer.complete(begun, best, shuffled(names, random));
    // A pair that cannot be is missing for good.
    missing.remove(row ?? begun);
    if (row) rows.push(row);
  }
  return rows;
}

/** Pairs of values of different factors, as a table of bits. */
class Pairs {
  readonly #ids: { readonly [factor: string]: { readonly [value: string]: number } };
  readonly #values: (readonly [factor: string, value: string])[];
  readonly #bits: Uint8Array;

  constructor(factors: Factors) {
    const ids: { [factor: string]: { [value: string]: number } } = {};
    this.#values = [];
    for (const [factor, values] of Object.entries(factors)) {
      ids[factor] = {};
      for (const value of values) ids[factor][value] = this.#values.push([factor, value]) - 1;
    }
    this.#ids = ids;
    this.#bits = new Uint8Array(this.#values.length ** 2).fill(1);
  }

  all(): Row[] {
    return this.#values.flatMap(([factor, value], i) =>
      this.#values
        .slice(i + 1)
        .filter(([other]) => other !== factor)
        .map(([other, otherValue]) => ({ [factor]: value, [other]: otherValue })),
    );
  }

  has(pair: Row): boolean {
    const [a, b] = this.#idsOf(pair) as [number, number];
    return this.#bits[a * this.#values.length + b] === 1;
  }

  countWith(factor: string, value: string, row: Row): number {
    const start = this.#ids[factor]![value]! * this.#values.length;
    let count = 0;
    for (const other in row) count += this.#bits[start + this.#ids[other]![row[other]!]!]!;
    return count;
  }

  remove(row: Row): void {
    const ids = this.#idsOf(row);
    for (const a of ids) for (const b of ids) this.#bits[a * this.#values.length + b] = 0;
  }

  #idsOf(row: Row): number[] {
    return Object.entries(row).map(([factor, value]) => this.#ids[factor]![value]!);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, weight: random() }))
    .sort((a, b) => a.weight - b.weight)
    .map(({ item }) => item);
}
