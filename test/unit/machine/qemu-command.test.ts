import { expect, test } from 'vitest';
import {
  kernelParameters,
  type QemuCommand,
  qemuArguments,
} from '../../../src/machine/qemu-command.ts';

const command: QemuCommand = {
  image: '/k/vmlinux',
  guest: { kind: 'disks', root: '/c/a,b', payload: '/c/payload' },
  disk: 'nvme',
  accelerator: 'tcg',
  memoryMiB: 512,
  fineTimers: false,
  extraParameters: ['module.sig_enforce=1'],
};

const initramfs: QemuCommand = { ...command, guest: { kind: 'initramfs', initramfs: '/c/i' } };

test('a comma in a path does not end the option', () => {
  expect(qemuArguments(command)).toContain('if=none,id=root,format=raw,readonly=on,file=/c/a,,b');
});

test('every disk is read-only: a guest writes to no file of the host', () => {
  const drives = qemuArguments(command).filter((argument) => argument.startsWith('if=none'));
  expect(drives).toHaveLength(2);
  for (const drive of drives) expect(drive).toContain('readonly=on');
});

test('the root is found by its partition, not by a name that depends on timing', () => {
  expect(kernelParameters(command)).toContain('root=PARTUUID=7866726d-01');
  expect(kernelParameters(command)).toContain('XFRM_CONFORM_DISKS=nvme0n1,nvme0n2');
});

test('an initramfs has its init and no root', () => {
  const parameters = kernelParameters(initramfs);
  expect(parameters).toContain('rdinit=/node');
  expect(parameters.join(' ')).not.toMatch(/root=|DISKS/);
  expect(qemuArguments(initramfs)).toEqual(expect.arrayContaining(['-initrd', '/c/i']));
});

test('what the kernel must obey stands before what init is told', () => {
  const parameters = kernelParameters(command);
  expect(parameters.indexOf('module.sig_enforce=1')).toBeLessThan(parameters.indexOf('--'));
  expect(parameters.slice(parameters.indexOf('--'))).toEqual(['--', '/init.cjs']);
});

test('the host CPU is shown to a guest only under KVM', () => {
  expect(qemuArguments(command).join(' ')).toContain('-accel tcg -cpu max');
  expect(qemuArguments({ ...command, accelerator: 'kvm' }).join(' ')).toContain(
    '-accel kvm -cpu host',
  );
});

test('an emulated guest skips the time in which it waits, and its kernel knows the clock', () => {
  const words = qemuArguments(command);
  expect(words[words.indexOf('-icount') + 1]).toBe('shift=0,sleep=off');
  // The time stamp counter counts nanoseconds: 1 GHz.
  expect(kernelParameters(command)).toContain('tsc_early_khz=1000000');
  expect(kernelParameters(command)).toContain('XFRM_CONFORM_EMULATED=1');
});

test("under KVM the clock is the host's", () => {
  const native = { ...command, accelerator: 'kvm' } as const;
  expect(qemuArguments(native)).not.toContain('-icount');
  expect(kernelParameters(native).join(' ')).not.toMatch(
    /tsc_early|EMULATED|noapictimer|blacklist/,
  );
});

test('timers are fine where they must be, without another clock to tell that this one is right', () => {
  const has = (more: Partial<QemuCommand>) =>
    kernelParameters({ ...command, ...more }).includes('tsc=reliable');
  expect(has({ fineTimers: true })).toBe(true);
  expect(has({})).toBe(false);
  expect(has({ fineTimers: true, accelerator: 'kvm' })).toBe(false);
});

test('ACPI is spared a kernel that is emulated', () => {
  const machine = (argv: string[]) => argv[argv.indexOf('-machine') + 1];
  expect(machine(qemuArguments(command))).toBe('pc,acpi=off');
  expect(qemuArguments({ ...command, accelerator: 'kvm' })).not.toContain('-machine');
});
