import { appendFileSync, mkdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries that this process uses: told once each, taken back when it exits. */
const noted = new Set<string>();
/** The files that tell so, one a cache. */
const records = new Set<string>();

/**
 * Notes that this process uses a cache entry from now on, so that `xfrm-conform cache --prune` of
 * another one leaves it alone, and that it was used today. A cache that cannot be written is none
 * that can be pruned.
 */
export function noteUse(cacheDir: string, name: string): void {
  const key = join(cacheDir, name);
  if (noted.has(key)) return;
  noted.add(key);
  try {
    const now = new Date();
    utimesSync(key, now, now);
    const record = join(cacheDir, 'uses', recordName(process.pid));
    mkdirSync(join(cacheDir, 'uses'), { recursive: true });
    appendFileSync(record, `${name}\n`);
    if (records.size === 0) process.once('exit', removeRecords);
    records.add(record);
  } catch {
    // Read-only.
  }
}

function removeRecords(): void {
  for (const record of records) rmSync(record, { force: true });
}

/** The entries that live processes use. Removes the records of dead ones. */
export async function entriesInUse(cacheDir: string): Promise<Set<string>> {
  const inUse = new Set<string>();
  for (const name of await readdir(join(cacheDir, 'uses')).catch(() => [])) {
    const path = join(cacheDir, 'uses', name);
    if (name !== recordName(Number.parseInt(name, 10))) {
      await rm(path, { force: true });
      continue;
    }
    const text = await readFile(path, 'utf8').catch(() => '');
    for (const entry of text.split('\n')) if (entry !== '') inUse.add(entry);
  }
  return inUse;
}

/** A process id and when that process was started: a number alone may be somebody else's by now. */
function recordName(pid: number): string {
  try {
    // After the name in parentheses, which may hold anything, the 20th field is the start time.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return 'gone';
  }
}
