import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Case } from '../src/case/case.ts';
import { projectDir } from '../src/cli/tool.ts';
import { HarnessError } from '../src/error.ts';
import { defaultCacheDir } from '../src/kernel/cache.ts';
import { resolveKernels } from '../src/kernel/resolve.ts';
import { uml } from '../src/machine/uml.ts';
import type { KernelResult } from '../src/report/results.ts';
import { runKernel } from '../src/run/run-kernel.ts';
import { deviations } from '../suites/deviations.ts';
import { modules } from '../suites/modules.ts';

/** What became of one patch. */
export interface Mutant {
  /** `killed`: a case noticed; `no boot` and `no build`: so did everybody; `no patch`: it is stale. */
  how: 'killed' | 'survived' | 'no boot' | 'no build' | 'no patch';
  detail: string;
  ms: number;
}

export interface MutantTreeOptions {
  /** A kernel tree, which stays as it is. */
  source: string;
  lane: number;
  /** How many trees share the cores. */
  jobs: number;
  variants: readonly string[];
  cases: readonly Case[];
  signal: AbortSignal;
}

/**
 * A copy of a kernel tree (hard links: patch(1) replaces a file that it changes) that takes one
 * patch at a time. It stays in the cache, so that its build directory is good for the next time.
 */
export class MutantTree {
  readonly #options: MutantTreeOptions;
  readonly #dir: string;
  readonly #applied: string;

  constructor(options: MutantTreeOptions) {
    const { source, lane } = options;
    const key = createHash('sha256').update(source).digest('hex').slice(0, 8);
    this.#options = options;
    this.#dir = join(defaultCacheDir(), 'mutants', `${key}-${lane}`);
    this.#applied = `${this.#dir}.applied`;
  }

  /** Makes the tree, and sees that all is well without any patch. */
  async prepare(say: (phrase: string) => void): Promise<void> {
    const { source, signal, lane } = this.#options;
    if (existsSync(this.#applied)) await this.#revert();
    if (!existsSync(this.#dir)) {
      const partial = `${this.#dir}.partial`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(dirname(partial), { recursive: true });
      // A tree on another file system cannot be linked to.
      const copy = await execa('cp', ['-al', source, partial], {
        reject: false,
        cancelSignal: signal,
      });
      if (copy.failed) {
        await rm(partial, { recursive: true, force: true });
        await execa('cp', ['-a', source, partial], { cancelSignal: signal });
      }
      await rename(partial, this.#dir);
    }
    say(`tree ${lane + 1}: building and running without a patch`);
    const problem = problemOf(await this.#test());
    if (problem) throw new HarnessError(`Without any patch ${problem}: nothing can be learned.`);
  }

  async run(patch: string): Promise<Mutant> {
    const started = performance.now();
    const { how, detail } = await this.#run(patch);
    this.#options.signal.throwIfAborted();
    return { how, detail, ms: performance.now() - started };
  }

  async #run(patch: string): Promise<Omit<Mutant, 'ms'>> {
    writeFileSync(this.#applied, readFileSync(patch));
    const applied = await this.#patch(['--forward'], patch);
    if (applied.failed) {
      await this.#revert();
      return { how: 'no patch', detail: applied.stdout.split('\n').at(-1) ?? '' };
    }
    try {
      return outcomeOf(await this.#test());
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!(error instanceof HarnessError)) throw error;
      return { how: 'no build', detail: error.message };
    } finally {
      await this.#revert();
    }
  }

  #patch(options: readonly string[], patch: string) {
    const args = ['-p1', '--batch', '--no-backup-if-mismatch', '--reject-file=-', ...options];
    return execa('patch', [...args, '-i', patch], { cwd: this.#dir, reject: false });
  }

  async #revert(): Promise<void> {
    await this.#patch(['--reverse'], this.#applied);
    rmSync(this.#applied, { force: true });
  }

  async #test(): Promise<KernelResult> {
    const { variants, cases, signal, lane, jobs } = this.#options;
    const spec = `tree:${this.#dir}${variants.map((variant) => `+${variant}`).join('')}`;
    const [kernel] = await resolveKernels(spec, { cacheDir: defaultCacheDir(), signal });
    return runKernel({
      kernel: kernel!,
      machine: uml,
      cases,
      deviations,
      payload: { agent: `${projectDir}dist/agent.cjs`, modules },
      acceleration: 'auto',
      cpus: jobs === 1 ? [0, 1] : [lane],
      silenceMs: 10_000,
      signal,
      progress: { phase() {}, judged() {} },
    });
  }
}

const noticed = new Set(['fail', 'crash', 'unexpected-pass', 'broken']);

function outcomeOf(result: KernelResult): Omit<Mutant, 'ms'> {
  if (result.problem) return { how: 'no boot', detail: result.problem.message };
  const ids = noticing(result);
  if (ids.length === 0) return { how: 'survived', detail: '' };
  const more = ids.length > 3 ? ', …' : '';
  return { how: 'killed', detail: `${ids.length} cases: ${ids.slice(0, 3).join(', ')}${more}` };
}

function noticing({ cases }: KernelResult): string[] {
  return cases.filter(({ verdict }) => noticed.has(verdict.status)).map(({ id }) => id);
}

function problemOf(result: KernelResult): string | null {
  const outcome = outcomeOf(result);
  return outcome.how === 'survived' ? null : `it is ${outcome.how} (${outcome.detail})`;
}
