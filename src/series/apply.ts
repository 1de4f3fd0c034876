import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { HarnessError, UsageError } from '../error.ts';
import { runGit } from '../kernel/build/git.ts';
import { runTool } from '../kernel/host-tool.ts';
import type { Patch } from './patches.ts';

/** Commits of the patches; they are git's to keep as long as this is not closed. */
export interface Applied {
  readonly commits: readonly string[];
  close(): Promise<void>;
}

/**
 * Applies patches with git am, one commit each, in a work tree of its own that holds only the files
 * that they touch. The same patches on the same base always give the same commits, so that what was
 * built of them is found again.
 *
 * Throws a UsageError that names the patch that does not apply, and the file.
 *
 * @param baseName what the user calls the base
 */
export async function applyPatches(
  repository: string,
  base: string,
  baseName: string,
  patches: readonly Patch[],
  signal: AbortSignal,
): Promise<Applied> {
  const directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-series-'));
  const worktree = new PatchTree(repository, join(directory, 'tree'), signal);
  const close = async () => {
    await worktree.remove();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await worktree.create(base, filesOf(patches));
    const commits: string[] = [];
    for (const patch of patches) {
      const file = join(directory, `${patch.number}.patch`);
      await writeFile(file, patch.raw);
      const failure = await worktree.apply(file);
      if (failure !== null) throw doesNotApply(patch, patches.length, baseName, failure);
      commits.push(await worktree.head());
    }
    return { commits, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function filesOf(patches: readonly Patch[]): string[] {
  const files = patches.flatMap(({ patch }) =>
    [...patch.matchAll(/^(?:---|\+\+\+) [ab]\/(.*?)\s*$|^rename (?:from|to) (.*)$/gm)].map(
      ([, touched, renamed]) => touched ?? renamed ?? '',
    ),
  );
  return [...new Set(files)].sort();
}

function doesNotApply(
  { number, subject }: Patch,
  total: number,
  baseName: string,
  failure: string,
): UsageError {
  const on = number === 1 ? baseName : `${baseName} with the ones before it`;
  return new UsageError(
    `patch ${number}/${total} ("${subject.replace(/^\[[^\]]*\]\s*/, '')}") does not apply to ${on}: ${failure}; name the base that the series was made for`,
  );
}

class PatchTree {
  readonly #repository: string;
  readonly #directory: string;
  readonly #signal: AbortSignal;

  constructor(repository: string, directory: string, signal: AbortSignal) {
    this.#repository = repository;
    this.#directory = directory;
    this.#signal = signal;
  }

  async create(base: string, files: readonly string[]): Promise<void> {
    const add = ['worktree', 'add', '--no-checkout', '--detach', this.#directory, base];
    await runGit(this.#repository, add, this.#signal);
    // By hand: "git sparse-checkout" would write to the configuration of the user's repository.
    const args = ['rev-parse', '--git-path', 'info/sparse-checkout'];
    const path = (await runGit(this.#directory, args, this.#signal)).trim();
    const list = resolve(this.#directory, path);
    await mkdir(dirname(list), { recursive: true });
    await writeFile(list, files.map((file) => `/${file.replace(/[\\*?[!#]/g, '\\$&')}\n`).join(''));
    await this.#git(['read-tree', '-mu', 'HEAD']);
  }

  /** Null when it applied; otherwise what stood in the way, in git's words as far as they help. */
  async apply(file: string): Promise<string | null> {
    const am = ['am', '--no-3way', '--no-gpg-sign', '--committer-date-is-author-date', file];
    const result = await this.#git(am, { isTried: true });
    if (result.exitCode === 0) return null;
    const text = `${result.stderr}\n${result.stdout}`;
    const places = [...text.matchAll(/^error: patch failed: (.+):(\d+)$/gm)].map(
      ([, path, line]) => `${path} near line ${line}`,
    );
    const other = [...text.matchAll(/^(?:error|fatal): (.+)$/gm)].map(([, words]) => words);
    return places.length > 0 ? places.join(', ') : (other[0] ?? 'git am failed');
  }

  async head(): Promise<string> {
    return (await runGit(this.#directory, ['rev-parse', 'HEAD'], this.#signal)).trim();
  }

  /** Works after an interrupt, too. */
  async remove(): Promise<void> {
    const { signal } = new AbortController();
    const args = ['-C', this.#repository, 'worktree', 'remove', '--force', '--force'];
    await runTool('git', [...args, this.#directory], { signal, timeoutMs: 60_000 });
  }

  async #git(args: readonly string[], { isTried = false } = {}) {
    const settings = [
      'core.hooksPath=/dev/null',
      'core.sparseCheckout=true',
      'core.sparseCheckoutCone=false',
      'user.name=xfrm-conform',
      'user.email=xfrm-conform@localhost',
    ].flatMap((each) => ['-c', each]);
    const options = { signal: this.#signal, timeoutMs: 5 * 60_000, package: 'git' };
    const result = await runTool('git', [...settings, '-C', this.#directory, ...args], options);
    if (result.exitCode !== 0 && !isTried)
      throw new HarnessError(`git ${args[0]} failed: ${result.stderr.trim().split('\n').at(-1)}`);
    return result;
  }
}
