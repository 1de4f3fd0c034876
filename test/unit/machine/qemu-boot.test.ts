import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { BootLimits } from '../../../src/machine/boot-watch.ts';
import { bootQemu, MachineStopped } from '../../../src/machine/qemu-boot.ts';

const patient: BootLimits = { silenceMs: 60_000, totalMs: 60_000, panicMs: 1000 };
const signal = new AbortController().signal;

function boot(act: string, limits = patient, aborted = signal) {
  process.env.FAKE_QEMU = act;
  return bootQemu({
    qemu: fileURLToPath(new URL('fake-qemu.mjs', import.meta.url)),
    command: {
      image: '/k',
      guest: { kind: 'initramfs', initramfs: '/i' },
      disk: 'nvme',
      accelerator: 'tcg',
      memoryMiB: 1,
      fineTimers: false,
      extraParameters: [],
    },
    what: 'debian:1',
    limits,
    retries: ['no output at all for 8 s'],
    signal: aborted,
  });
}

afterEach(() => {
  delete process.env.FAKE_QEMU;
});

test('a guest is one from its first line on', async () => {
  const guest = await boot('hello');
  expect(guest.report).toMatchObject({
    machine: 'qemu',
    acceleration: 'tcg',
    retries: ['no output at all for 8 s'],
  });
  const lines = guest.lines()[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('{"event":"hello"}');
  guest.send('{"command":"facts"}');
  expect((await lines.next()).value).toBe('{"command":"facts"}');
  expect(guest.consoleTail()).toContain('Linux version 0');
  await guest.stop();
  await guest.stop();
  expect(await guest.ended).toEqual({ how: 'stopped', detail: expect.any(String) });
  expect(await lines.next()).toEqual({ value: undefined, done: true });
  guest.send('to nobody');
});

test('a QEMU that refuses is quoted', async () => {
  await expect(boot('refuse')).rejects.toMatchObject({
    message:
      'QEMU cannot run debian:1: it exited with status 1: qemu: could not load kernel: no such format',
    attempts: ['no output at all for 8 s', expect.stringContaining('QEMU cannot run')],
  });
});

test('a guest that QEMU stops by itself is given up at once', async () => {
  const booting = boot('stop');
  await expect(booting).rejects.toBeInstanceOf(MachineStopped);
  await expect(booting).rejects.toThrow(
    'QEMU stopped the guest (internal-error): KVM internal error. Suberror: 1',
  );
});

test('a guest that resets before it says a word may do better the next time', async () => {
  await expect(boot('reset')).rejects.toMatchObject({
    name: 'NoProgress',
    message: 'the guest ended before its first output (guest-reset)',
  });
});

test('what init cannot do is said', async () => {
  await expect(boot('complain')).rejects.toMatchObject({
    message:
      'debian:1 booted, but its init could not go on: cannot load /payload/modules/esp4.ko: errno 8.',
    kernelPanicked: false,
  });
});

test('a silent guest is given up', async () => {
  await expect(boot('silence', { ...patient, silenceMs: 1 })).rejects.toMatchObject({
    name: 'NoProgress',
    message: expect.stringMatching(/^no output at all for/),
  });
});

test('a flood on the console fills neither memory nor disk', async () => {
  const before = process.memoryUsage().rss;
  const error = await boot('noise', { ...patient, silenceMs: 300 }).catch((error) => error);
  expect(error).toMatchObject({ name: 'NoProgress' });
  expect(error.console.length).toBeLessThan(1024 * 1024);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});

test('an abort ends it', async () => {
  const aborter = new AbortController();
  const booting = boot('silence', patient, aborter.signal);
  setTimeout(() => aborter.abort(new Error('enough')), 50);
  await expect(booting).rejects.toThrow('enough');
});
