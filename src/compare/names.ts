/** Gives things that share a name a number each, from the second on: "a", "a #2", "b", "a #3". */
export class Names {
  readonly #counts = new Map<string, number>();

  next(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count === 1 ? name : `${name} #${count}`;
  }
}

/** The items as an object, each under the name that `nameFor` gives it. */
export function byName<Item, Value>(
  items: readonly Item[],
  nameFor: (item: Item) => string,
  valueFor: (item: Item) => Value,
): Record<string, Value> {
  const names = new Names();
  return Object.fromEntries(items.map((item) => [names.next(nameFor(item)), valueFor(item)]));
}
