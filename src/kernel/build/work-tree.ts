import { rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gitCommit, runGit } from './git.ts';

/**
 * Puts a commit of the user's repository into a work tree of ours, `directory`, leaving the user's
 * checkout alone. There is one work tree a repository, which moves from commit to commit: git writes
 * only the files that differ, so that make rebuilds only what changed.
 *
 * `git worktree prune` in the user's repository forgets it after the directory has gone.
 */
export async function checkOut(
  repository: string,
  commit: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const head = (await isThere(directory)) ? await gitCommit(directory, 'HEAD', signal) : null;
  if (head === commit && (await isUntouched(directory, signal))) return;
  if (head === null) {
    await rm(directory, { recursive: true, force: true });
    // Forced: git may remember a work tree of this name that has been removed.
    await runGit(repository, ['worktree', 'add', '--force', '--detach', directory, commit], signal);
  } else {
    // Left by a checkout that was killed; the lock of this build directory says that nobody has it.
    const lock = await runGit(directory, ['rev-parse', '--git-path', 'index.lock'], signal);
    await rm(resolve(directory, lock.trim()), { force: true });
    await runGit(directory, ['checkout', '--force', '--detach', commit], signal);
  }
}

/** False after a checkout that was interrupted. */
async function isUntouched(directory: string, signal: AbortSignal): Promise<boolean> {
  const args = ['status', '--porcelain', '--untracked-files=no'];
  return (await runGit(directory, args, signal)) === '';
}

async function isThere(directory: string): Promise<boolean> {
  return (await stat(join(directory, '.git')).catch(() => null)) !== null;
}
