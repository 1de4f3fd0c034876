import type { Json } from '../../src/case/index.ts';
import type { Wrong } from './compare.ts';
import { completeRow, type Row, type Table } from './covering-array.ts';

/** A failing combination, shrunk to the fewest properties that still fail. */
export interface Cause {
  /** "mark 5/0xff, mode beet"; "anything" when ordinary SAs fail as well. */
  readonly with: string;
  /** What is wrong with an SA that has these properties and is ordinary otherwise. */
  readonly wrong: { readonly [member: string]: { readonly expected: Json; readonly seen: Json } };
}

export interface Result {
  readonly row: Row;
  readonly wrong: Wrong;
}

/** Attempts that a case may spend on shrinking: enough for a dozen causes. */
const mostAttempts = 60;

/**
 * Why rows failed: the fewest properties for each member that is wrong, members with the same cause
 * together, sorted by cause. Which values were combined with what plays no part in the outcome.
 *
 * @param attempt sets up one more SA and tells what is wrong with it
 */
export function findCauses(
  table: Table,
  results: readonly Result[],
  attempt: (row: Row) => Wrong,
): Cause[] {
  const shrinker = new Shrinker(table, results, attempt);
  const causes = new Map<string, Wrong>();
  const members = new Set(results.flatMap(({ wrong }) => Object.keys(wrong)));
  for (const member of members) {
    let failing = results.filter(({ wrong }) => member in wrong);
    while (failing[0]) {
      const { row, wrong } = shrinker.shrink(failing[0], member);
      const name = nameOf(table, row);
      causes.set(name, { ...causes.get(name), [member]: wrong[member]! });
      const special = specialOf(table, row);
      const [, ...others] = failing;
      failing = others.filter((other) => special.some((name) => other.row[name] !== row[name]));
    }
  }
  return [...causes]
    .map(([name, wrong]) => ({ with: name, wrong: sorted(wrong) }))
    .sort((a, b) => (a.with < b.with ? -1 : 1));
}

class Shrinker {
  readonly #table: Table;
  readonly #names: readonly string[];
  readonly #results: readonly Result[];
  readonly #attempt: (row: Row) => Wrong;
  readonly #known = new Map<string, Wrong>();

  constructor(table: Table, results: readonly Result[], attempt: (row: Row) => Wrong) {
    this.#table = table;
    this.#names = Object.keys(table.factors);
    this.#results = results;
    this.#attempt = attempt;
  }

  shrink(failed: Result, member: string): Result {
    const begun = this.#guess(failed, member) ?? failed;
    return this.#canonical(this.#withoutNeedless(begun, member), member);
  }

  /** The ordinary SA, or one with one property of the row, if it fails: the most suspicious first. */
  #guess({ row }: Result, member: string): Result | null {
    const kind: Row = row.kind === undefined ? {} : { kind: row.kind };
    const suspects = specialOf(this.#table, row)
      .filter((name) => name !== 'kind')
      .map((name) => ({ name, suspicion: this.#suspicion(name, member, row.kind) }))
      .sort((a, b) => b.suspicion - a.suspicion)
      .flatMap(({ name }) => [{ [name]: this.#table.factors[name]![1]! }, { [name]: row[name]! }]);
    for (const suspect of [{}, ...suspects]) {
      const chosen = { ...kind, ...suspect };
      const whole = this.#rowWith(chosen, row);
      const tried = whole && this.#try(whole);
      if (tried && member in tried.wrong) return tried;
    }
    return null;
  }

  /** How much more often rows of a kind fail that have something special there than rows that have not. */
  #suspicion(name: string, member: string, kind: string | undefined): number {
    const [ordinary] = this.#table.factors[name]!;
    const alike = this.#results.filter(({ row }) => row.kind === kind);
    const shareOfFailed = (results: readonly Result[]) =>
      results.filter(({ wrong }) => member in wrong).length / Math.max(results.length, 1);
    return (
      shareOfFailed(alike.filter(({ row }) => row[name] !== ordinary)) -
      shareOfFailed(alike.filter(({ row }) => row[name] === ordinary))
    );
  }

  /** These choices and otherwise ordinary ones, or where those are forbidden the row's. */
  #rowWith(chosen: Row, row: Row): Row | null {
    return completeRow(this.#table, chosen, (name) => [this.#table.factors[name]![0]!, row[name]!]);
  }

  /** The failed row with one property after the other made ordinary, where it fails all the same. */
  #withoutNeedless(failed: Result, member: string): Result {
    let smallest = failed;
    for (const name of specialOf(this.#table, failed.row))
      smallest = this.#replace(smallest, name, this.#table.factors[name]![0]!, member);
    // What has gone may have been what another property was needed for.
    return smallest === failed ? failed : this.#withoutNeedless(smallest, member);
  }

  /** The first value of each property that fails the same, so that the outcome is the same each time. */
  #canonical(found: Result, member: string): Result {
    let result = found;
    for (const name of specialOf(this.#table, found.row))
      for (const value of this.#table.factors[name]!.slice(1)) {
        if (value === result.row[name]) break;
        const replaced = this.#replace(result, name, value, member);
        if (replaced === result) continue;
        result = replaced;
        break;
      }
    return result;
  }

  #replace(result: Result, name: string, value: string, member: string): Result {
    const row = completeRow(this.#table, { ...result.row, [name]: value });
    const tried = row && this.#try(row);
    return tried && member in tried.wrong ? tried : result;
  }

  #try(row: Row): Result {
    const key = this.#names.map((name) => row[name]).join();
    const known = this.#known.get(key);
    if (known) return { row, wrong: known };
    if (this.#known.size >= mostAttempts) return { row, wrong: {} };
    const wrong = this.#attempt(row);
    this.#known.set(key, wrong);
    return { row, wrong };
  }
}

/** Properties that have not their ordinary value. */
function specialOf({ factors }: Table, row: Row): string[] {
  return Object.keys(factors).filter((name) => row[name] !== factors[name]![0]);
}

function nameOf(table: Table, row: Row): string {
  const special = specialOf(table, row).map((name) => `${name} ${row[name]}`);
  return special.length === 0 ? 'anything' : special.join(', ');
}

function sorted(wrong: Wrong): Wrong {
  return Object.fromEntries(Object.entries(wrong).sort(([a], [b]) => (a < b ? -1 : 1)));
}
