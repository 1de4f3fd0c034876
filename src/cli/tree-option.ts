import { UsageError } from '../error.ts';
import { kernelTree } from '../kernel/tree.ts';
import { parseTreeSpec, type TreeSpec } from '../kernel/tree-spec.ts';

/** The tree of --tree DIR[+VARIANT], for commands that choose the revision themselves. */
export async function treeOption(text: string): Promise<TreeSpec> {
  const spec = parseTreeSpec(text);
  if (spec.revision !== null)
    throw new UsageError(`--tree names a directory: leave "@${spec.revision}" out of it.`);
  return { ...spec, path: await kernelTree(spec.path) };
}
