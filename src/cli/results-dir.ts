import { readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Results of so many earlier runs are kept. */
const kept = 20;

/** Where results go when nobody says: $XDG_STATE_HOME/xfrm-conform/results. */
export function resultsHome(): string {
  const state = process.env.XDG_STATE_HOME;
  // The XDG rules: a relative path is to be ignored.
  const home = state && isAbsolute(state) ? state : join(homedir(), '.local', 'state');
  return join(home, 'xfrm-conform', 'results');
}

/** The directory of a run that starts now: "20261124T091530Z-4711". */
export function newResultsDir(started: Date): string {
  const stamp = started.toISOString().replace(/[-:]|\.\d+/g, '');
  return join(resultsHome(), `${stamp}-${process.pid}`);
}

/** Removes the results of all but the last runs. */
export async function pruneResults(): Promise<void> {
  const names = await readdir(resultsHome()).catch(() => []);
  const old = names.filter((name) => /^\d{8}T\d{6}Z-\d+$/.test(name)).sort();
  for (const name of old.slice(0, -kept))
    await rm(join(resultsHome(), name), { recursive: true, force: true });
}
