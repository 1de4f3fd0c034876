import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { runGit } from './git.ts';

/** kbuild refuses a separate build directory while any of these is in the source tree. */
const builtInPlace = [
  '.config',
  'include/config',
  'arch/um/include/generated',
  'arch/x86/include/generated',
];

/** Whether the tree was built in place, so that kbuild would say "the source tree is not clean". */
export async function isBuiltInPlace(tree: string): Promise<boolean> {
  const found = builtInPlace.map((path) => lstat(join(tree, path)).catch(() => null));
  return (await Promise.all(found)).some((stat) => stat !== null);
}

/**
 * Makes `directory` a view of a git work tree: a symbolic link for each file that git tracks, or would
 * track; so that what an earlier build left in the tree is out of sight, and the tree is not written
 * to. make and the compiler follow the links, so an edit in the tree is seen like in the tree itself.
 */
export async function linkView(
  tree: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = (await runGit(tree, args, signal)).split('\0').filter((path) => path !== '');
  const wanted = new Set(listed);
  const had = await readList(directory);
  for (const path of had) {
    if (!wanted.has(path)) await rm(join(directory, path), { force: true });
  }
  const known = new Set(had);
  const missing = listed.filter((path) => !known.has(path));
  // A kernel has 90,000 files: a promise for each would take ten times as long as the links.
  for (let start = 0; start < missing.length; start += 1000) {
    await setImmediate();
    signal.throwIfAborted();
    for (const path of missing.slice(start, start + 1000)) link(tree, directory, path);
  }
  await writeFile(listOf(directory), [...wanted].join('\0'));
}

/** The paths of a view are kept beside it, and only after all of them are there. */
function listOf(directory: string): string {
  return `${directory}.list`;
}

async function readList(directory: string): Promise<string[]> {
  const text = await readFile(listOf(directory), 'utf8').catch(() => '');
  return text.split('\0').filter((path) => path !== '');
}

function link(tree: string, directory: string, path: string): void {
  const [target, own] = [join(tree, path), join(directory, path)];
  // A tracked symbolic link stays what it is: it may point at a directory, or beside itself.
  const isLink = lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  const value = isLink ? readlinkSync(target) : target;
  try {
    symlinkSync(value, own);
  } catch {
    // Its directory is not there yet, or an interrupted run got this far.
    mkdirSync(dirname(own), { recursive: true });
    rmSync(own, { force: true });
    symlinkSync(value, own);
  }
}
