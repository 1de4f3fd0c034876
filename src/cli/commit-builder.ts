import { dirname } from 'node:path';
import type { Obtained } from '../bisect/examiner.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import { treeKernel } from '../kernel/tree.ts';
import type { TreeSpec } from '../kernel/tree-spec.ts';
import type { StepProgress } from './step-progress.ts';

/** Builds commits of one tree, all in one build directory. */
export class CommitBuilder {
  readonly #spec: TreeSpec;
  readonly #jobs: number | undefined;
  readonly #signal: AbortSignal;
  readonly #progress: Pick<StepProgress, 'phase'>;
  #makeSeconds = 0;

  constructor(
    spec: TreeSpec,
    { jobs }: { jobs?: number },
    signal: AbortSignal,
    progress: Pick<StepProgress, 'phase'>,
  ) {
    this.#spec = spec;
    this.#jobs = jobs;
    this.#signal = signal;
    this.#progress = progress;
  }

  obtain(commit: string): Promise<Obtained> {
    return this.#obtain(commit);
  }

  /** The tree as it is, with changes that are not committed. */
  obtainWorkTree(): Promise<Obtained> {
    return this.#obtain(null);
  }

  async #obtain(revision: string | null): Promise<Obtained> {
    const kernel = await treeKernel(
      { ...this.#spec, revision },
      {
        cacheDir: defaultCacheDir(),
        signal: this.#signal,
        onProgress: (phrase) => this.#progress.phase(phrase),
        onMade: (seconds) => {
          this.#makeSeconds += seconds;
        },
        ...(this.#jobs === undefined ? {} : { jobs: this.#jobs }),
      },
    );
    return { kernel, artifact: dirname(kernel.image!) };
  }

  /** What make took since this was asked before, in seconds. */
  takeMakeSeconds(): number {
    const taken = this.#makeSeconds;
    this.#makeSeconds = 0;
    return taken;
  }
}
