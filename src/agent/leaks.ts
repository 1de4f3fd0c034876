import { readFileSync, writeFileSync } from 'node:fs';
import { debugfs } from './debugfs.ts';

/** kmemleak reports nothing younger (MSECS_MIN_AGE in mm/kmemleak.c); there is no event for it. */
const youngestMs = 5000;

/** kmemleak's report on all that the cases have left; empty on a kernel without it. */
export async function findLeaks(): Promise<string> {
  const file = debugfs('kmemleak');
  if (file === null) return '';
  await new Promise((resolve) => setTimeout(resolve, youngestMs));
  // An object is reported when it was unreferenced with the same content in two scans.
  for (let i = 0; i < 2; i++) writeFileSync(file, 'scan\n');
  return readFileSync(file, 'latin1');
}
