import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HarnessError, UsageError } from '../error.ts';
import { type BuildOptions, type BuiltKernel, buildKernel } from './build/build-kernel.ts';
import { builtKernel } from './build/built-facts.ts';
import { type Fingerprint, fingerprint, ofCommit } from './build/fingerprint.ts';
import { gitCommit, isGitTop } from './build/git.ts';
import { isBuiltInPlace, linkView } from './build/link-view.ts';
import { checkOut } from './build/work-tree.ts';
import type { Kernel } from './kernel.ts';
import { formatTreeSpec, type TreeSpec } from './tree-spec.ts';

/**
 * The kernel that a source tree builds. The tree itself is never written to.
 *
 * Throws a UsageError when the tree or the revision is not there, a HarnessError when the build fails.
 */
export async function treeKernel(spec: TreeSpec, options: BuildOptions): Promise<Kernel> {
  const tree = await kernelTree(spec.path);
  const built =
    spec.revision === null
      ? await buildWorkTree(tree, spec, options)
      : await buildRevision(tree, spec.revision, spec, options);
  return {
    spec: formatTreeSpec(spec),
    ...(await builtKernel(built, spec.arch)),
    notes: [`Built from ${tree}, ${built.source.description}.`],
  };
}

async function buildWorkTree(
  tree: string,
  spec: TreeSpec,
  options: BuildOptions,
): Promise<BuiltKernel> {
  return buildKernel(
    {
      ...spec,
      fingerprint: () => fingerprint(tree, options.signal),
      workshop: workshopName(tree, 'work'),
      treeMoves: false,
      provideTree: async (workshop) => {
        if (!(await isBuiltInPlace(tree))) return tree;
        if (!(await isGitTop(tree, options.signal))) {
          throw new HarnessError(
            `${tree} was built in place, and kbuild then refuses to build it elsewhere: run "make mrproper" in it, or name a commit of a git tree (tree:PATH@REVISION)`,
          );
        }
        options.onProgress?.('linking the tree, because it was built in place');
        const view = join(workshop, 'view');
        await linkView(tree, view, options.signal);
        return view;
      },
    },
    options,
  );
}

async function buildRevision(
  tree: string,
  revision: string,
  spec: TreeSpec,
  options: BuildOptions,
): Promise<BuiltKernel> {
  const commit = await gitCommit(tree, revision, options.signal);
  if (commit === null) {
    throw new UsageError(
      `${tree} has no revision "${revision}": see git -C ${tree} log, or fetch it first`,
    );
  }
  const source: Fingerprint = ofCommit(commit);
  return buildKernel(
    {
      ...spec,
      fingerprint: async () => source,
      workshop: workshopName(tree, 'revisions'),
      treeMoves: true,
      provideTree: async (workshop) => {
        options.onProgress?.(`checking out ${revision}`);
        const directory = join(workshop, 'source');
        await checkOut(tree, commit, directory, options.signal);
        return directory;
      },
    },
    options,
  );
}

/** The real path of a kernel tree. Throws a UsageError when it is something else. */
export async function kernelTree(path: string): Promise<string> {
  const tree = await realpath(path).catch(() => null);
  if (tree === null || !(await stat(tree)).isDirectory()) {
    throw new UsageError(`${path} is not a directory: name a kernel source tree`);
  }
  const makefile = await readFile(join(tree, 'Makefile'), 'utf8').catch(() => '');
  if (!/^VERSION = \d+$/m.test(makefile) || !/^PATCHLEVEL = \d+$/m.test(makefile)) {
    throw new UsageError(`${path} is not a Linux source tree: its Makefile says no version`);
  }
  return tree;
}

function workshopName(tree: string, use: 'work' | 'revisions'): string {
  const hash = createHash('sha256').update(`${tree}\n${use}`).digest('hex').slice(0, 8);
  return `${basename(tree).replace(/[^\w.+-]/g, '_')}-${use}-${hash}`;
}
