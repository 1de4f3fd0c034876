import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modinfoDependencies, resolveModules } from '../../../src/machine/modules.ts';
import { elfWithSection } from './elf-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function modules(files: Record<string, string>): Promise<void> {
  for (const [path, info] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), elfWithSection('.modinfo', Buffer.from(info)));
  }
}

async function order(...wanted: string[]): Promise<string[]> {
  return (await resolveModules(dir, wanted)).map(({ name }) => name);
}

test('dependencies come first, each module once, whatever its spelling', async () => {
  await modules({
    'kernel/net/xfrm/xfrm_user.ko': 'license=GPL\0depends=xfrm_algo\0',
    'kernel/net/xfrm/xfrm_algo.ko': 'depends=\0',
    'kernel/net/ipv4/esp4.ko': 'depends=af-key,xfrm_algo\0',
    'kernel/net/key/af_key.ko': 'depends=xfrm_algo\0',
  });
  expect(await order('esp4', 'xfrm-user', 'xfrm_user')).toEqual([
    'xfrm_algo',
    'af_key',
    'esp4',
    'xfrm_user',
  ]);
});

test('what is built in or absent is passed over, itself and as a dependency', async () => {
  await modules({ 'kernel/a.ko': 'depends=built_in\0' });
  expect(await order('absent', 'a')).toEqual(['a']);
});

test('modules that need each other do not hang us', async () => {
  await modules({ 'a.ko': 'depends=b\0', 'b.ko': 'depends=a\0' });
  expect(await order('a')).toEqual(['b', 'a']);
});

test('soft dependencies count when they come before', () => {
  const info = 'softdep=pre: crypto-a b_c post: d\0depends=e\0softdep=post: f\0';
  expect(modinfoDependencies(info)).toEqual(['crypto_a', 'b_c', 'e']);
});
