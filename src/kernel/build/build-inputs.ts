import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kconfigFiles } from './config-stamp.ts';

/** The file beside a kept kernel that lists what it was built from. */
export const inputsFile = 'inputs';

/**
 * The files of a source tree that a build read, by kbuild's own records of it: the .cmd files (sources
 * and all headers of each object) and the Kconfig files. Relative to the tree, sorted. Makefiles and
 * scripts are not recorded there. A build directory that has moved between revisions may list more.
 */
export async function buildInputs(output: string, tree: string): Promise<string[]> {
  const inputs = new Set<string>();
  const prefix = `${tree}/`;
  for await (const path of commandFiles(output)) {
    const text = await readFile(path, 'latin1');
    for (const [, input = ''] of text.matchAll(/^(?:source_\S+ := | {2})(\S+)/gm))
      if (input.startsWith(prefix)) inputs.add(input.slice(prefix.length));
  }
  const kconfig = await readFile(join(output, 'include/config/auto.conf.cmd'), 'utf8');
  for (const path of kconfigFiles(kconfig)) inputs.add(path);
  return [...inputs].sort();
}

/** Not by Node's own recursion, which follows the link to the sources. */
async function* commandFiles(dir: string): AsyncIterable<string> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* commandFiles(path);
    else if (entry.name.endsWith('.cmd')) yield path;
  }
}
