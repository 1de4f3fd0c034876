import { expect, test } from 'vitest';
import { type BootWatch, watchBoot } from '../../../src/machine/boot-watch.ts';
import { Tail } from '../../../src/machine/tail.ts';

const never = new Promise<never>(() => {});

function watch(changes: Partial<BootWatch> = {}): BootWatch {
  return {
    firstLine: never,
    gone: never,
    console: new Tail(),
    limits: { silenceMs: 60_000, totalMs: 60_000, panicMs: 60_000 },
    signal: new AbortController().signal,
    ...changes,
  };
}

const nearlyNone = { silenceMs: 60_000, totalMs: 60_000, panicMs: 60_000 };

test('is up with the first line', async () => {
  const outcome = await watchBoot(watch({ firstLine: Promise.resolve('hello') }));
  expect(outcome).toEqual({ how: 'up', line: 'hello' });
});

test('gives up a boot that says nothing', async () => {
  const limits = { ...nearlyNone, firstByteMs: 1 };
  expect(await watchBoot(watch({ limits }))).toEqual({
    how: 'silent',
    reason: expect.stringMatching(/^no output at all for \d+ s$/),
  });
});

test('gives up a boot that falls silent', async () => {
  const console = new Tail();
  console.push(Buffer.from('Linux version'));
  const limits = { ...nearlyNone, silenceMs: 1 };
  expect(await watchBoot(watch({ console, limits }))).toEqual({
    how: 'silent',
    reason: expect.stringMatching(/^no more output for \d+ s$/),
  });
});

test('gives up a boot that talks without end', async () => {
  const limits = { ...nearlyNone, totalMs: 1 };
  expect(await watchBoot(watch({ limits }))).toMatchObject({ how: 'slow' });
});

test('a panic is seen though the process stays', async () => {
  const console = new Tail();
  console.push(Buffer.from('Kernel panic - not syncing: hung\n'));
  const limits = { ...nearlyNone, panicMs: 0 };
  expect(await watchBoot(watch({ console, limits }))).toEqual({
    how: 'panic',
    panic: { line: 'Kernel panic - not syncing: hung', ours: false },
  });
});

test('a panic counts more than the end of the process that it brings', async () => {
  const console = new Tail();
  console.push(Buffer.from('Kernel panic - not syncing: gone\n'));
  expect(await watchBoot(watch({ console, gone: Promise.resolve(null) }))).toMatchObject({
    how: 'panic',
  });
});

test('tells why the machine gave up', async () => {
  expect(await watchBoot(watch({ gone: Promise.resolve('KVM internal error') }))).toEqual({
    how: 'gone',
    reason: 'KVM internal error',
  });
});

test('an abort is heard at once', async () => {
  const aborter = new AbortController();
  const watching = watchBoot(watch({ signal: aborter.signal }));
  aborter.abort(new Error('enough'));
  await expect(watching).rejects.toThrow('enough');
});
