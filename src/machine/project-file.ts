import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Path of a file of this project, e.g. "vm/init.cjs", whether this runs from src/ or bundled in dist/. */
export function projectFile(path: string): string {
  for (let dir = import.meta.dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const candidate = join(dir, path);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`${path} is missing beside the program`);
}
