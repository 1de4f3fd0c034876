import type { Json } from '../case/record.ts';

/** A place where two values differ. */
export interface ValueChange {
  /** Member names and list indices from the outside in. */
  readonly path: readonly string[];
  /** Undefined where there is nothing. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** An acknowledgement without an extack says the same as one with an empty one. */
const emptyExtack = { message: null, offset: null, attribute: null, policy: null };

/** The innermost places where two values differ, in the order of the first. */
export function changesBetween(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): ValueChange[] {
  if (before === after) return [];
  if (path.at(-1) === 'extack' && (isObject(before) || isObject(after)))
    return memberChanges(
      { ...emptyExtack, ...members(before) },
      { ...emptyExtack, ...members(after) },
      path,
    );
  if (isList(before) && isList(after)) return listChanges(before, after, path);
  if (isObject(before) && isObject(after)) return memberChanges(before, after, path);
  return [{ path, before, after }];
}

type Members = { readonly [key: string]: Json };

function memberChanges(before: Members, after: Members, path: readonly string[]): ValueChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    changesBetween(own(before, name), own(after, name), [...path, name]),
  );
}

/** Lists of one length item by item; of others what is only in one of them. */
function listChanges(
  before: readonly Json[],
  after: readonly Json[],
  path: readonly string[],
): ValueChange[] {
  if (before.length === after.length)
    return before.flatMap((item, index) =>
      changesBetween(item, after[index], [...path, `${index}`]),
    );
  return [{ path, before: without(before, after), after: without(after, before) }];
}

/** The items that find no equal one of their own in the other list. */
function without(items: readonly Json[], others: readonly Json[]): Json[] {
  const left = others.map((item) => JSON.stringify(item));
  return items.filter((item) => {
    const at = left.indexOf(JSON.stringify(item));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function members(value: Json | undefined): Members {
  return isObject(value) ? value : {};
}

function own(object: Members, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
