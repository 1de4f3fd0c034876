import { type CaseDifference, compareCase } from '../compare/compare.ts';
import { HarnessError, UsageError } from '../error.ts';
import type { Examiner, Source } from './examiner.ts';
import type { Search } from './search.ts';
import type { Outcome } from './session.ts';
import { type EndNames, type Ends, endsProblem, type First, type Side, sideOf } from './side.ts';
import { type Standing, standingOfRuns, unknown } from './standing.ts';
import { resultsOf, type Step } from './step.ts';

export interface BisectRequest {
  /** Ids of the cases, in the order of the report. */
  readonly cases: readonly string[];
  readonly first: First;
  /** Ids of both ends, as the examiner knows them. */
  readonly ends: EndNames;
  /** What the user calls them. */
  readonly names: EndNames;
  readonly examiner: Examiner;
  readonly search: Search;
  readonly told: Teller;
}

/** Told what is learned, for a person who waits. */
export interface Teller {
  /** An end was judged. */
  end(name: string, id: string, standings: ReadonlyMap<string, Standing>): void;
  /** The cases that are bisected, and those that cannot be, with the reason. */
  chosen(cases: readonly string[], not: ReadonlyMap<string, string>): void;
  begins(caseId: string, stepsLeft: number): void;
  step(step: { id: string; side: Side; source: Source; stepsLeft: number }): Promise<void>;
}

/** What came of one case. */
export interface CaseBisection {
  readonly id: string;
  readonly outcome: Exclude<Outcome, { kind: 'next' }>;
  readonly ends: Ends;
  /** What was judged on the way, and how. */
  readonly trail: readonly { readonly id: string; readonly side: Side }[];
  /** What changed at the commit that was found, and what it is compared with. */
  readonly change: { readonly before: string; readonly difference: CaseDifference | null } | null;
  /** For `git bisect replay`. */
  readonly log: string | null;
}

/**
 * Finds for each case where it starts to fail, to pass or to differ. Cases share what was judged.
 * Throws a UsageError when no case differs between the ends in the way that is looked for; a
 * HarnessError when an end does not build or boot.
 */
export async function bisect(request: BisectRequest): Promise<CaseBisection[]> {
  return new Bisection(request).run();
}

class Bisection {
  readonly #request: BisectRequest;
  readonly #done: CaseBisection[] = [];

  constructor(request: BisectRequest) {
    this.#request = request;
  }

  async run(): Promise<CaseBisection[]> {
    const { cases, ends, names, first, told } = this.#request;
    const old = await this.#end(ends.old, names.old);
    const recent = await this.#end(ends.new, names.new);
    const endsOf = (id: string): Ends => ({
      old: this.#standing(old, id),
      new: this.#standing(recent, id),
    });
    const not = new Map<string, string>();
    for (const id of cases) {
      const problem = endsProblem(endsOf(id), first, names);
      if (problem !== null) not.set(id, problem);
    }
    const chosen = cases.filter((id) => !not.has(id));
    if (chosen.length === 0) throw nothingToFind(not, first);
    told.chosen(chosen, not);
    for (const id of chosen) this.#done.push(await this.#bisectCase(id, endsOf(id)));
    return this.#done;
  }

  async #end(id: string, name: string): Promise<Step> {
    const { step } = await this.#request.examiner.examine(id);
    if (step.problem !== null) {
      const { what, message } = step.problem;
      throw new HarnessError(
        `${name} does not ${what}, so that nothing is known of that end: name another commit near it (${message})`,
      );
    }
    const { cases, told } = this.#request;
    told.end(name, id, new Map(cases.map((each) => [each, this.#standing(step, each)])));
    return step;
  }

  #standing(step: Step, caseId: string): Standing {
    if (step.problem !== null)
      return unknown(`it does not ${step.problem.what}: ${step.problem.message}`);
    return standingOfRuns(resultsOf(step, caseId), {
      observations: this.#request.first === 'change',
    });
  }

  async #bisectCase(id: string, ends: Ends): Promise<CaseBisection> {
    const { search, told } = this.#request;
    const alike = await this.#alreadyFound(id, ends);
    if (alike !== null) return this.#result(id, ends, alike.outcome, alike.trail, alike.log);
    const trail: { id: string; side: Side }[] = [];
    let outcome = await search.start();
    told.begins(id, outcome.kind === 'next' ? outcome.stepsLeft + 1 : 0);
    while (outcome.kind === 'next') {
      const { step, source } = await this.#request.examiner.examine(outcome.commit);
      const side = sideOf(this.#standing(step, id), ends, this.#request.first);
      trail.push({ id: step.id, side });
      const next: Outcome =
        typeof side === 'string' ? await search.mark(side) : await search.skip();
      const stepsLeft = next.kind === 'next' ? next.stepsLeft + 1 : 0;
      await told.step({ id: step.id, side, source, stepsLeft });
      outcome = next;
    }
    return this.#result(id, ends, outcome, trail, await search.keepLog(id));
  }

  /** An earlier case whose answers this one shares at every step: then its outcome, too. */
  async #alreadyFound(id: string, ends: Ends): Promise<CaseBisection | null> {
    for (const earlier of this.#done)
      if (await this.#sharesTrail(id, ends, earlier)) return earlier;
    return null;
  }

  async #sharesTrail(id: string, ends: Ends, earlier: CaseBisection): Promise<boolean> {
    for (const { id: commit, side } of earlier.trail) {
      const { step } = await this.#request.examiner.examine(commit);
      const own = sideOf(this.#standing(step, id), ends, this.#request.first);
      const isSame = typeof own === 'string' ? own === side : typeof side !== 'string';
      if (!isSame) return false;
    }
    return true;
  }

  async #result(
    id: string,
    ends: Ends,
    outcome: CaseBisection['outcome'],
    trail: CaseBisection['trail'],
    log: string | null,
  ): Promise<CaseBisection> {
    const change =
      outcome.kind === 'found' ? await this.#changeAt(id, outcome.commit, trail) : null;
    return { id, outcome, ends, trail, change, log };
  }

  /** Compares the commit that was found with the one before it; with the old end if that is unknown. */
  async #changeAt(
    id: string,
    commit: string,
    trail: CaseBisection['trail'],
  ): Promise<CaseBisection['change']> {
    const { examiner, search, ends } = this.#request;
    const parents = await search.before(commit);
    const judged = parents.find((each) =>
      trail.some((one) => one.id === each && one.side === 'old'),
    );
    const before = judged ?? ends.old;
    const [a] = resultsOf((await examiner.examine(before)).step, id);
    const [b] = resultsOf((await examiner.examine(commit)).step, id);
    return { before, difference: a === undefined || b === undefined ? null : compareCase(a, b) };
  }
}

function nothingToFind(not: ReadonlyMap<string, string>, first: First): UsageError {
  const [[id, why]] = [...not] as [[string, string]];
  if (not.size === 1) return new UsageError(`There is nothing to find for ${id}: ${why}.`);
  const what = { fail: 'starts to fail', pass: 'starts to pass', change: 'changes' }[first];
  return new UsageError(
    `There is nothing to find: none of the ${not.size} cases ${what} between these ends; ${id}, for one: ${why}.`,
  );
}
