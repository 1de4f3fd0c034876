import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';

/**
 * What is kept between runs of a bisection, one directory for each thing that is bisected:
 * $XDG_STATE_HOME/xfrm-conform/bisect/NAME-HASH.
 *
 * @param what everything that makes judged commits another matter: the tree, how it is built
 */
export function bisectStateDir(name: string, what: readonly string[]): string {
  const hash = createHash('sha256').update(what.join('\0')).digest('hex').slice(0, 8);
  return join(stateHome(), 'bisect', `${name.replace(/[^\w.+-]/g, '_')}-${hash}`);
}

function stateHome(): string {
  const state = process.env.XDG_STATE_HOME;
  // The XDG rules: a relative path is to be ignored.
  const home = state && isAbsolute(state) ? state : join(homedir(), '.local', 'state');
  return join(home, 'xfrm-conform');
}

/** For a tree: by its last name. */
export function treeStateDir(tree: string, how: readonly string[]): string {
  return bisectStateDir(basename(tree), [tree, ...how]);
}
