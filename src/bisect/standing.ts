import { createHash } from 'node:crypto';
import { observationOf } from '../compare/normalise.ts';
import { failureSignature } from '../compare/signature.ts';
import { normaliseText } from '../compare/text.ts';
import type { CaseResult } from '../report/results.ts';

/**
 * How a case stands on one kernel. `right`: the kernel does what the interface says; `wrong`: it does
 * not, known deviations included; `lacking`: it has not got what the case needs; `unknown`: no word
 * about the kernel.
 */
export interface Standing {
  readonly kind: 'right' | 'wrong' | 'lacking' | 'unknown';
  /** Tells one failure from another; the same whenever a case fails in the same way. */
  readonly signature: string;
  /** All that is wrong, where it can be told apart: "reply: EINVAL". */
  readonly failures: readonly string[];
  /** A name for all that the kernel did in the case. */
  readonly observation: string;
}

/** How a case stands after one run. */
export function standingOf(result: CaseResult): Standing {
  const observation = createHash('sha256').update(JSON.stringify(observationOf(result)));
  return {
    kind: kindOf(result),
    signature: failureSignature(result),
    failures: failuresOf(result),
    observation: observation.digest('hex'),
  };
}

function failuresOf({ verdict, crash }: CaseResult): string[] {
  if (crash !== null) return [];
  return verdict.mismatches.map(({ path, observed }) => normaliseText(`${path}: ${observed}`));
}

function kindOf({ verdict }: CaseResult): Standing['kind'] {
  switch (verdict.status) {
    case 'pass':
      return 'right';
    case 'unexpected-pass':
      // One of several known deviations may be gone while another one is still there.
      return verdict.mismatches.length === 0 ? 'right' : 'wrong';
    case 'fail':
    case 'crash':
    case 'deviation':
      return 'wrong';
    case 'skip':
      return 'lacking';
    case 'broken':
      return 'unknown';
  }
}

/**
 * How a case stands after several runs of one kernel: as in each of them when all agree, otherwise
 * unknown. They agree when they are the same kind of thing, and fail in the same way;
 * `observations`: also when all that the kernel did is the same.
 */
export function standingOfRuns(
  results: readonly CaseResult[],
  { observations }: { observations: boolean },
): Standing {
  const standings = results.map(standingOf);
  const [first] = standings;
  if (first === undefined) return unknown('it did not run');
  const differing = standings.filter((each) => !agree(each, first, observations));
  if (differing.length === 0) return first;
  const words = [...new Set(standings.map(describeStanding))];
  const how = words.length === 1 ? 'what the kernel did was not the same' : words.join(', ');
  return unknown(`${standings.length} runs do not agree (${how})`);
}

export function unknown(why: string): Standing {
  return { kind: 'unknown', signature: why, failures: [], observation: '' };
}

function agree(a: Standing, b: Standing, observations: boolean): boolean {
  if (observations && a.observation !== b.observation) return false;
  return a.kind === b.kind && (a.kind === 'right' || a.signature === b.signature);
}

/** "passes", "fails (fail reply: EINVAL)", "lacks what the case needs (skip: …)" */
export function describeStanding({ kind, signature }: Standing): string {
  if (kind === 'right') return 'passes';
  if (kind === 'wrong') return `fails (${signature.replace(/^fail /, '')})`;
  if (kind === 'lacking') return `cannot be judged (${signature})`;
  return `undecided: ${signature.replace(/^broken: /, '')}`;
}
