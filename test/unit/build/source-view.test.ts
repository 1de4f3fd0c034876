import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shownSource, viewSource } from '../../../src/kernel/build/source-view.ts';

let root: string;
let tree: string;
let view: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
  [tree, view] = [join(root, 'linux'), join(root, 'view')];
  for (const dir of ['net/xfrm', '.git', 'um']) mkdirSync(join(tree, dir), { recursive: true });
  writeFileSync(join(tree, 'Makefile'), 'VERSION = 7\n');
  writeFileSync(join(tree, 'net/xfrm/a.c'), 'one\n');
});
afterEach(() => rmSync(root, { recursive: true }));

test('shows what the tree has at its top, but neither git nor what is called like a build', async () => {
  await viewSource(tree, view);
  expect(readdirSync(view).sort()).toEqual(['Makefile', 'net']);
  writeFileSync(join(tree, 'net/xfrm/a.c'), 'two\n');
  expect(readFileSync(join(view, 'net/xfrm/a.c'), 'utf8')).toBe('two\n');
  expect(await shownSource(view)).toBe(tree);
});

test('follows the tree, and leaves builds where they are', async () => {
  await viewSource(tree, view);
  mkdirSync(join(view, 'um+kasan'));
  writeFileSync(join(view, 'um.lock'), '');
  rmSync(join(tree, 'net'), { recursive: true });
  writeFileSync(join(tree, 'Kbuild'), '');
  await viewSource(tree, view);
  expect(readdirSync(view).sort()).toEqual(['Kbuild', 'Makefile', 'um+kasan', 'um.lock']);
});

test('can move to another tree', async () => {
  const other = join(root, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'Makefile'), 'VERSION = 6\n');
  await viewSource(tree, view);
  await viewSource(other, view);
  expect(readdirSync(view)).toEqual(['Makefile']);
  expect(readlinkSync(join(view, 'Makefile'))).toBe(join(other, 'Makefile'));
  expect(existsSync(join(tree, 'net/xfrm/a.c'))).toBe(true);
});

test("keeps the tree's own links as they are", async () => {
  symlinkSync('net', join(tree, 'link'));
  await viewSource(tree, view);
  expect(readlinkSync(join(view, 'link'))).toBe('net');
});
