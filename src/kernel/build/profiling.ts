import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Profiling } from '../kernel.ts';
import { shownSource } from './source-view.ts';

/** The directory beside a kept kernel that holds what gcov needs. */
const kept = 'profiling';
/** In it: two paths of the sources, and the .gcno files as they lie in the build directory. */
const sourcesFile = 'tree';
const notes = 'notes';

/** The directories of a kernel that are profiled: what variants.ts tells make. */
export const profiledDirs = ['net/xfrm', 'net/key'];

/** Keeps the notes of the compiler: the build directory moves on to other sources. */
export async function keepProfiling(
  { view, output }: { view: string; output: string },
  into: string,
): Promise<void> {
  for (const dir of profiledDirs) {
    for (const name of await readdir(join(output, dir))) {
      if (!name.endsWith('.gcno')) continue;
      const path = join(into, kept, notes, dir, name);
      await mkdir(dirname(path), { recursive: true });
      await copyFile(join(output, dir, name), path);
    }
  }
  await writeFile(join(into, kept, sourcesFile), [view, await shownSource(view)].join('\n'));
}

/** What was kept of the build in `dir`; nothing when it was not profiled. */
export async function profilingOf(dir: string): Promise<{ profiling?: Profiling }> {
  const text = await readFile(join(dir, kept, sourcesFile), 'utf8').catch(() => null);
  if (text === null) return {};
  // One path alone was kept before trees were built by way of a view.
  const [view = '', tree = view] = text.split('\n');
  return { profiling: { notesDir: join(dir, kept, notes), view, tree } };
}
