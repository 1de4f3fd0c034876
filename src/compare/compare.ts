import type { Json } from '../case/record.ts';
import type { CaseResult, KernelResult } from '../report/results.ts';
import type { VerdictStatus } from '../verdict/verdict.ts';
import { changesBetween, type ValueChange } from './changes.ts';
import { observationOf } from './normalise.ts';
import type { Observation } from './observation.ts';

export { failureSignature } from './signature.ts';

/**
 * What a change is about. `field`: of what the case returned; `answer`: of a GET or a dump;
 * `request`: the case itself asked for something else.
 */
export type ChangeKind =
  | 'verdict'
  | 'crash'
  | 'outcome'
  | 'errno'
  | 'extack'
  | 'field'
  | 'request'
  | 'notification'
  | 'answer'
  | 'log';

/** A place where two observations of a case differ. */
export interface Change extends ValueChange {
  readonly kind: ChangeKind;
}

/** A case that did not do the same on both kernels. */
export interface CaseDifference {
  readonly id: string;
  readonly summary: string;
  /** Where the case is only on one side there are no changes. */
  readonly on: 'both' | 'before' | 'after';
  /** Undefined on the side where the case is not. */
  readonly before: VerdictStatus | undefined;
  readonly after: VerdictStatus | undefined;
  readonly changes: readonly Change[];
  /** What was compared; null where the case is only on one side. */
  readonly observations: { readonly before: Observation; readonly after: Observation } | null;
}

/** The cases that differ between two kernels, in the order of the first; then those only on the second. */
export function compareResults(
  before: Pick<KernelResult, 'cases'>,
  after: Pick<KernelResult, 'cases'>,
): CaseDifference[] {
  const there = new Map(after.cases.map((result) => [result.id, result]));
  const here = new Set(before.cases.map(({ id }) => id));
  return [
    ...before.cases.flatMap((result) => compareCase(result, there.get(result.id)) ?? []),
    ...after.cases.flatMap((result) => (here.has(result.id) ? [] : [oneSided(result, 'after')])),
  ];
}

/** Null when the case did the same on both sides. */
export function compareCase(
  before: CaseResult,
  after: CaseResult | undefined,
): CaseDifference | null {
  if (after === undefined) return oneSided(before, 'before');
  const observations = { before: observationOf(before), after: observationOf(after) };
  const changes = compareObservations(observations.before, observations.after);
  if (changes.length === 0) return null;
  return {
    id: before.id,
    summary: before.summary,
    on: 'both',
    before: before.verdict.status,
    after: after.verdict.status,
    changes,
    observations,
  };
}

/** The places where two observations differ: the verdict first, then the crash, then what was seen. */
export function compareObservations(before: Observation, after: Observation): Change[] {
  const { seen: seenBefore, ...outcomeBefore } = before;
  const { seen: seenAfter, ...outcomeAfter } = after;
  // A case that did not run on one side differs in that, not in all that it would have seen.
  const seen = seenBefore && seenAfter ? changesBetween(asJson(seenBefore), asJson(seenAfter)) : [];
  return [...changesBetween(asJson(outcomeBefore), asJson(outcomeAfter)), ...seen].map(
    (change) => ({
      ...change,
      kind: kindOf(change.path),
    }),
  );
}

function oneSided({ id, summary, verdict }: CaseResult, on: 'before' | 'after'): CaseDifference {
  return {
    id,
    summary,
    on,
    before: undefined,
    after: undefined,
    [on]: verdict.status,
    changes: [],
    observations: null,
  };
}

/** Observations are plain data, which TypeScript does not see in interfaces. */
function asJson(value: object): Json {
  return value as Json;
}

function kindOf(path: readonly string[]): ChangeKind {
  switch (path[0]) {
    case 'verdict':
    case 'crash':
      return path[0];
    case 'outcome':
    case 'reason':
      return 'outcome';
    case 'kernelLog':
      return 'log';
    case 'notifications':
      return 'notification';
  }
  if (path[0] === 'requests' && path[2] === 'answers') return 'answer';
  if (path[0] === 'requests' && path[2] === 'sent') return 'request';
  if (path.at(-1) === 'errno') return 'errno';
  return path.includes('extack') ? 'extack' : 'field';
}
