import { UsageError } from '../error.ts';
import { type Ends, type First, type Side, sideOf } from './side.ts';
import { describeStanding, type Standing, unknown } from './standing.ts';

export interface OneStep {
  readonly first: First;
  /** Of each case, at the commit that is judged. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** Of each case at the end that shows what is looked for; null: take any failure for it. */
  readonly reference: ReadonlyMap<string, Standing> | null;
}

const passing: Standing = { kind: 'right', signature: 'pass', failures: [], observation: '' };

/**
 * The side of one commit for `git bisect run`, by all cases together: new when any case puts it
 * there, old when all do, otherwise undecided.
 *
 * Throws a UsageError when the end does not show what is looked for in any of the cases.
 */
export function oneStep({ first, standings, reference }: OneStep): Side {
  const sides: Side[] = [];
  for (const [id, standing] of standings) {
    const end = reference === null ? null : (reference.get(id) ?? unknown('it did not run'));
    if (end !== null && !shows(end, first)) continue;
    sides.push(
      end === null ? byKind(standing, first) : sideOf(standing, endsWith(end, first), first),
    );
  }
  if (sides.length === 0) throw nothingShown(first, reference);
  const undecided = sides.find((side) => typeof side !== 'string');
  // What starts to pass must pass in all cases.
  const [one, all] = first === 'pass' ? (['old', 'new'] as const) : (['new', 'old'] as const);
  if (sides.includes(one)) return one;
  return undecided ?? all;
}

function shows(end: Standing, first: First): boolean {
  return first === 'change'
    ? end.kind !== 'unknown'
    : end.kind === 'wrong' || end.kind === 'lacking';
}

function endsWith(end: Standing, first: First): Ends {
  return first === 'fail' ? { old: passing, new: end } : { old: end, new: passing };
}

function byKind(standing: Standing, first: First): Side {
  if (standing.kind === 'right') return first === 'fail' ? 'old' : 'new';
  if (standing.kind === 'wrong') return first === 'fail' ? 'new' : 'old';
  return { undecided: `it ${describeStanding(standing)}` };
}

function nothingShown(first: First, reference: OneStep['reference']): UsageError {
  const [example] = reference?.values() ?? [];
  const how = example === undefined ? '' : `: it ${describeStanding(example)}`;
  const end = first === 'fail' ? 'bad' : 'good (old)';
  return new UsageError(
    `None of the cases fails at the ${end} end${how}; name a case that does, or take any failure (--any-failure).`,
  );
}
