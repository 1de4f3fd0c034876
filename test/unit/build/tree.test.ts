import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BuildError } from '../../../src/kernel/build/make.ts';
import { treeKernel } from '../../../src/kernel/tree.ts';
import { parseTreeSpec } from '../../../src/kernel/tree-spec.ts';
import { callsIn, type FakeTree, makeFakeTree } from './fake-tree.ts';

let tree: FakeTree;
let cacheDir: string;

beforeEach(() => {
  tree = makeFakeTree();
  cacheDir = join(tree.root, 'cache');
});
afterEach(() => rmSync(tree.root, { recursive: true, force: true }));

function build(suffix = '', options: { signal?: AbortSignal; phrases?: string[] } = {}) {
  return treeKernel(parseTreeSpec(`${tree.path}${suffix}`), {
    cacheDir,
    signal: options.signal ?? new AbortController().signal,
    onProgress: (phrase) => options.phrases?.push(phrase),
  });
}

function outputs(): string[] {
  const builds = join(cacheDir, 'builds');
  return readdirSync(builds)
    .filter((name) => !name.endsWith('.lock'))
    .map((name) => join(builds, name, 'tree'))
    .flatMap((view) => (existsSync(view) ? readdirSync(view).map((each) => join(view, each)) : []))
    .filter((path) => existsSync(join(path, 'calls')));
}

const content = (image: string | null) => readFileSync(image!, 'utf8');
const contentOfTree = () =>
  execFileSync('find', ['.', '-ls'], { cwd: tree.path, encoding: 'utf8' });

describe('a work tree', () => {
  test('yields a kernel with its facts, and is not written to', async () => {
    const before = contentOfTree();
    const kernel = await build();
    expect(content(kernel.image)).toBe('one\n');
    expect(kernel.spec).toBe(`tree:${tree.path}`);
    expect(kernel.facts).toMatchObject({
      release: '7.3.4',
      version: '7.3.4',
      arch: 'um',
      migrateSymbols: ['xfrm_do_migrate_state'],
    });
    expect(kernel.facts.config).toMatchObject({ XFRM_MIGRATE: 'y', TINY: 'y' });
    expect(contentOfTree()).toBe(before);
  });

  test('is not built again while nothing changes', async () => {
    await build();
    const [output] = outputs();
    const calls = callsIn(output!);
    await build();
    expect(callsIn(output!)).toEqual(calls);
    expect(calls).toEqual(['tinyconfig', 'olddefconfig', 'linux']);
  });

  test('is built again after a change, without configuring', async () => {
    await build();
    tree.write('kernel.c', 'two\n');
    const phrases: string[] = [];
    const kernel = await build('', { phrases });
    expect(content(kernel.image)).toBe('two\n');
    expect(callsIn(outputs()[0]!)).toEqual(['tinyconfig', 'olddefconfig', 'linux', 'linux']);
    expect(phrases).toContain('rebuilding what changed, 2 objects so far');
  });

  test('is configured again after a change of a Kconfig file', async () => {
    await build();
    tree.write('Kconfig', 'config TINY\n\tbool "changed"\n');
    await build();
    expect(callsIn(outputs()[0]!).filter((call) => call === 'tinyconfig')).toHaveLength(2);
  });

  test('variants have directories of their own: switching back costs nothing', async () => {
    const without = await build('+no-migrate');
    const withIt = await build();
    expect(without.facts.config?.XFRM_MIGRATE).toBeUndefined();
    expect(withIt.facts.config?.XFRM_MIGRATE).toBe('y');
    const calls = outputs().map((output) => callsIn(output).length);
    await build('+no-migrate');
    await build();
    expect(outputs().map((output) => callsIn(output).length)).toEqual(calls);
    // The second directory began as a copy of the first, the record of its calls included.
    expect(calls).toEqual([3 + 3, 3]);
  });

  test('two builds at once run make once', async () => {
    const kernels = await Promise.all([build(), build()]);
    expect(kernels[0]!.image).toBe(kernels[1]!.image);
    expect(callsIn(outputs()[0]!)).toEqual(['tinyconfig', 'olddefconfig', 'linux']);
  });
});

describe('a git tree', () => {
  beforeEach(() => {
    tree.git('init', '-q', '-b', 'main');
    tree.git('add', '.');
    tree.git('commit', '-qm', 'one');
    tree.write('kernel.c', 'two\n');
    tree.git('commit', '-qam', 'two');
  });

  test('a revision is built without touching the checkout', async () => {
    tree.write('kernel.c', 'dirty\n');
    const status = tree.git('status', '--porcelain');
    const kernel = await build('@HEAD~1');
    expect(content(kernel.image)).toBe('one\n');
    expect(kernel.spec).toBe(`tree:${tree.path}@HEAD~1`);
    expect(tree.git('status', '--porcelain')).toBe(status);
    expect(readFileSync(join(tree.path, 'kernel.c'), 'utf8')).toBe('dirty\n');
  });

  test('revisions share one work tree, and each is built once', async () => {
    await build('@HEAD~1');
    expect(content((await build('@HEAD')).image)).toBe('two\n');
    const calls = callsIn(outputs()[0]!);
    expect(content((await build('@HEAD~1')).image)).toBe('one\n');
    expect(outputs()).toHaveLength(1);
    expect(callsIn(outputs()[0]!)).toEqual(calls);
  });

  test('a work tree that was removed behind git is made again', async () => {
    await build('@HEAD~1');
    rmSync(join(cacheDir, 'builds'), { recursive: true });
    rmSync(join(cacheDir, 'built'), { recursive: true });
    expect(content((await build('@HEAD~1')).image)).toBe('one\n');
  });

  test("the user's hooks do not run", async () => {
    tree.write('.git/hooks/post-checkout', `#!/bin/sh\ntouch ${tree.root}/hooked\n`);
    execFileSync('chmod', ['+x', join(tree.path, '.git/hooks/post-checkout')]);
    await build('@HEAD~1');
    expect(existsSync(join(tree.root, 'hooked'))).toBe(false);
  });

  test('changes and new files count, a touched file does not', async () => {
    await build();
    execFileSync('touch', [join(tree.path, 'kernel.c')]);
    await build();
    expect(callsIn(outputs()[0]!)).toHaveLength(3);
    tree.write('new.c', 'x\n');
    await build();
    expect(callsIn(outputs()[0]!)).toHaveLength(4);
    tree.write('new.c', 'y\n');
    await build();
    expect(callsIn(outputs()[0]!)).toHaveLength(5);
  });

  test('a tree that was built in place is built all the same, past what lies in it', async () => {
    tree.write('.gitignore', '.config\ninclude/\n');
    tree.write('.config', 'CONFIG_OTHER=y\n');
    tree.write('include/config/auto.conf', '');
    tree.write('kernel.c', 'three\n');
    const before = contentOfTree();
    const kernel = await build();
    expect(content(kernel.image)).toBe('three\n');
    expect(contentOfTree()).toBe(before);
    tree.write('kernel.c', 'four\n');
    expect(content((await build()).image)).toBe('four\n');
  });

  test('an unknown revision is one sentence', async () => {
    await expect(build('@v9.9')).rejects.toThrow(/has no revision "v9.9"/);
  });
});

describe('what goes wrong', () => {
  test('a compiler error is shown, and a fixed tree then builds', async () => {
    tree.write('kernel.c', 'BROKEN\n');
    const error = await build().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BuildError);
    expect((error as Error).message).toContain("kernel.c:1:1: error: 'BROKEN' undeclared");
    tree.write('kernel.c', 'fixed\n');
    expect(content((await build()).image)).toBe('fixed\n');
  });

  test('a tree that is edited while it is built is built again', async () => {
    tree.write('kernel.c', 'UNSTABLE\n');
    const phrases: string[] = [];
    const kernel = await build('', { phrases });
    expect(content(kernel.image)).toBe('stable\n');
    expect(phrases).toContain('the tree changed while it was built, again');
  });

  test('an option that the tree forces is named', async () => {
    tree.write('Kconfig', 'config XFRM_MIGRATE\nconfig FORCER\n\tselect XFRM_MIGRATE\n');
    tree.write('forced', 'CONFIG_XFRM_MIGRATE=y\nCONFIG_FORCER=y\n');
    await expect(build('+no-migrate')).rejects.toThrow(
      /option XFRM_MIGRATE=n of no-migrate.config did not take .* selected by FORCER=y \(Kconfig:2\)/,
    );
  });

  test('built in place without git: what to do', async () => {
    tree.write('.config', '');
    await expect(build()).rejects.toThrow(/make mrproper/);
  });

  test('no directory, and no kernel tree', async () => {
    rmSync(join(tree.path, 'Makefile'));
    await expect(build()).rejects.toThrow(/is not a Linux source tree/);
    rmSync(tree.path, { recursive: true });
    await expect(build()).rejects.toThrow(/is not a directory/);
  });

  test('aborting ends make at once, and the next build goes on', async () => {
    tree.write('kernel.c', 'SLOW\n');
    const abort = new AbortController();
    const building = build('', { signal: abort.signal }).catch((error: unknown) => error);
    const slow = () =>
      outputs()
        .map((output) => join(output, 'slow'))
        .find(existsSync);
    await expect.poll(() => existsSync(join(cacheDir, 'builds')) && slow()).toBeTruthy();
    const pid = Number(readFileSync(slow()!, 'utf8'));
    abort.abort(new Error('interrupted'));
    expect(await building).toMatchObject({ message: 'interrupted' });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    tree.write('kernel.c', 'fast\n');
    expect(content((await build()).image)).toBe('fast\n');
  });
});
