import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Whether a build directory is configured already: nothing that went into its .config has changed
 * since `stampConfig`. Saves the seconds that kconfig takes, where a developer edits one file.
 */
export async function isConfigured(output: string, tree: string, recipe: string): Promise<boolean> {
  const stamp = await readFile(stampOf(output), 'utf8').catch(() => null);
  return stamp !== null && stamp === (await currentStamp(output, tree, recipe));
}

/** Remembers the state that isConfigured compares with. Call it when the build is done. */
export async function stampConfig(output: string, tree: string, recipe: string): Promise<void> {
  const stamp = await currentStamp(output, tree, recipe);
  if (stamp !== null) await writeFile(stampOf(output), stamp);
}

function stampOf(output: string): string {
  return join(output, '.xfrm-conform-configured');
}

/** Null before kbuild has written down which Kconfig files it read. */
async function currentStamp(output: string, tree: string, recipe: string): Promise<string | null> {
  const list = await readFile(join(output, 'include/config/auto.conf.cmd'), 'utf8').catch(
    () => null,
  );
  const config = await readFile(join(output, '.config'), 'utf8').catch(() => null);
  if (list === null || config === null) return null;
  const hash = createHash('sha256').update(recipe).update(config);
  const times = kconfigFiles(list).map(async (path) => {
    const file = await stat(resolve(tree, path)).catch(() => null);
    return `${path} ${file?.size} ${file?.mtimeMs}`;
  });
  for (const each of await Promise.all(times)) hash.update(`${each}\n`);
  return hash.digest('hex');
}

/** The files of `deps_config := \` in auto.conf.cmd; older kernels put $(srctree) before them. */
export function kconfigFiles(autoConfCmd: string): string[] {
  const [, block = ''] = /^deps_config := \\\n((?:.*\\\n)*.*)/m.exec(autoConfCmd) ?? [];
  return (block.match(/[^\s\\]+/g) ?? []).map((path) => path.replace(/^\$\(srctree\)\//, ''));
}
