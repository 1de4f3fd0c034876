import type { Case } from '../case/case.ts';
import { HarnessError } from '../error.ts';
import { ConfigError } from '../kernel/build/configure.ts';
import { BuildError } from '../kernel/build/make.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { KernelResult } from '../report/results.ts';
import { mergeRuns, type Step } from './step.ts';
import type { StepStore } from './step-store.ts';

/** A kernel that is ready to run. */
export interface Obtained {
  readonly kernel: Kernel;
  /** Where the build is kept; null when nothing was built. */
  readonly artifact: string | null;
}

export interface ExaminerOptions {
  readonly store: Pick<StepStore, 'read' | 'write'>;
  /** All that are chosen run together: a boot costs more than a case. */
  readonly cases: readonly Case[];
  /** How often each kernel runs the cases. */
  readonly runs: number;
  readonly signal: AbortSignal;
  /** Builds or fetches the kernel. A BuildError or ConfigError is the source's fault. */
  readonly obtain: (id: string) => Promise<Obtained>;
  readonly run: (kernel: Kernel, cases: readonly Case[]) => Promise<KernelResult>;
  /** A step that is judged already and that this one cannot differ from; null when there is none. */
  readonly twinOf?: (id: string, judged: readonly Step[]) => Promise<string | null>;
}

/** How a step came to be known. */
export type Source = 'run' | 'kept' | { readonly sameAs: string };

/** Judges commits, each at most once: what is kept from earlier is not built or run again. */
export class Examiner {
  readonly #options: ExaminerOptions;
  /** In the order in which they were asked for, the latest last. */
  readonly #judged = new Map<string, Step>();

  constructor(options: ExaminerOptions) {
    this.#options = options;
  }

  async examine(id: string): Promise<{ step: Step; source: Source }> {
    const { store, signal, twinOf } = this.#options;
    signal.throwIfAborted();
    const kept = await store.read(id);
    if (kept !== null && 'sameAs' in kept) return this.#asTwin(id, kept.sameAs);
    if (kept !== null && this.#isComplete(kept)) return { step: this.#note(kept), source: 'kept' };
    if (kept === null) {
      const twin = (await twinOf?.(id, [...this.#judged.values()].reverse())) ?? null;
      if (twin !== null) {
        await store.write({ id, sameAs: twin });
        return this.#asTwin(id, twin);
      }
    }
    return { step: this.#note(await this.#judge(id, kept)), source: 'run' };
  }

  async #asTwin(id: string, twin: string): Promise<{ step: Step; source: Source }> {
    const { step } = await this.examine(twin);
    return { step: this.#note({ ...step, id }), source: { sameAs: twin } };
  }

  /** Only what was asked for: more cases and more runs may be kept. */
  #note(kept: Step): Step {
    const { cases, runs } = this.#options;
    const asked = kept.runs.slice(0, runs).map((run) => ({
      ...run,
      cases: cases.flatMap(({ id }) => run.cases.find((result) => result.id === id) ?? []),
    }));
    const step = { ...kept, runs: asked };
    this.#judged.delete(step.id);
    this.#judged.set(step.id, step);
    return step;
  }

  #isComplete(step: Step): boolean {
    if (step.problem !== null) return true;
    const { cases, runs } = this.#options;
    return cases.every((each) => timesRun(step, each.id) >= runs);
  }

  async #judge(id: string, before: Step | null): Promise<Step> {
    const { store, obtain } = this.#options;
    let obtained: Obtained;
    try {
      obtained = await obtain(id);
    } catch (error) {
      if (!(error instanceof BuildError || error instanceof ConfigError)) throw error;
      const message = error instanceof BuildError ? inTree(error.failure.title) : error.message;
      const step: Step = { id, problem: { what: 'build', message }, runs: [], artifact: null };
      await store.write(step);
      return step;
    }
    return this.#run(obtained, before ?? { id, problem: null, runs: [], artifact: null });
  }

  async #run({ kernel, artifact }: Obtained, before: Step): Promise<Step> {
    const { store, cases, runs, run, signal } = this.#options;
    const done: KernelResult[] = [...before.runs];
    let step: Step = { ...before, artifact };
    for (let round = 0; round < runs; round++) {
      const had = new Set(done[round]?.cases.map((result) => result.id));
      const missing = cases.filter((each) => !had.has(each.id));
      if (missing.length === 0) continue;
      const result = await run(kernel, missing);
      signal.throwIfAborted();
      throwIfDiskFull(result);
      const problem = bootProblem(result);
      if (problem === null) done[round] = mergeRuns(done[round], result);
      step = { ...step, problem, runs: [...done] };
      // A boot without a word may have been the machine's fault: it is tried again another time.
      if (problem === null || result.problem?.console !== '') await store.write(step);
      if (problem !== null) break;
    }
    return step;
  }
}

/** Without the place of the work tree, which is ours and tells nothing. */
function inTree(line: string): string {
  return line.replace(/^\/\S*?\/source\//, '');
}

function timesRun(step: Step, caseId: string): number {
  return step.runs.filter(({ cases }) => cases.some(({ id }) => id === caseId)).length;
}

/** A kernel that came up at least once has booted; what then stopped it is the business of the cases. */
function bootProblem({ boots, problem }: KernelResult): Step['problem'] {
  if (problem === null || boots.length > 0) return null;
  return { what: 'boot', message: problem.message };
}

/** Says nothing about the kernel, and the next one would fare no better. */
function throwIfDiskFull({ problem }: KernelResult): void {
  if (problem !== null && /disk .* is full|No space left on device|ENOSPC/i.test(problem.message))
    throw new HarnessError(problem.message);
}
