import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadedPart } from '../../../src/machine/elf.ts';
import { librariesIn } from '../../../src/machine/guest-files.ts';

test('the loader and the libraries are read off ldd, the vdso is not', () => {
  const output = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f98)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f99)
`;
  expect(librariesIn(output)).toEqual([
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
  ]);
});

test('a missing library is named', () => {
  expect(() => librariesIn('\tlibnode.so.115 => not found\n')).toThrow('libnode.so.115');
});

test('a program without its symbols still runs', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  try {
    const whole = await readFile('/bin/true');
    const loaded = loadedPart(whole);
    expect(loaded.length).toBeLessThan(whole.length);
    await writeFile(join(dir, 'true'), loaded, { mode: 0o755 });
    execFileSync(join(dir, 'true'));
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('what is no program stays as it is', () => {
  const text = Buffer.from('#!/bin/sh\n'.repeat(20));
  expect(loadedPart(text)).toBe(text);
});
