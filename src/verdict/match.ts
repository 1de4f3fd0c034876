import { type Expected, type ExtackExpectation, isMatcher, type Matcher } from '../case/match.ts';
import type { ExtAck, Json } from '../case/record.ts';
import { describeExpected, describeObserved, isList, isReply, joinPath } from './describe.ts';
import type { Mismatch } from './verdict.ts';
import { compareVersions, isVersion } from './version.ts';

type Observed = Json | undefined;

/** What of the kernel bears on matching: its upstream version decides which extack texts exist. */
export interface MatchOptions {
  readonly version: string;
}

/**
 * The places where an observation differs from what is expected, in the order of the expectation;
 * none when it matches.
 *
 * A path joins member names and array indices with dots ("after.encap.sport", "replies.0"); it is
 * empty when the observation as a whole differs. A reply is one place, however it differs.
 */
export function mismatches(
  expected: Expected,
  observed: Observed,
  options: MatchOptions,
  path = '',
): Mismatch[] {
  if (isMatcher(expected)) return matcherMismatches(expected, observed, options, path);
  if (isList(expected)) return listMismatches(expected, observed, options, path);
  if (typeof expected === 'object' && expected !== null) {
    if (!isObject(observed)) return [differ(path, expected, observed)];
    return Object.entries(expected).flatMap(([name, member]) =>
      mismatches(member, own(observed, name), options, joinPath(path, name)),
    );
  }
  // A member that is missing is not null: { encap: null } must not match the refusal of a GETSA.
  return expected === observed ? [] : [differ(path, expected, observed)];
}

function matches(expected: Expected, observed: Observed, options: MatchOptions): boolean {
  return mismatches(expected, observed, options).length === 0;
}

function listMismatches(
  expected: readonly Expected[],
  observed: Observed,
  options: MatchOptions,
  path: string,
): Mismatch[] {
  if (!isArray(observed) || observed.length !== expected.length) {
    const count = isArray(observed) ? `${items(observed.length)}: ` : '';
    return [
      {
        path,
        expected: `${items(expected.length)}: ${describeExpected(expected)}`,
        observed: `${count}${describeObserved(observed)}`,
      },
    ];
  }
  return expected.flatMap((item, index) =>
    mismatches(item, observed[index], options, joinPath(path, index)),
  );
}

function matcherMismatches(
  matcher: Matcher,
  observed: Observed,
  options: MatchOptions,
  path: string,
): Mismatch[] {
  const there = observed !== null && observed !== undefined;
  switch (matcher.$match) {
    case 'anything':
      return [];
    case 'present':
      return there ? [] : [differ(path, matcher, observed)];
    case 'absent':
      return there ? [differ(path, matcher, observed)] : [];
    case 'oneOf':
      return matcher.choices.some((choice) => matches(choice, observed, options))
        ? []
        : [differ(path, matcher, observed)];
    case 'not':
      return matches(matcher.value, observed, options) ? [differ(path, matcher, observed)] : [];
    case 'reply':
      return replyMatches(matcher, observed, options) ? [] : [differ(path, matcher, observed)];
    case 'includes':
      return includesMismatches(matcher, observed, options, path);
  }
}

function replyMatches(
  { errno, extack: expected }: Matcher & { $match: 'reply' },
  observed: Observed,
  { version }: MatchOptions,
): boolean {
  if (observed === null || observed === undefined || !isReply(observed)) return false;
  if (observed.errno !== errno) return false;
  const { since } = expected;
  // A version that cannot be read is taken for a new one: it is judged in full.
  const tooOld = since !== undefined && isVersion(version) && compareVersions(version, since) < 0;
  return tooOld || extackMatches(expected, observed.extack);
}

function extackMatches({ message, attribute }: ExtackExpectation, observed: ExtAck | null) {
  // The kernel may send an empty text; it says as much as none.
  if (message !== undefined && (message || null) !== (observed?.message || null)) return false;
  return attribute === undefined || attribute === (observed?.attribute ?? null);
}

/** Each expected item needs an observed item of its own; those that find none are reported. */
function includesMismatches(
  { items: wanted }: Matcher & { $match: 'includes' },
  observed: Observed,
  options: MatchOptions,
  path: string,
): Mismatch[] {
  if (!isArray(observed)) {
    return [differ(path, { $match: 'includes', items: wanted }, observed)];
  }
  const takenBy = new Map<number, number>();
  /** Kuhn's algorithm: an item that finds all of its own taken asks the takers to move on. */
  const place = (item: number, tried: Set<number>): boolean =>
    observed.some((candidate, index) => {
      if (tried.has(index) || !matches(wanted[item]!, candidate, options)) return false;
      tried.add(index);
      const taker = takenBy.get(index);
      if (taker !== undefined && !place(taker, tried)) return false;
      takenBy.set(index, item);
      return true;
    });
  return wanted
    .filter((_, item) => !place(item, new Set()))
    .map((item) => ({
      path,
      expected: `a list with ${describeExpected(item)}`,
      observed: `${items(observed.length)}: ${describeObserved(observed)}`,
    }));
}

function differ(path: string, expected: Expected, observed: Observed): Mismatch {
  if (!isMatcher(expected) || expected.$match !== 'reply') {
    return { path, expected: describeExpected(expected), observed: describeObserved(observed) };
  }
  const { errno, extack } = expected;
  const { message } = extack;
  return {
    path,
    expected: describeExpected(expected),
    observed: describeObserved(observed, extack.attribute !== undefined),
    reply: {
      expected: message === undefined ? { errno } : { errno, extack: message },
      observed: replyParts(observed),
    },
  };
}

function replyParts(observed: Observed) {
  if (observed === null || observed === undefined || !isReply(observed)) return null;
  return { errno: observed.errno, extack: observed.extack?.message ?? null };
}

function items(count: number): string {
  return count === 1 ? '1 item' : `${count} items`;
}

function isArray(value: Observed): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Observed): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: { readonly [key: string]: Json }, name: string): Observed {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
