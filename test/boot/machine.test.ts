import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { Kvm } from '../../src/machine/kvm.ts';
import { local } from '../../src/machine/local.ts';
import type { BootOptions, Guest, Payload } from '../../src/machine/machine.ts';
import { planBoots, qemu } from '../../src/machine/qemu.ts';
import { type BootPlan, bootAccelerated } from '../../src/machine/qemu-accelerated.ts';
import { childrenOf, linesOf, nextEvent } from './machine/guest.ts';
import { kernelOf, stubPayload } from './machine/kernel.ts';

let aborter: AbortController;
let guests: Guest[] = [];
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  return () => rm(dir, { recursive: true });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(guests.map((guest) => guest.stop()));
  guests = [];
  expect(await childrenOf(process.pid)).toEqual([]);
});

async function boot(
  kernel: Kernel,
  payload: Payload = stubPayload,
  options: Partial<BootOptions> = {},
) {
  aborter = new AbortController();
  const machine = kernel.image === null ? local : qemu;
  const prepared = await machine.prepare(kernel, payload, aborter.signal);
  const guest = await prepared.boot({ signal: aborter.signal, acceleration: 'auto', ...options });
  guests.push(guest);
  return guest;
}

describe('qemu', () => {
  let kernel: Kernel;

  beforeAll(async () => {
    kernel = await kernelOf('debian:7.3.4');
  });

  test.each(['debian:7.3.4', 'debian:6.12', 'debian:6.1'])(
    '%s says hello and answers',
    async (spec) => {
      const guest = await boot(await kernelOf(spec));
      const lines = linesOf(guest);
      const hello = await nextEvent(lines, 'hello');
      expect(hello.release).toContain(spec.slice('debian:'.length));
      guest.send('echo über');
      expect((await nextEvent(lines, 'echo')).text).toBe('über');
      guest.send('modules');
      expect((await nextEvent(lines, 'modules')).text).toMatch(/^esp4 .*xfrm_user /ms);
      await guest.stop();
      expect(await guest.ended).toMatchObject({ how: 'stopped' });
      expect((await lines.next()).done).toBe(true);
    },
  );

  test('a kernel that can read none of our disks boots from an initramfs', async () => {
    const guest = await boot({ ...kernel, facts: { ...kernel.facts, config: null } });
    expect(await nextEvent(linesOf(guest), 'hello')).toMatchObject({ event: 'hello' });
    expect(guest.consoleTail()).toContain('rdinit=/node');
  });

  test('a guest that powers off has exited', async () => {
    const guest = await boot(kernel);
    guest.send('exit 0');
    expect(await guest.ended).toMatchObject({ how: 'exit' });
  });

  test('an agent that throws is quoted', async () => {
    const guest = await boot(kernel);
    guest.send('throw out of cheese');
    const end = await guest.ended;
    expect(end.how).toBe('exit');
    expect(end.detail).toContain('out of cheese');
  });

  test('a kernel that crashes has panicked, and its console says where', async () => {
    const guest = await boot(kernel);
    guest.send('crash');
    expect(await guest.ended).toMatchObject({
      how: 'panic',
      detail: 'Kernel panic - not syncing: sysrq triggered crash',
    });
    expect(guest.consoleTail()).toMatch(/Call Trace:.*sysrq_handle_crash/s);
  });

  test('a guest that hangs is diagnosed by its kernel', async () => {
    const guest = await boot(kernel);
    guest.send('hang');
    const diagnosis = await guest.diagnose();
    expect(diagnosis).toContain('"status":"running"');
    expect(diagnosis).toContain('Show backtrace of all active CPUs');
    expect(diagnosis).toMatch(/CPUs: RIP=[0-9a-f]{16}/);
  });

  test('megabytes without a newline are one line, cut', async () => {
    const guest = await boot(kernel);
    const lines = linesOf(guest);
    await nextEvent(lines, 'hello');
    guest.send(`flood ${17 * 1024 * 1024}`);
    const { value } = await lines.next();
    expect(value.length).toBeLessThan(2000);
    expect(value).toMatch(/^xxxx.*a line of 17825792 bytes, cut\]$/s);
  });

  test('abort in mid boot ends QEMU at once and leaves no file', async () => {
    const temporary = await mkdtemp(join(dir, 'tmp-'));
    vi.stubEnv('TMPDIR', temporary);
    const booting = boot(kernel, stubPayload, {
      onProgress: (phrase) => {
        if (phrase.startsWith('booting')) setTimeout(() => aborter.abort(new Error('enough')), 500);
      },
    });
    await expect(booting).rejects.toThrow('enough');
    expect(await childrenOf(process.pid)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('abort of a running guest stops it', async () => {
    const guest = await boot(kernel);
    aborter.abort();
    expect(await guest.ended).toMatchObject({ how: 'stopped' });
  });

  test('a kernel that panics is the kernel’s fault, and is not booted again', async () => {
    // Without netlink's own start the first user of it oopses, before anything of ours runs.
    const extraParameters = ['initcall_blacklist=netlink_proto_init'];
    const { booting, phrases } = await bootChanged(kernel, { extraParameters });
    await expect(booting).rejects.toMatchObject({
      name: 'BootError',
      message: expect.stringMatching(
        /^debian:7\.3\.4 panicked while it booted: Kernel panic - .*\.$/,
      ),
      console: expect.stringContaining('Call Trace:'),
      kernelPanicked: true,
    });
    expect(phrases).toEqual(['booting (tcg)']);
  });

  test('a panic about our root is not the kernel’s fault', async () => {
    const { booting } = await bootChanged(kernel, { extraParameters: ['init=/nowhere'] });
    await expect(booting).rejects.toMatchObject({ name: 'BootError', kernelPanicked: false });
  });

  test('a kernel that says nothing is booted three times', async () => {
    const { booting, phrases } = await bootChanged(kernel, { image: await brokenImage(kernel) });
    await expect(booting).rejects.toMatchObject({
      name: 'BootError',
      message: expect.stringMatching(/did not come up in 3 boots \(no output at all for \d+ s\)/),
      attempts: [expect.any(String), expect.any(String), expect.any(String)],
      kernelPanicked: false,
    });
    expect(phrases).toContainEqual(
      expect.stringMatching(/^no output at all for \d+ s, again \(3\/3\)$/),
    );
  });

  test('a file that is no kernel is named', async () => {
    const image = join(dir, 'noise');
    await writeFile(image, Buffer.alloc(70_000, 'noise'));
    await expect(boot({ ...kernel, image })).rejects.toMatchObject({
      name: 'UsageError',
      message: `${image} is no kernel image: it is neither a bzImage nor a vmlinux.`,
    });
  });

  test('modules of another kernel are refused in one sentence', async () => {
    const other = await kernelOf('debian:6.1');
    const booting = boot({ ...kernel, modulesDir: other.modulesDir });
    await expect(booting).rejects.toMatchObject({
      name: 'BootError',
      message: expect.stringMatching(/init could not go on: cannot load .*\.ko: .*/),
      kernelPanicked: false,
    });
  });
});

/** Boot with something changed that the machine would not change. */
async function bootChanged(kernel: Kernel, change: Partial<BootPlan['command']>) {
  const { signal } = new AbortController();
  const plan = await planBoots(kernel, stubPayload, signal);
  const kvm = new Kvm(dir, plan.qemu);
  const phrases: string[] = [];
  const booting = bootAccelerated({ ...plan, command: { ...plan.command, ...change } }, kvm, {
    signal,
    acceleration: 'tcg',
    onProgress: (phrase) => phrases.push(phrase),
  });
  await booting.then(
    (guest) => guests.push(guest),
    () => undefined,
  );
  return { booting, phrases };
}

/** A copy of a kernel's image, damaged in its compressed part: it halts without a word. */
async function brokenImage(kernel: Kernel): Promise<string> {
  const image = join(dir, 'broken');
  const bytes = await readFile(kernel.image!);
  await writeFile(image, bytes.fill(0, bytes.length / 2, bytes.length / 2 + 4096));
  return image;
}

describe('local', () => {
  test('the agent runs in namespaces of its own', async () => {
    const guest = await boot(await kernelOf('running'));
    const lines = linesOf(guest);
    await nextEvent(lines, 'hello');
    guest.send('echo here');
    expect((await nextEvent(lines, 'echo')).text).toBe('here');
    guest.send('namespaces');
    const { text } = await nextEvent(lines, 'namespaces');
    for (const name of ['net', 'mnt', 'pid']) {
      expect(text).toHaveProperty(name);
      expect((text as Record<string, string>)[name]).not.toBe(
        await readlink(`/proc/self/ns/${name}`),
      );
    }
    expect(await guest.diagnose()).toContain('comm: node');
  });
});
