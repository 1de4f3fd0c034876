import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readResults } from '../../src/report/json.ts';
import { buildTimeoutMs, umlKernel } from './uml/kernel.ts';

let directory = '';
let spec = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  ({ spec } = await umlKernel('+kasan'));
}, buildTimeoutMs);
afterAll(() => rm(directory, { recursive: true }));

/** A kernel that watches itself: every case waits for its namespace to go, and leaks are looked for. */
test('a sanitizer kernel runs the cases, and has nothing to report on a kernel that behaves', async () => {
  const args = ['dist/cli.js', 'run', '--kernel', spec, '--output', directory];
  const cases = ['migrate-state/encap', 'migrate-state/collision', 'migrate/bundle', '*/memory/*'];
  const { exitCode, stdout, stderr } = await execa('node', [...args, ...cases], {
    reject: false,
    timeout: 300_000,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stderr).toContain('looking for leaks');
  const [kernel] = readResults(join(directory, 'results.json')).kernels;
  expect(kernel?.boots).toHaveLength(1);
  expect(kernel?.cases.filter(({ crash }) => crash !== null)).toEqual([]);
  // Nothing reported by one that sleeps would say nothing.
  const consoles = join(directory, 'consoles');
  const [log = ''] = await readdir(consoles);
  const said = await readFile(join(consoles, log), 'utf8');
  expect(said).toContain('Lock dependency validator');
  expect(said).not.toMatch(/KASAN: .* in |Disabling lock debugging|turning off the locking/);
});
