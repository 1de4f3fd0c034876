import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { guestParameters } from '../../../src/machine/guest-parameters.ts';
import { umlArguments } from '../../../src/machine/uml-command.ts';
import { vngArguments } from '../../../src/machine/vng-command.ts';

describe('the command line of a UML kernel', () => {
  const command = {
    ...{ initramfs: '/c/initramfs', memoryMiB: 64, directory: '/tmp/d' },
    ...{ keepsInitrd: false, skipsIdleTime: false, extraParameters: ['slub_debug=F'] },
  };
  const words = umlArguments(command);

  test('init gets its arguments after all others', () => {
    expect(words.slice(-3)).toEqual(['rdinit=/node', '--', '/init.cjs']);
  });

  test('no console or serial line but ours leads anywhere', () => {
    expect(words.filter((word) => /^(con|ssl)\d*=/.test(word))).toEqual([
      'con=null',
      'con0=null,fd:1',
      'ssl=null',
      'ssl0=fd:3,fd:4',
    ]);
  });

  test('what the kernel is told besides stands before what init is told', () => {
    const at = words.indexOf('slub_debug=F');
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(words.indexOf('--'));
  });

  test('time is skipped where the kernel can', () => {
    expect(words).not.toContain('time-travel');
    expect(umlArguments({ ...command, skipsIdleTime: true })).toContain('time-travel');
  });

  test('the initramfs is kept where that is asked for', () => {
    expect(words).not.toContain('retain_initrd');
    expect(umlArguments({ ...command, keepsInitrd: true })).toContain('retain_initrd');
  });

  test('nothing names a file system or disk of the host', () => {
    expect(words.join(' ')).not.toMatch(/hostfs|ubd|rootflags|root=/);
  });
});

describe('a kernel that watches itself', () => {
  const parametersOf = (config: Record<string, string>) =>
    guestParameters({ facts: { config } } as unknown as Kernel);

  test('checks its slabs, and reports every error', () => {
    const config = { SLUB_DEBUG: 'y', KASAN: 'y', DEBUG_KMEMLEAK: 'y' };
    expect(parametersOf(config)).toEqual(['fb_tunnels=none', 'slub_debug=F', 'kasan_multi_shot']);
  });

  test('is told no more when it has no sanitizer', () => {
    expect(parametersOf({ SLUB_DEBUG: 'y' })).toEqual(['fb_tunnels=none']);
  });
});

describe('the command line of virtme-ng', () => {
  const command = {
    image: '/k/bzImage',
    agent: "/it's here/agent.cjs",
    eventSocket: '/tmp/a,b/events',
    monitorSocket: '/tmp/a,b/monitor',
    accelerator: 'tcg',
    memoryMiB: 512,
    extraParameters: ['slub_debug=F'],
    cpus: 2,
  } as const;
  const words = vngArguments(command);

  test('what the kernel is told besides is on its command line', () => {
    expect(words[words.indexOf('slub_debug=F') - 1]).toBe('--append');
  });

  test('KVM is left out when it is not to be used', () => {
    expect(words).toContain('--disable-kvm');
    expect(vngArguments({ ...command, accelerator: 'kvm' })).not.toContain('--disable-kvm');
  });

  test('the options of QEMU survive a shell, and commas in paths', () => {
    const options = words.find((word) => word.startsWith('--qemu-opts='))!.slice(12);
    const script = `for word in ${options}; do printf '%s\\n' "$word"; done`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim().split('\n')).toEqual([
      '-chardev',
      'socket,id=xfrm-conform,path=/tmp/a,,b/events',
      '-device',
      'virtserialport,chardev=xfrm-conform,name=xfrm-conform',
      '-qmp',
      'unix:/tmp/a,,b/monitor',
    ]);
  });

  test('the script of the guest is a shell’s, and short enough for a kernel command line', () => {
    const script = words.at(-1)!;
    execFileSync('sh', ['-n', '-c', script]);
    expect(Buffer.from(script).toString('base64').length).toBeLessThan(1024);
  });
});
