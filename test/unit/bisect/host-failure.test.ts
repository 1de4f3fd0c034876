import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BuildError } from '../../../src/kernel/build/make.ts';
import { treeKernel } from '../../../src/kernel/tree.ts';
import { type FakeTree, makeFakeTree } from '../build/fake-tree.ts';

let tree: FakeTree;
beforeEach(() => {
  tree = makeFakeTree();
});
afterEach(() => rmSync(tree.root, { recursive: true, force: true }));

/** What make printed on its way to fail: the fake tree echoes its broken line. */
async function failure(line: string): Promise<Error> {
  tree.write('kernel.c', `BROKEN ${line}\n`);
  const spec = { path: tree.path, revision: null, arch: 'um', variants: [] } as const;
  const { signal } = new AbortController();
  return treeKernel(spec, { cacheDir: join(tree.root, 'cache'), signal }).then(
    () => Promise.reject(new Error('it was built')),
    (error: Error) => error,
  );
}

test('a source that does not compile is told from a host that cannot compile', async () => {
  expect(await failure('source')).toBeInstanceOf(BuildError);
  const full = await failure('x.s: No space left on device');
  expect(full).not.toBeInstanceOf(BuildError);
  expect(full.message).toMatch(/^The disk of the cache .* is full/);
  const killed = await failure('gcc: fatal error: Killed signal terminated program cc1');
  expect(killed).not.toBeInstanceOf(BuildError);
  expect(killed.message).toMatch(/^the compiler was killed, .* memory/);
});
