import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.ts';
import {
  type BootOptions,
  type Guest,
  maxCommandBytes,
  type Payload,
} from '../../src/machine/machine.ts';
import { uml } from '../../src/machine/uml.ts';
import { childrenOf, linesOf, nextEvent } from './machine/guest.ts';
import { stubPayload } from './machine/kernel.ts';
import { buildTimeoutMs, umlKernel } from './uml/kernel.ts';

let aborter: AbortController;
let guests: Guest[] = [];
let kernel: Kernel;

beforeAll(async () => {
  kernel = await umlKernel();
}, buildTimeoutMs);

afterEach(async () => {
  await Promise.all(guests.map((guest) => guest.stop()));
  guests = [];
  expect(await childrenOf(process.pid)).toEqual([]);
  expect(await ownDirectories()).toEqual([]);
});

/** What boots of this process have in the temporary directory. */
async function ownDirectories(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) =>
    name.startsWith(`xfrm-conform-boot-${process.pid}-`),
  );
}

async function boot(
  options: Partial<BootOptions> = {},
  of: { kernel?: Kernel; payload?: Payload } = {},
) {
  aborter = new AbortController();
  const { signal } = aborter;
  const prepared = await uml.prepare(of.kernel ?? kernel, of.payload ?? stubPayload, signal);
  const guest = await prepared.boot({ signal, acceleration: 'auto', ...options });
  guests.push(guest);
  return guest;
}

describe('a guest', () => {
  test('says hello and answers', async () => {
    const guest = await boot();
    const lines = linesOf(guest);
    expect((await nextEvent(lines, 'hello')).release).toBe(kernel.facts.release);
    guest.send('echo über');
    expect((await nextEvent(lines, 'echo')).text).toBe('über');
    expect(guest.report).toMatchObject({ machine: 'uml', acceleration: 'native', retries: [] });
    await guest.stop();
    expect(await guest.ended).toMatchObject({ how: 'stopped' });
  });

  test('is spoken to in bytes: no echo, no line editing, no carriage return', async () => {
    const guest = await boot();
    const lines = linesOf(guest);
    await nextEvent(lines, 'hello');
    // Ctrl-C, Ctrl-D, Ctrl-Q, Ctrl-U, Ctrl-V, Ctrl-Z, DEL, CR, tab: each means something to a terminal.
    const text = '\x03\x04\x11\x15\x16\x1a\x7f\r\t\xff';
    guest.send(`echo ${text}`);
    expect(JSON.parse((await lines.next()).value)).toEqual({ event: 'echo', text });
  });

  test('carries megabytes as they are', async () => {
    const guest = await boot();
    const lines = linesOf(guest);
    await nextEvent(lines, 'hello');
    guest.send(`flood ${8 * 1024 * 1024}`);
    const { value } = await lines.next();
    expect(value.length).toBe(8 * 1024 * 1024);
    expect(/^x+$/.test(value)).toBe(true);
    guest.send('echo still there');
    expect((await nextEvent(lines, 'echo')).text).toBe('still there');
  });

  test('takes lines of the longest length that may be sent, two ahead', async () => {
    const guest = await boot();
    const lines = linesOf(guest);
    await nextEvent(lines, 'hello');
    const text = 'y'.repeat(maxCommandBytes - 'echo '.length - 1);
    const ask = () => guest.send(`echo ${text}`);
    ask();
    for (let turn = 0; turn < 10; turn++) {
      ask();
      expect((await nextEvent(lines, 'echo')).text).toBe(text);
    }
  });

  test('does not make the host wait while it waits for a timer', async () => {
    const guest = await boot();
    const lines = linesOf(guest);
    await nextEvent(lines, 'hello');
    guest.send(`sleep ${30 * 60}`);
    await nextEvent(lines, 'slept');
  });

  test('is pinned to the CPU that it was given', async () => {
    await boot({ cpu: 1 });
    const [pid] = await childrenOf(process.pid);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1]).toBe('1');
  });
});

describe('an end', () => {
  test('power-off is an exit', async () => {
    const guest = await boot();
    guest.send('exit 0');
    expect(await guest.ended).toMatchObject({ how: 'exit' });
  });

  test('an agent that throws is quoted', async () => {
    const guest = await boot();
    guest.send('throw out of cheese');
    expect((await guest.ended).detail).toContain('out of cheese');
  });

  test('a kernel that crashes has panicked, and its console says where', async () => {
    const guest = await boot();
    guest.send('crash');
    expect(await guest.ended).toMatchObject({
      how: 'panic',
      detail: 'Kernel panic - not syncing: sysrq triggered crash',
    });
    expect(guest.consoleTail()).toMatch(/Call Trace:.*sysrq/s);
  });

  test('a guest that hangs is diagnosed by its kernel', async () => {
    const guest = await boot();
    guest.send('hang');
    const diagnosis = await guest.diagnose();
    expect(diagnosis).toMatch(/^Host process \d+: /);
    expect(diagnosis).toContain('sysrq: Show Regs');
    expect(diagnosis).toContain('sysrq: Show Blocked State');
  });

  test('abort of a running guest stops it', async () => {
    const guest = await boot();
    aborter.abort();
    expect(await guest.ended).toMatchObject({ how: 'stopped' });
  });

  test('abort in mid boot ends it at once', async () => {
    const booting = boot({
      onProgress: () => setTimeout(() => aborter.abort(new Error('enough')), 30),
    });
    await expect(booting).rejects.toThrow('enough');
    expect(await childrenOf(process.pid)).toEqual([]);
  });

  test('SIGKILL of the harness leaves no process, and the next one removes its directory', async () => {
    const before = await umlProcesses();
    const script = `
      const { spawn } = require('node:child_process');
      spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...${JSON.stringify([kernel.image])},
        'mem=64M', 'con=null', 'con0=null,fd:1', 'uml_dir=' + process.argv[1] + '/', 'umid=uml'],
        { stdio: ['ignore', 'pipe', 'ignore'], detached: true, env: { LC_ALL: 'C' } })
        .stdout.once('data', () => process.stdout.write('up'));
      setInterval(() => {}, 1000);`;
    const directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-boot-'));
    const harness = spawn(process.execPath, ['-e', script, directory]);
    const stale = join(tmpdir(), `xfrm-conform-boot-${harness.pid}-stale`);
    await writeFile(stale, '');
    await new Promise((resolve) => harness.stdout.once('data', resolve));
    const gone = new Promise((resolve) => harness.once('close', resolve));
    harness.kill('SIGKILL');
    await gone;
    await expect.poll(umlProcesses, { timeout: 10_000 }).toEqual(before);
    await boot();
    expect((await readdir(tmpdir())).includes(`xfrm-conform-boot-${harness.pid}-stale`)).toBe(
      false,
    );
    await rm(directory, { recursive: true });
  });
});

/** Processes that run the kernel of these tests. */
async function umlProcesses(): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const commands = pids.map(async (pid) => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.startsWith(`${kernel.image}\0`) ? [pid] : [];
  });
  return (await Promise.all(commands)).flat();
}

describe('a boot that fails', () => {
  test('too little memory is the kernel’s panic', async () => {
    const { bootUml } = await import('../../src/machine/uml-boot.ts');
    const booting = bootUml({
      image: kernel.image!,
      command: {
        initramfs: '/nonexistent',
        memoryMiB: 64,
        keepsInitrd: false,
        skipsIdleTime: false,
        extraParameters: [],
      },
      what: 'this kernel',
      cpu: undefined,
      limits: { silenceMs: 5000, totalMs: 20_000, panicMs: 500 },
      retries: [],
      signal: new AbortController().signal,
    });
    await expect(booting).rejects.toMatchObject({
      name: 'BootError',
      message: expect.stringMatching(/^this kernel panicked while it booted: Kernel panic - /),
    });
  });

  test('a program that is no kernel', async () => {
    const image = { ...kernel, image: '/bin/false' };
    await expect(boot({}, { kernel: image })).rejects.toMatchObject({
      name: 'BootError',
      message: expect.stringContaining('does not run as UML: it exited with status 1'),
      kernelPanicked: false,
    });
  });

  test('a kernel of another architecture, without what a guest needs, or with too much', async () => {
    const x86 = { ...kernel, facts: { ...kernel.facts, arch: 'x86_64' as const } };
    await expect(boot({}, { kernel: x86 })).rejects.toThrow(/was not built with ARCH=um/);
    const { SSL: _, ...config } = kernel.facts.config!;
    const lacking = { ...kernel, facts: { ...kernel.facts, config } };
    await expect(boot({}, { kernel: lacking })).rejects.toThrow(/lacks .* build it with SSL/);
    const open = { ...kernel, facts: { ...kernel.facts, config: { ...config, HOSTFS: 'y' } } };
    await expect(boot({}, { kernel: open })).rejects.toThrow(/has HOSTFS, .* build it without/);
  });
});

test('a guest whose agent is root reaches nothing of the host', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  await writeFile(join(directory, 'canary'), 'untouched');
  const agent = new URL('uml/intruder-agent.cjs', import.meta.url).pathname;
  const guest = await boot({}, { payload: { agent, modules: [] } });
  const lines = linesOf(guest);
  await nextEvent(lines, 'hello');
  guest.send(directory);
  const reached = await nextEvent(lines, 'reached');
  const enodev = 19;
  expect(reached).toMatchObject({
    uid: 0,
    hostfs: enodev,
    humfs: enodev,
    ninep: enodev,
    filesystems: [],
    ubd: 'ENXIO',
    memory: 'ENXIO',
    hostDir: 'ENOENT',
    interfaces: ['dummy0', 'lo'],
    blockDevices: 'ENOENT',
    mounts: ['devtmpfs', 'proc', 'rootfs', 'sysfs', 'tmpfs', 'tmpfs'],
  });
  expect(await readFile(join(directory, 'canary'), 'utf8')).toBe('untouched');
  expect(await readdir(directory)).toEqual(['canary']);
  await rm(directory, { recursive: true });
});
