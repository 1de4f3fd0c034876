import { HarnessError } from '../../error.ts';
import { runTool } from '../host-tool.ts';

/** A first checkout of a kernel tree writes 1.5 GB. */
const timeoutMs = 15 * 60_000;

/** Runs git in a tree and returns what it printed. Throws a HarnessError with git's own words. */
export async function runGit(
  tree: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const result = await git(tree, args, signal);
  if (result.exitCode === 0) return result.stdout;
  const words = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new HarnessError(`git ${firstWord(args)} in ${tree} failed: ${words}`);
}

/** The full hash of the commit that a revision names; null when there is none, or no git tree. */
export async function gitCommit(
  tree: string,
  revision: string,
  signal: AbortSignal,
): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const result = await git(tree, args, signal);
  return result.exitCode === 0 ? result.stdout.trim() : null;
}

/** Whether the directory is the top of a git work tree, not just below one. */
export async function isGitTop(tree: string, signal: AbortSignal): Promise<boolean> {
  const result = await git(tree, ['rev-parse', '--show-prefix'], signal);
  return result.exitCode === 0 && result.stdout.trim() === '';
}

function git(tree: string, args: readonly string[], signal: AbortSignal) {
  // The user's hooks are for the user's own commands.
  const settings = ['-c', 'core.hooksPath=/dev/null', '-c', 'advice.detachedHead=false'];
  return runTool('git', [...settings, '-C', tree, ...args], { signal, timeoutMs, package: 'git' });
}

function firstWord(args: readonly string[]): string {
  return args.find((arg) => !arg.startsWith('-')) ?? '';
}
