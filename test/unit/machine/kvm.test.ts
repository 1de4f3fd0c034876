import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Kvm } from '../../../src/machine/kvm.ts';

let dir: string;
let qemu: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  qemu = join(dir, 'qemu');
  await writeFile(qemu, '');
});
afterEach(() => rm(dir, { recursive: true }));

const present = () => new Kvm(dir, qemu, '/dev/null');

test('untried until somebody has tried, then as it was', async () => {
  expect(await present().verdict()).toEqual({ verdict: 'untried', reason: '' });
  await present().remember('broken', 'emulation failure');
  expect(await present().verdict()).toEqual({ verdict: 'broken', reason: 'emulation failure' });
  await present().remember('works', '');
  expect(await present().verdict()).toEqual({ verdict: 'works', reason: '' });
});

test('another QEMU has to try again', async () => {
  await present().remember('broken', 'x');
  await utimes(qemu, 1, 1);
  expect((await present().verdict()).verdict).toBe('untried');
});

test('a broken memory is none', async () => {
  await writeFile(join(dir, 'kvm.json'), '{"host":');
  expect((await present().verdict()).verdict).toBe('untried');
});

test('no device, no KVM', async () => {
  expect(await new Kvm(dir, qemu, '/nowhere/kvm').verdict()).toEqual({
    verdict: 'absent',
    reason: 'there is no /nowhere/kvm',
  });
});

test('a cache that cannot be written is no error', async () => {
  await chmod(dir, 0o500);
  await new Kvm(join(dir, 'qemu'), qemu, '/dev/null').remember('works', '');
});
