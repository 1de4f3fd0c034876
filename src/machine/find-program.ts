import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Path of an executable on PATH or in `alsoIn`; null when there is none. A name with a slash is
 * looked at as it is.
 */
export function findProgram(name: string, alsoIn: readonly string[] = []): string | null {
  if (name.includes('/')) return isExecutable(name) ? name : null;
  const dirs = [...(process.env.PATH ?? '').split(delimiter), ...alsoIn];
  for (const dir of dirs) {
    const path = join(dir || '.', name);
    if (isExecutable(path)) return path;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
