import type { Json } from './record.ts';

/**
 * What a case expects to observe.
 *
 * Plain values must be equal; an object must have the named members (others are free); an array
 * must have the same length. Everything else is a matcher, made by the functions below. Matchers
 * are data: they are printed, compared and written to reports.
 */
export type Expected =
  | null
  | boolean
  | number
  | string
  | readonly Expected[]
  | { readonly [member: string]: Expected }
  | Matcher;

export type Matcher =
  | { readonly $match: 'reply'; readonly errno: string; readonly extack: ExtackExpectation }
  | { readonly $match: 'present' }
  | { readonly $match: 'absent' }
  | { readonly $match: 'anything' }
  | { readonly $match: 'oneOf'; readonly choices: readonly Expected[] }
  | { readonly $match: 'not'; readonly value: Expected }
  | { readonly $match: 'includes'; readonly items: readonly Expected[] };

/** What is expected of the extended acknowledgement of a reply. */
export interface ExtackExpectation {
  /** The exact text; null: there must be none; undefined: any or none. */
  readonly message?: string | null;
  /** The attribute that the extack points at, e.g. "XFRMA_ENCAP"; undefined: not judged. */
  readonly attribute?: string;
  /** Kernels before this version say nothing yet: their text is not judged. E.g. "6.4". */
  readonly since?: string;
}

/** Success: the request is acknowledged. A text given is a warning that must ride on the ACK. */
export function ok(message?: string | null): Matcher {
  return { $match: 'reply', errno: 'OK', extack: message === undefined ? {} : { message } };
}

/** Refused with this errno (by name) and, when given, this extack text. */
export function error(errno: string, extack?: string | null | ExtackExpectation): Matcher {
  const expectation =
    extack === undefined
      ? {}
      : typeof extack === 'string' || extack === null
        ? { message: extack }
        : extack;
  return { $match: 'reply', errno, extack: expectation };
}

/** Any value but null and undefined. */
export function present(): Matcher {
  return { $match: 'present' };
}

/** Null, or no such member. */
export function absent(): Matcher {
  return { $match: 'absent' };
}

/** Not judged, only recorded. */
export function anything(): Matcher {
  return { $match: 'anything' };
}

/** One of several: use it only where the specification leaves the choice to the kernel. */
export function oneOf(...choices: readonly Expected[]): Matcher {
  return { $match: 'oneOf', choices };
}

/** Anything that does not match the value. */
export function not(value: Expected): Matcher {
  return { $match: 'not', value };
}

/** An array that has an item for each of these, in any order, and maybe more. */
export function includes(...items: readonly Expected[]): Matcher {
  return { $match: 'includes', items };
}

export function isMatcher(expected: Expected): expected is Matcher {
  return typeof expected === 'object' && expected !== null && '$match' in expected;
}

/** Observations are JSON; this only names the type for readers of this file. */
export type Observation = Json;
