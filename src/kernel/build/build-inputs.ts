import { readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kconfigFiles } from './config-stamp.ts';

/** The file beside a kept kernel that lists what it was built from. */
export const inputsFile = 'inputs';

/**
 * The files of a source tree that a build read, by kbuild's own records of it: the .cmd files (sources
 * and all headers of each object) and the Kconfig files. Relative to the tree, sorted. Makefiles and
 * scripts are not recorded there. A build directory that has moved between revisions may list more.
 * The sources are those above the build directory (see `viewSource`).
 *
 * What was found is kept in the build directory: the next time only newer records are read, which are
 * 70 MB in all.
 */
export async function buildInputs(output: string): Promise<string[]> {
  const memo = join(output, '.xfrm-conform-inputs');
  const known = (await readFile(memo, 'utf8').catch(() => '')).split('\n');
  // Cut short: all is read again.
  const isGood = known.at(-1) === '';
  const [readUntil, ...before] = isGood ? known.slice(0, -1) : [];
  const inputs = new Set(before);
  const prefix = '../';
  let newest = 0;
  for (const path of commandFiles(output)) {
    const { mtimeMs } = statSync(path);
    newest = Math.max(newest, mtimeMs);
    if (mtimeMs < Number(readUntil ?? 0)) continue;
    const text = await readFile(path, 'latin1');
    for (const [, input = ''] of text.matchAll(/^(?:source_\S+ := | {2})(\S+)/gm))
      if (input.startsWith(prefix)) inputs.add(input.slice(prefix.length));
  }
  await writeFile(memo, [newest, ...inputs, ''].join('\n'));
  const kconfig = await readFile(join(output, 'include/config/auto.conf.cmd'), 'utf8');
  for (const path of kconfigFiles(kconfig)) inputs.add(path);
  return [...inputs].sort();
}

/** Not by Node's own recursion, which follows the link to the sources. */
function* commandFiles(dir: string): Iterable<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* commandFiles(path);
    else if (entry.name.endsWith('.cmd')) yield path;
  }
}
