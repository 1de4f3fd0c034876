import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../src/kernel/lock.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
const lock = () => join(dir(), 'locks/a.lock');
const signal = new AbortController().signal;

let others: ChildProcess[] = [];
afterEach(() => {
  for (const other of others) {
    other.kill('SIGKILL');
    // Ends the cat that flock(1) had started.
    other.stdin?.destroy();
  }
  others = [];
});

/** Another process that has the lock until it is killed. */
async function held(): Promise<ChildProcess> {
  await withLock(lock(), { signal }, async () => {});
  const other = spawn('flock', ['-x', '-o', lock(), 'sh', '-c', 'echo held; exec cat >/dev/null']);
  others.push(other);
  await once(other.stdout!, 'data');
  return other;
}

describe('withLock', () => {
  it('lets one work at a time', async () => {
    const log: string[] = [];
    const work = (name: string) =>
      withLock(lock(), { signal }, async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ends`);
      });
    await Promise.all([work('a'), work('b')]);
    const [first, second] = log[0] === 'a begins' ? ['a', 'b'] : ['b', 'a'];
    expect(log).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
  });

  it('gives the result, and the lock back, also after an error', async () => {
    expect(await withLock(lock(), { signal }, async () => 42)).toBe(42);
    const failing = withLock(lock(), { signal }, async () => {
      throw new Error('oops');
    });
    await expect(failing).rejects.toThrow('oops');
    expect(await withLock(lock(), { signal }, async () => 43)).toBe(43);
  });

  it('tells that it waits, and goes on when the holder dies', async () => {
    const other = await held();
    // The word that it waits is what ends the holder: without it, the test would hang.
    const onWait = () => other.kill('SIGKILL');
    expect(await withLock(lock(), { signal, onWait }, async () => 'mine')).toBe('mine');
  });

  it('stops waiting when it is aborted', async () => {
    await held();
    const controller = new AbortController();
    const onWait = () => controller.abort(new Error('enough'));
    const waiting = withLock(lock(), { signal: controller.signal, onWait }, async () => {});
    await expect(waiting).rejects.toThrow('enough');
  });

  it('gives up at its deadline', async () => {
    await held();
    const waiting = withLock(lock(), { signal, timeoutMs: 1000 }, async () => {});
    await expect(waiting).rejects.toThrow(/Another run has held .*a\.lock for more than 1 s/);
  });
});
