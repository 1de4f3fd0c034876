import { makeDir } from '../make-dir.ts';
import { diskError } from './disk-error.ts';

/** Make a directory and what is missing above it; throws a HarnessError that names `cacheDir`. */
export async function makeCacheDir(path: string, cacheDir: string): Promise<void> {
  try {
    await makeDir(path);
  } catch (error) {
    throw diskError(error, cacheDir);
  }
}
