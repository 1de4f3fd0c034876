import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../kernel/is-alive.ts';

const prefix = 'xfrm-conform-boot-';

export interface BootDirectory {
  path: string;
  remove(): Promise<void>;
}

/** A directory for one boot, named after this process so that a later one can tell it is over. */
export async function bootDirectory(): Promise<BootDirectory> {
  const path = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Removes what was left by processes that were ended by SIGKILL. */
export async function removeStaleDirectories(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    // Another user's is not ours to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
