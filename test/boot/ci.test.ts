import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultCacheDir } from '../../src/kernel/cache.ts';
import { readResults } from '../../src/report/json.ts';
import { blocksOf } from '../unit/cli/doc-blocks.ts';
import { buildTimeoutMs, umlKernel } from './uml/kernel.ts';

/** The shell example of docs/ci.md, as it stands there, on a real kernel. */
let kernel: string;
let directory: string;

beforeAll(async () => {
  kernel = (await umlKernel()).spec;
  directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-ci-'));
  await symlink(join(process.cwd(), 'scripts'), join(directory, 'scripts'));
}, buildTimeoutMs);

afterAll(() => rm(directory, { recursive: true, force: true }));

async function runExample(...cases: string[]) {
  const [example] = blocksOf(await readFile('docs/ci.md', 'utf8'));
  return execa('bash', ['-c', example!.text, 'ci', ...cases], {
    cwd: directory,
    env: { KERNEL: kernel, SHARDS: '2', XDG_CACHE_HOME: dirname(defaultCacheDir()) },
    reject: false,
    timeout: 300_000,
  });
}

test('the shell example of docs/ci.md runs shards, merges them, and compares with the run before', async () => {
  const first = await runExample('migrate-state/probe', 'migrate-state/header');
  expect(first.exitCode, first.stdout + first.stderr).toBe(0);
  const [one, two, merged] = ['results/1', 'results/2', 'merged'].map(
    (name) => readResults(join(directory, name, 'results.json')).kernels[0]!.cases.length,
  ) as [number, number, number];
  expect(one).toBeGreaterThan(0);
  expect(two).toBeGreaterThan(0);
  expect(merged).toBe(one + two);
  expect(await readFile(join(directory, 'merged', 'junit.xml'), 'utf8')).toContain('<testsuite ');

  // The same kernel again: what runs of one kernel differ in is normalised.
  const again = await runExample('migrate-state/probe', 'migrate-state/header');
  expect(again.exitCode, again.stdout + again.stderr).toBe(0);
  expect(await readFile(join(directory, 'diff.md'), 'utf8')).toContain(
    `**${merged} cases: none differs.**`,
  );
});
