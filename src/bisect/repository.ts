import { UsageError } from '../error.ts';
import { gitCommit, isGitTop, runGit } from '../kernel/build/git.ts';
import { runTool } from '../kernel/host-tool.ts';

/** What a report says of a commit. */
export interface CommitInfo {
  /** The full hash. */
  readonly hash: string;
  readonly subject: string;
  /** "Name <address>" */
  readonly author: string;
  /** "2026-01-31" */
  readonly date: string;
  /** Full hashes; more than one of a merge. */
  readonly parents: readonly string[];
}

/** Abbreviated as far as messages need it. */
export function short(hash: string): string {
  return hash.slice(0, 12);
}

/** Read-only questions to the user's repository. */
export class Repository {
  readonly path: string;
  readonly #signal: AbortSignal;

  private constructor(path: string, signal: AbortSignal) {
    this.path = path;
    this.#signal = signal;
  }

  /** Throws a UsageError when the directory is not the top of a git work tree. */
  static async open(path: string, signal: AbortSignal): Promise<Repository> {
    if (!(await isGitTop(path, signal)))
      throw new UsageError(
        `${path} is not the top of a git tree, and only a git tree has revisions: name a clone of the kernel`,
      );
    return new Repository(path, signal);
  }

  /** The commit of a revision, which must have XFRM. Throws a UsageError when there is none. */
  async kernelCommit(revision: string): Promise<string> {
    const commit = await gitCommit(this.path, revision, this.#signal);
    if (commit === null) {
      const fetch = (await this.isShallow())
        ? 'the tree is shallow, git fetch --unshallow gets the rest'
        : `see git -C ${this.path} log, or fetch it first`;
      throw new UsageError(`${this.path} has no revision "${revision}": ${fetch}`);
    }
    if (!(await this.has(commit, 'net/xfrm/xfrm_user.c')))
      throw new UsageError(
        `${revision} of ${this.path} has no net/xfrm/xfrm_user.c: it is no kernel tree with XFRM, name one that has it`,
      );
    return commit;
  }

  async info(commit: string): Promise<CommitInfo> {
    const format = '--format=%H%x00%s%x00%an <%ae>%x00%as%x00%P';
    const [hash = commit, subject = '', author = '', date = '', parents = ''] = (
      await this.#git('show', '--no-patch', format, commit)
    )
      .trim()
      .split('\0');
    return { hash, subject, author, date, parents: parents.split(' ').filter(Boolean) };
  }

  async has(commit: string, path: string): Promise<boolean> {
    return (await this.#try('cat-file', '-e', `${commit}:${path}`)).exitCode === 0;
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    return (await this.#try('merge-base', '--is-ancestor', older, newer)).exitCode === 0;
  }

  async haveCommonAncestor(a: string, b: string): Promise<boolean> {
    return (await this.#try('merge-base', a, b)).exitCode === 0;
  }

  async isShallow(): Promise<boolean> {
    return (await this.#git('rev-parse', '--is-shallow-repository')).trim() === 'true';
  }

  /** Whether tracked files have changes that are not committed. */
  async isDirty(): Promise<boolean> {
    const args = ['--no-optional-locks', 'status', '--porcelain', '--untracked-files=no'];
    return (await this.#git(...args)).trim() !== '';
  }

  /** The commits that are in `newer` and not in `older`, the oldest first. */
  async range(older: string, newer: string, options: readonly string[] = []): Promise<string[]> {
    const args = ['rev-list', '--reverse', '--topo-order', ...options, `${older}..${newer}`];
    return (await this.#git(...args)).split('\n').filter(Boolean);
  }

  /** Paths that differ between two commits, with git's letter for how: M, A, D, T. */
  async differences(a: string, b: string): Promise<{ how: string; path: string }[]> {
    const fields = (await this.#git('diff-tree', '-r', '-z', '--name-status', '--no-renames', a, b))
      .split('\0')
      .filter((field) => field !== '');
    return Array.from({ length: fields.length / 2 }, (_, i) => ({
      how: fields[2 * i]!,
      path: fields[2 * i + 1]!,
    }));
  }

  #git(...args: string[]): Promise<string> {
    return runGit(this.path, args, this.#signal);
  }

  #try(...args: string[]) {
    const options = { signal: this.#signal, timeoutMs: 120_000, package: 'git' };
    return runTool('git', ['-C', this.path, ...args], options);
  }
}
