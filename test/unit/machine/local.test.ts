import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { local, unshareArguments } from '../../../src/machine/local.ts';

const kernel: Kernel = {
  spec: 'running',
  image: null,
  modulesDir: null,
  facts: { release: null, version: null, arch: 'x86_64', config: null, migrateSymbols: null },
  notes: [],
};
const { signal } = new AbortController();

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** An unshare on PATH that does this instead. */
async function fakeUnshare(script: string): Promise<void> {
  await writeFile(join(dir, 'unshare'), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'unshare'), 0o755);
  vi.stubEnv('PATH', [dir, process.env.PATH].join(delimiter));
}

async function boot() {
  const prepared = await local.prepare(
    kernel,
    { agent: join(dir, 'agent.cjs'), modules: [] },
    signal,
  );
  return prepared.boot({ signal, acceleration: 'auto' });
}

test('only root does without a user namespace', () => {
  expect(unshareArguments(true, ['x'])).not.toContain('--user');
  expect(unshareArguments(false, ['x'])).toEqual(
    expect.arrayContaining(['--user', '--map-root-user', '--net', '--kill-child']),
  );
});

test('a host that forbids namespaces gets one sentence', async () => {
  await fakeUnshare('echo "unshare: unshare failed: Operation not permitted" >&2; exit 1');
  await expect(boot()).rejects.toMatchObject({
    name: 'HarnessError',
    message: expect.stringMatching(
      /^This host lets nobody but root make namespaces \(unshare: .*\): /,
    ),
  });
});

test('a kernel without XFRM gets one sentence', async () => {
  await fakeUnshare('echo "xfrm-conform-init: it has no XFRM netlink"; exit 1');
  await expect(boot()).rejects.toMatchObject({
    name: 'HarnessError',
    message: 'The kernel running cannot be tested in place: it has no XFRM netlink.',
  });
});

test('an agent that dies is quoted', async () => {
  await fakeUnshare('echo "Error: Cannot find module" >&2; exit 3');
  await expect(boot()).rejects.toMatchObject({
    name: 'BootError',
    message: 'The agent on the kernel running exited with status 3: Error: Cannot find module',
  });
});

test('another kernel than the running one is refused', async () => {
  const other = { ...kernel, spec: 'debian:1', image: '/k' };
  const preparing = local.prepare(other, { agent: '/a', modules: [] }, signal);
  await expect(preparing).rejects.toMatchObject({ name: 'UsageError' });
});

test.each([
  [93, 'CONFIG_XFRM_USER'],
  [1, 'errno 1'],
])('the agent is not started where the XFRM socket fails with errno %i', async (errno, words) => {
  const stub = join(dir, 'stub.cjs');
  await writeFile(
    stub,
    `require('node:module')._load = (load => function (name, ...rest) {
       if (!name.startsWith('@yuuang/')) return load.call(this, name, ...rest);
       return { DataType: {}, open() {}, load: () => ({ value: -1, errnoCode: ${errno} }) };
     })(require('node:module')._load);`,
  );
  const script = fileURLToPath(new URL('../../../vm/local.cjs', import.meta.url));
  const result = await execa(process.execPath, ['-r', stub, script, '/nowhere'], { reject: false });
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toMatch(/^xfrm-conform-init: /);
  expect(result.stdout).toContain(words);
});
