import { expect, test } from 'vitest';
import { bootWithRetries, NoProgress } from '../../../src/machine/boot-attempts.ts';
import type { Guest } from '../../../src/machine/machine.ts';

const guest = {} as Guest;

test('boots again after no progress, and remembers why', async () => {
  const phrases: string[] = [];
  const attempts = { what: 'debian:1', advice: 'x', onProgress: (p: string) => phrases.push(p) };
  const seen: (readonly string[])[] = [];
  const got = await bootWithRetries(attempts, async (retries) => {
    seen.push(retries);
    if (retries.length < 2) throw new NoProgress(`silent ${retries.length}`, '');
    return guest;
  });
  expect(got).toBe(guest);
  expect(seen).toEqual([[], ['silent 0'], ['silent 0', 'silent 1']]);
  expect(phrases).toEqual(['silent 0, again (2/3)', 'silent 1, again (3/3)']);
});

test('gives up after three boots', async () => {
  const booting = bootWithRetries({ what: 'debian:1', advice: 'look at it' }, async () => {
    throw new NoProgress('silent', 'its last words');
  });
  await expect(booting).rejects.toMatchObject({
    name: 'BootError',
    message: 'debian:1 did not come up in 3 boots (silent): look at it.',
    console: 'its last words',
    attempts: ['silent', 'silent', 'silent'],
    kernelPanicked: false,
  });
});

test('passes on every other error at once', async () => {
  let boots = 0;
  const booting = bootWithRetries({ what: 'debian:1', advice: 'x' }, async () => {
    boots++;
    throw new Error('aborted');
  });
  await expect(booting).rejects.toThrow('aborted');
  expect(boots).toBe(1);
});
