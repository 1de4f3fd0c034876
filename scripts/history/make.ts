import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Edit, harmlessCommit, type MadeCommit, specialCommits } from './commits.ts';
import { prunedFiles } from './prune.ts';

export interface HistoryOptions {
  /** The unpacked sources, which are only read. */
  source: string;
  /** Must not exist. */
  dir: string;
  /** Commits after the import, at least 40: with fewer, two that have a name would fall on one place. */
  length: number;
  signal: AbortSignal;
}

/** Makes the repository: commits are the same each time, their hashes too. */
export async function makeHistory(options: HistoryOptions): Promise<void> {
  const repository = new Repository(options.dir, options.signal);
  await repository.import(options.source);
  const special = specialCommits(options.length);
  // Two harmless commits before the end stand on a side branch, which is then merged.
  const fork = Math.round(options.length * 0.92);
  for (let number = 1; number <= options.length; number++) {
    if (number === fork)
      await repository.sideBranch([harmlessCommit(number), harmlessCommit(number + 1)]);
    else await repository.commit(special.get(number) ?? harmlessCommit(number + 100));
  }
}

class Repository {
  readonly #dir: string;
  readonly #signal: AbortSignal;
  #clock = Date.UTC(2026, 0, 1) / 1000;

  constructor(dir: string, signal: AbortSignal) {
    this.#dir = dir;
    this.#signal = signal;
  }

  async import(source: string): Promise<void> {
    await mkdir(this.#dir);
    await this.#git(['init', '--quiet', '--initial-branch=master', '.']);
    // Packing 20,000 objects in the background would get in the way of what is measured.
    await this.#git(['config', 'gc.auto', '0']);
    const input = prunedFiles(source).join('\0');
    const from = [`--git-dir=${join(this.#dir, '.git')}`, `--work-tree=${source}`];
    const add = ['add', '--force', '--pathspec-from-file=-', '--pathspec-file-nul'];
    await this.#git([...from, '-c', 'core.compression=1', '-C', source, ...add], input);
    await this.#commitIndex('Linux, as Debian has it', 'base');
    await this.#git(['checkout', '--quiet', '--force', 'master']);
  }

  async commit(commit: MadeCommit): Promise<void> {
    for (const edit of commit.edits) await this.#apply(edit);
    await this.#git(['add', '--update']);
    await this.#commitIndex(commit.subject, commit.name);
  }

  async sideBranch(commits: readonly MadeCommit[]): Promise<void> {
    await this.#git(['checkout', '--quiet', '-b', 'side']);
    for (const commit of commits) await this.commit(commit);
    await this.#git(['checkout', '--quiet', 'master']);
    await this.commit(harmlessCommit(300));
    const message = "Merge branch 'side'";
    await this.#git(['merge', '--quiet', '--no-ff', '-m', message, 'side']);
    await this.#git(['tag', 'merge']);
  }

  async #apply(edit: Edit): Promise<void> {
    const path = join(this.#dir, edit.file);
    const text = await readFile(path, 'utf8');
    if ('append' in edit) return writeFile(path, text + edit.append);
    const parts = text.split(edit.replace);
    if (parts.length !== 2)
      throw new Error(`${edit.file} has this ${parts.length - 1} times, not once: ${edit.replace}`);
    await writeFile(path, parts.join(edit.by));
  }

  async #commitIndex(subject: string, tag: string | undefined): Promise<void> {
    await this.#git(['commit', '--quiet', '-m', subject]);
    if (tag !== undefined) await this.#git(['tag', tag]);
  }

  async #git(args: readonly string[], input = ''): Promise<void> {
    const date = `${this.#clock++} +0000`;
    const env = {
      GIT_AUTHOR_NAME: 'Made History',
      GIT_AUTHOR_EMAIL: 'history@example.org',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: 'Made History',
      GIT_COMMITTER_EMAIL: 'history@example.org',
      GIT_COMMITTER_DATE: date,
      // The settings of whoever calls this must not change a commit.
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
    };
    await execa('git', args, { cwd: this.#dir, env, input, cancelSignal: this.#signal });
  }
}
