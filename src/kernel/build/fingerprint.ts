import { createHash } from 'node:crypto';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../host-tool.ts';
import { gitCommit, runGit } from './git.ts';

/** A name for exactly the sources that a tree holds at one moment. */
export interface Fingerprint {
  /** Equal for equal sources: a commit alone when a git work tree has no changes. */
  id: string;
  /** For people: "commit 0123456789ab with changes". */
  description: string;
}

/** Files larger than this are told by size and time: they are nothing that a kernel is made of. */
const hashedBytes = 4 << 20;

/** Takes under a second on a kernel tree, and never writes to it. */
export async function fingerprint(tree: string, signal: AbortSignal): Promise<Fingerprint> {
  const commit = await gitCommit(tree, 'HEAD', signal);
  return commit === null ? ofPlainTree(tree, signal) : ofGitTree(tree, commit, signal);
}

export function ofCommit(commit: string): Fingerprint {
  return { id: `commit ${commit}`, description: `commit ${commit.slice(0, 12)}` };
}

async function ofGitTree(tree: string, commit: string, signal: AbortSignal): Promise<Fingerprint> {
  const changes = await changedPaths(tree, signal);
  if (changes.length === 0) return ofCommit(commit);
  const hash = createHash('sha256');
  for (const change of changes) {
    hash.update(`${change.status} ${change.path}\0${await contentOf(join(tree, change.path))}\0`);
  }
  return {
    id: `commit ${commit} and ${hash.digest('hex')}`,
    description: `commit ${commit.slice(0, 12)} with ${changes.length} changed or new files`,
  };
}

interface Change {
  status: string;
  path: string;
}

async function changedPaths(tree: string, signal: AbortSignal): Promise<Change[]> {
  // Without optional locks git status leaves the index of the user's tree alone.
  const args = ['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '.'];
  const stdout = await runGit(tree, ['--no-optional-locks', ...args], signal);
  return stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({ status: entry.slice(0, 2), path: entry.slice(3) }));
}

async function contentOf(path: string): Promise<string> {
  const stat = await lstat(path).catch(() => null);
  if (stat === null) return 'gone';
  if (stat.isSymbolicLink()) return `link ${await readlink(path)}`;
  if (!stat.isFile()) return 'other';
  if (stat.size > hashedBytes) return `${stat.size} ${stat.mtimeMs}`;
  const content = createHash('sha256').update(await readFile(path));
  return `${stat.mode & 0o111} ${content.digest('hex')}`;
}

/** Names, sizes and times of all files, less the documentation, which no kernel is made of. */
async function ofPlainTree(tree: string, signal: AbortSignal): Promise<Fingerprint> {
  const prune = ['-path', './Documentation', '-prune', '-o'];
  const { stdout } = await runTool(
    'find',
    ['.', ...prune, '-type', 'f', '-printf', '%P %s %T@\\n'],
    {
      cwd: tree,
      signal,
      timeoutMs: 120_000,
      package: 'findutils',
    },
  );
  const hash = createHash('sha256');
  for (const line of stdout.split('\n').sort()) hash.update(`${line}\n`);
  return { id: `files ${tree} ${hash.digest('hex')}`, description: 'no git tree' };
}
