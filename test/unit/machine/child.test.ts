import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { describeEnd, startChild } from '../../../src/machine/child.ts';

const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'];

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) Z /.test(stat);
}

test('a child’s end is told, with its last words', async () => {
  const child = startChild('/bin/sh', ['-c', 'echo out of luck >&2; exit 7'], { stdio });
  const end = await child.ended;
  expect(describeEnd(end)).toBe('exited with status 7');
  expect(child.stderr.text()).toBe('out of luck\n');
});

test('kill ends the whole group at once', async () => {
  const child = startChild('/bin/sh', ['-c', 'sleep 1000 & echo $!; wait'], { stdio });
  const [chunk] = await once(child.process.stdout!, 'data');
  const grandchild = Number(String(chunk));
  expect(await isAlive(grandchild)).toBe(true);
  child.kill();
  expect(describeEnd(await child.ended)).toBe('was ended by SIGKILL');
  await expect.poll(() => isAlive(grandchild)).toBe(false);
});

test('a program that cannot be started has ended', async () => {
  const child = startChild('/bin/sh', ['/nowhere/at/all'], { stdio });
  expect((await child.ended).status).not.toBe(0);
});

test('a child does not outlive a parent that is ended by SIGKILL', async () => {
  const module = fileURLToPath(new URL('../../../src/machine/child.ts', import.meta.url));
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { startChild } from ${JSON.stringify(module)};
        const child = startChild('/bin/sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore'] });
        console.log(child.process.pid);
      `,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  const parent = spawn(process.execPath, ['-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  parent.stdin.end(outputFiles[0]!.text);
  const [chunk] = await once(parent.stdout, 'data');
  const child = Number(String(chunk));
  expect(await isAlive(child)).toBe(true);
  // setpriv may not have got as far as exec: only from then on the parent's death counts.
  await expect.poll(() => readFile(`/proc/${child}/comm`, 'utf8')).toBe('sleep\n');
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(child)).toBe(false);
});
