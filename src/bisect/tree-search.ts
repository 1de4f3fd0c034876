import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../error.ts';
import { isAlive } from '../kernel/is-alive.ts';
import { plural } from '../report/layout.ts';
import { GitSearch } from './git-search.ts';
import type { Repository } from './repository.ts';
import { BisectSession, type Terms } from './session.ts';
import type { EndNames, First } from './side.ts';

export interface TreeSearchOptions {
  readonly repository: Repository;
  /** As the user named them. */
  readonly names: EndNames;
  readonly first: First;
  readonly firstParent: boolean;
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

export interface TreeSearch {
  /** Commits. */
  readonly ends: EndNames;
  readonly search: GitSearch;
  /** What the user should know, one sentence each. */
  readonly notes: readonly string[];
  /** Removes the work tree. */
  close(): Promise<void>;
}

/** What git calls the sides; `git bisect` then asks a reader of the log the right question. */
export const termsOf: Readonly<Record<First, Terms>> = {
  fail: { old: 'good', new: 'bad' },
  pass: { old: 'fails', new: 'passes' },
  change: { old: 'old', new: 'new' },
};

/** Checks the ends, before anything is built. Throws a UsageError of one sentence. */
export async function checkEnds(
  repository: Repository,
  names: EndNames,
  first: First,
): Promise<EndNames> {
  const ends = {
    old: await repository.kernelCommit(names.old),
    new: await repository.kernelCommit(names.new),
  };
  if (ends.old === ends.new)
    throw new UsageError(`${names.old} and ${names.new} are the same commit: name two of them`);
  if (await repository.isAncestor(ends.new, ends.old)) {
    const other =
      first === 'fail'
        ? '; what was wrong there and is right later is found with --first pass'
        : '';
    throw new UsageError(
      `the ends are swapped, ${names.new} is older than ${names.old}: --good (--old) names the older end${other}`,
    );
  }
  if (!(await repository.haveCommonAncestor(ends.old, ends.new))) {
    const why = (await repository.isShallow())
      ? 'because the tree is shallow: git fetch --unshallow gets the rest of the history'
      : 'name two commits of one history';
    throw new UsageError(`${names.old} and ${names.new} have no commit in common, ${why}`);
  }
  return ends;
}

export async function openTreeSearch(options: TreeSearchOptions): Promise<TreeSearch> {
  const { repository, names, first, firstParent, stateDir, signal } = options;
  const ends = await checkEnds(repository, names, first);
  const notes = await notesOn(repository, ends, firstParent);
  const name = `${process.pid}-${randomBytes(3).toString('hex')}`;
  await removeLeftovers(repository, stateDir, signal);
  const worktree = join(stateDir, `worktree-${name}`);
  const session = await BisectSession.open(repository.path, worktree, signal);
  const start = { ...ends, terms: termsOf[first], firstParent };
  const search = new GitSearch(repository, session, start, join(stateDir, 'logs'));
  return { ends, search, notes, close: () => session.close() };
}

async function notesOn(
  repository: Repository,
  ends: EndNames,
  firstParent: boolean,
): Promise<string[]> {
  const notes: string[] = [];
  if (await repository.isDirty())
    notes.push(`The changes in ${repository.path} that are not committed are not looked at.`);
  const merges = await repository.range(ends.old, ends.new, ['--merges']);
  if (merges.length > 0 && !firstParent)
    notes.push(
      `The range has ${plural(merges.length, 'merge')}: --first-parent asks only which merge or commit of the main line it was.`,
    );
  return notes;
}

/** Work trees of runs that were killed. */
async function removeLeftovers(
  repository: Repository,
  stateDir: string,
  signal: AbortSignal,
): Promise<void> {
  for (const name of await readdir(stateDir).catch(() => [])) {
    const pid = Number(/^worktree-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid === 0 || isAlive(pid)) continue;
    const session = await BisectSession.open(repository.path, join(stateDir, name), signal);
    await session.close();
  }
}
