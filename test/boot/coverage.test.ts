import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTimeoutMs, umlKernel } from './uml/kernel.ts';

let directory = '';
let spec = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  ({ spec } = await umlKernel('+gcov'));
}, buildTimeoutMs);
afterAll(() => rm(directory, { recursive: true }));

test('a profiled kernel tells which lines the cases reached', async () => {
  const args = ['dist/cli.js', 'run', '--kernel', spec, '--output', directory];
  const { exitCode, stdout, stderr } = await execa('node', [...args, 'migrate-state/header'], {
    reject: false,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain(`coverage of ${spec}`);
  expect(stdout).toMatch(/^ +net\/xfrm\/xfrm_user\.c +\d+\/\d+ +\d+ % +\d+\/\d+ +\d+ %$/m);
  const [name = ''] = await readdir(join(directory, 'coverage'));
  expect(name).toMatch(/gcov\.info$/);
  const trace = await readFile(join(directory, 'coverage', name), 'utf8');
  expect(trace).toMatch(/^SF:\/.*\/net\/xfrm\/xfrm_user\.c$/m);
  // The cases send the one message and not the other.
  expect(trace).toMatch(/^FNDA:[1-9]\d*,xfrm_do_migrate_state$/m);
  expect(trace).toMatch(/^FNDA:0,xfrm_do_migrate$/m);
});
