import { describeStanding, type Standing } from './standing.ts';

/** What is looked for: where a case starts to fail, starts to pass, or starts to differ at all. */
export type First = 'fail' | 'pass' | 'change';

/** How a case stands at the older and at the newer end of what is bisected. */
export interface Ends {
  readonly old: Standing;
  readonly new: Standing;
}

/** The side that a kernel is on; or why it cannot be told. */
export type Side = 'old' | 'new' | { readonly undecided: string };

/**
 * The side that a case puts a kernel on, by the standings at the ends.
 *
 * `fail` and `pass` go by kind and failure signature: whoever fails otherwise than the ends do is
 * undecided, because that failure hides the one that is looked for. `change` goes by all that the
 * kernel did: whatever is not as at the old end is new.
 */
export function sideOf(standing: Standing, ends: Ends, first: First): Side {
  if (standing.kind === 'unknown') return { undecided: standing.signature };
  if (first === 'change') return standing.observation === ends.old.observation ? 'old' : 'new';
  if (isLike(standing, ends.old)) return 'old';
  if (isLike(standing, ends.new)) return 'new';
  // Between "cannot be judged" and a failure: it does not fail yet.
  if (standing.kind === 'right') return first === 'fail' ? 'old' : 'new';
  return { undecided: `another outcome than at either end: it ${describeStanding(standing)}` };
}

/** Whether it stands as an end does; more may be wrong, as long as all that is wrong there is, too. */
function isLike(standing: Standing, end: Standing): boolean {
  if (standing.kind !== end.kind) return false;
  if (standing.kind !== 'wrong' || standing.signature === end.signature) return true;
  const { failures } = end;
  return failures.length > 0 && failures.every((each) => standing.failures.includes(each));
}

/** What the ends must be called in a sentence. */
export interface EndNames {
  readonly old: string;
  readonly new: string;
}

/** Why a case cannot be bisected between these ends, and what to do; null when it can. */
export function endsProblem(ends: Ends, first: First, names: EndNames): string | null {
  for (const side of ['old', 'new'] as const) {
    if (ends[side].kind === 'unknown')
      return `it cannot be judged at ${names[side]}: ${ends[side].signature}`;
  }
  if (first === 'change') {
    if (ends.old.observation !== ends.new.observation) return null;
    return `it does exactly the same at ${names.old} and at ${names.new}: there is no change between them`;
  }
  const [wanted, other] = first === 'fail' ? (['new', 'old'] as const) : (['old', 'new'] as const);
  if (ends[wanted].kind !== 'right' && ends[other].kind === 'right') return null;
  // From "cannot be judged" to a failure, or to the kernel's being judged at all.
  if (first === 'fail' && ends.old.kind === 'lacking' && ends.new.kind === 'wrong') return null;
  return `it ${differenceOf(ends, names)}: ${remedy(ends, first)}`;
}

function differenceOf(ends: Ends, names: EndNames): string {
  const [old, recent] = [describeStanding(ends.old), describeStanding(ends.new)];
  if (old === recent) return `${old} both at ${names.old} and at ${names.new}`;
  return `${old} at ${names.old}, and ${recent} at ${names.new}`;
}

function remedy(ends: Ends, first: First): string {
  const [old, recent] = [ends.old.kind === 'right', ends.new.kind === 'right'];
  if (first === 'fail' && !old && recent)
    return 'the ends are swapped, or a fix is what you look for: --first pass finds it';
  if (first === 'pass' && old && !recent)
    return 'the ends are swapped, or it is a failure that you look for: --first fail finds it';
  if (old && recent)
    return 'name a newer end at which it fails, or find any change (--first change)';
  return `name an ${first === 'fail' ? 'older' : 'newer'} end at which it passes, or find any change (--first change)`;
}
