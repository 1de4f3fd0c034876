import { rm } from 'node:fs/promises';
import { HarnessError } from '../error.ts';
import { gitCommit } from '../kernel/build/git.ts';
import { runTool } from '../kernel/host-tool.ts';

/** What git makes of the answers so far. */
export type Outcome =
  | { readonly kind: 'next'; readonly commit: string; readonly stepsLeft: number }
  | { readonly kind: 'found'; readonly commit: string }
  /** The first new commit is one of these: the others could not be judged. */
  | { readonly kind: 'undecided'; readonly commits: readonly string[] }
  /** The ends have diverged, and where they parted is new already. */
  | { readonly kind: 'merge-base-is-new'; readonly commit: string };

/** git's own words for the two sides, as `git bisect replay` meets them. */
export interface Terms {
  readonly old: string;
  readonly new: string;
}

export interface SessionStart {
  readonly old: string;
  readonly new: string;
  readonly terms: Terms;
  readonly firstParent: boolean;
}

/**
 * A `git bisect` in a work tree of its own without any files: what is bisected is named by the ref
 * BISECT_HEAD, and that and refs/bisect belong to the work tree. The user's checkout, index, HEAD
 * and a bisection of the user's own stay as they are.
 */
export class BisectSession {
  readonly #repository: string;
  readonly #worktree: string;
  readonly #signal: AbortSignal;
  #terms: Terms = { old: 'good', new: 'bad' };

  private constructor(repository: string, worktree: string, signal: AbortSignal) {
    this.#repository = repository;
    this.#worktree = worktree;
    this.#signal = signal;
  }

  /** @param worktree a directory that is not there yet, or was left by a run that was killed */
  static async open(
    repository: string,
    worktree: string,
    signal: AbortSignal,
  ): Promise<BisectSession> {
    const session = new BisectSession(repository, worktree, signal);
    await rm(worktree, { recursive: true, force: true });
    const args = ['worktree', 'add', '--force', '--no-checkout', '--detach', worktree, 'HEAD'];
    await session.#git(repository, args);
    return session;
  }

  /** Begins anew, whatever was bisected before. */
  async start({ old, new: recent, terms, firstParent }: SessionStart): Promise<Outcome> {
    this.#terms = terms;
    const words = terms.new === 'bad' ? [] : [`--term-old=${terms.old}`, `--term-new=${terms.new}`];
    const options = ['--no-checkout', ...words, ...(firstParent ? ['--first-parent'] : [])];
    return this.#bisect(['start', ...options, recent, old]);
  }

  mark(side: 'old' | 'new'): Promise<Outcome> {
    return this.#bisect([this.#terms[side]]);
  }

  skip(): Promise<Outcome> {
    return this.#bisect(['skip']);
  }

  /** What `git bisect replay` takes, with a checkout as git does it by itself. */
  async log(): Promise<string> {
    const { stdout } = await this.#git(this.#worktree, ['bisect', 'log']);
    return `${stdout.replace(" '--no-checkout'", '')}\n`;
  }

  /** Removes the work tree and all that git knows of it. Works after an interrupt, too. */
  async close(): Promise<void> {
    const args = ['-C', this.#repository, 'worktree', 'remove', '--force', '--force'];
    const { signal } = new AbortController();
    await runTool('git', [...args, this.#worktree], { signal, timeoutMs: 60_000 });
    await rm(this.#worktree, { recursive: true, force: true });
  }

  async #bisect(args: readonly string[]): Promise<Outcome> {
    const result = await this.#git(this.#worktree, ['bisect', ...args], [0, 1, 2, 3]);
    const text = `${result.stdout}\n${result.stderr}`;
    const said = outcomeIn(text);
    if (said !== null) return said;
    const next = await gitCommit(this.#worktree, 'BISECT_HEAD', this.#signal);
    if (result.exitCode !== 0 || next === null)
      throw new HarnessError(`git bisect ${args[0]} failed: ${lastLine(text)}`);
    return { kind: 'next', commit: next, stepsLeft: stepsIn(text) };
  }

  async #git(directory: string, args: readonly string[], statuses: readonly number[] = [0]) {
    // The user's hooks are for the user's own commands.
    const settings = ['-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false'];
    const options = { signal: this.#signal, timeoutMs: 10 * 60_000, package: 'git' };
    const result = await runTool('git', [...settings, '-C', directory, ...args], options);
    if (result.exitCode === null || !statuses.includes(result.exitCode))
      throw new HarnessError(
        `git ${args.slice(0, 2).join(' ')} failed: ${lastLine(result.stderr)}`,
      );
    return result;
  }
}

/** Reads what git prints in the C locale; null when it goes on. */
export function outcomeIn(text: string): Outcome | null {
  const found = /^([0-9a-f]{40,64}) is the first \S+ commit$/m.exec(text)?.[1];
  if (found !== undefined) return { kind: 'found', commit: found };
  const mergeBase = /^The merge base ([0-9a-f]{40,64}) is /m.exec(text)?.[1];
  if (mergeBase !== undefined) return { kind: 'merge-base-is-new', commit: mergeBase };
  if (/^There are only 'skip'ped commits left to test\.$/m.test(text))
    return { kind: 'undecided', commits: text.match(/^[0-9a-f]{40,64}$/gm) ?? [] };
  return null;
}

function stepsIn(text: string): number {
  return Number(/\(roughly (\d+) steps?\)/.exec(text)?.[1] ?? 0);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
