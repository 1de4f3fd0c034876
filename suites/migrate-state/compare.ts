import type { Json, SaView } from '../../src/case/index.ts';

/** How two views of an SA differ. */
export interface Changes {
  /** Paths of the members that differ, sorted: ["dst", "selector.daddr"]. */
  changed: readonly string[];
  /** Those members as they are now. */
  to: { readonly [member: string]: Json };
}

/** How two dumps differ; an SA is named by what identifies it. */
export interface ListChanges {
  gone: readonly string[];
  came: readonly string[];
  changed: { readonly [name: string]: Changes };
}

export function compareLists(
  before: readonly SaView[],
  after: readonly SaView[],
): 'unchanged' | ListChanges {
  if (sameJson(before, after)) return 'unchanged';
  const left = after.map((sa) => ({ sa, name: nameOf(sa) }));
  const gone: string[] = [];
  const changed: [string, Changes][] = [];
  for (const was of before) {
    const name = nameOf(was);
    const same = left.findIndex(({ sa }) => sameJson(sa, was));
    const index = same >= 0 ? same : left.findIndex((each) => each.name === name);
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (!found) gone.push(name);
    else if (same < 0) changed.push([name, compareSas(was, found.sa)]);
  }
  return { gone, came: left.map(({ name }) => name), changed: Object.fromEntries(changed) };
}

function nameOf({ proto, spi, src, dst, mark }: SaView): string {
  const marked = mark ? ` mark ${mark.v}/${mark.m}` : '';
  return `${proto} 0x${spi.toString(16)} ${src} > ${dst}${marked}`;
}

type Tree = { readonly [member: string]: Json };

/** Members of the SA that are not what they were; a refusal in place of the first has none. */
export function compareSas(before: object, after: SaView): Changes {
  const differences = compareTrees(before as Tree, after as unknown as Tree);
  return {
    changed: differences.map(({ path }) => path.join('.')).sort(),
    to: differences.reduce<Tree>((tree, { path, value }) => graft(tree, path, value), {}),
  };
}

interface Difference {
  path: readonly string[];
  value: Json;
}

function compareTrees(before: Tree, after: Tree, path: readonly string[] = []): Difference[] {
  return Object.entries(after).flatMap(([name, value]) => {
    const was = before[name];
    // What was not there at all has changed in each of its members.
    if (isTree(value)) return compareTrees(isTree(was) ? was : {}, value, [...path, name]);
    return sameJson(was, value) ? [] : [{ path: [...path, name], value }];
  });
}

function graft(tree: Tree, [name, ...rest]: readonly string[], value: Json): Tree {
  if (name === undefined) return tree;
  const below = tree[name];
  return {
    ...tree,
    [name]: rest.length === 0 ? value : graft(isTree(below) ? below : {}, rest, value),
  };
}

function isTree(value: Json | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Views are built in one order of members, so their text tells whether they are the same. Mostly they
 * are one and the same view.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  return JSON.stringify(a) === JSON.stringify(b);
}
