import { lstat, mkdir, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What is in a view beside the links: build directories ("um+kasan"), and files that go with them. */
const ofBuilds = /^(um|x86)([+.]|$)/;

/**
 * Makes `view` show the top level of a source tree by symbolic links. With its build directories right
 * below it kbuild calls the sources "..", wherever they are: the compiler is called alike for every
 * tree, and what ccache has kept of one serves all of them.
 */
export async function viewSource(tree: string, view: string): Promise<void> {
  await mkdir(view, { recursive: true });
  const wanted = (await readdir(tree)).filter((name) => name !== '.git' && !ofBuilds.test(name));
  const there = (await readdir(view)).filter((name) => !ofBuilds.test(name));
  const stale = there.filter((name) => !wanted.includes(name));
  await Promise.all(stale.map((name) => rm(join(view, name), { force: true })));
  await Promise.all(wanted.map((name) => link(join(tree, name), join(view, name))));
}

/** The tree that a view shows: what tools are to be told that do not follow links. */
export async function shownSource(view: string): Promise<string> {
  return dirname(await realpath(join(view, 'Makefile')));
}

async function link(target: string, path: string): Promise<void> {
  // A link of the tree's own stays what it is: kbuild may look at where it leads.
  const isLink = (await lstat(target)).isSymbolicLink();
  const value = isLink ? await readlink(target) : target;
  if ((await readlink(path).catch(() => null)) === value) return;
  await rm(path, { force: true });
  await symlink(value, path);
}
