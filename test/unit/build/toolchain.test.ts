import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findToolchain } from '../../../src/kernel/build/toolchain.ts';

const needed = ['gcc', 'ld', 'make', 'flex', 'bison', 'bc', 'perl', 'setpriv', 'flock'];
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** A PATH on which only these programs are, none of them real: the compiler has every header. */
function pathWith(programs: readonly string[]): void {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const script = '#!/bin/sh\necho "gcc (Fake 12.2.0-14) 12.2.0"\necho Copyright\n';
  for (const program of programs) writeFileSync(join(bin, program), script, { mode: 0o755 });
  vi.stubEnv('PATH', bin);
}

test('what is missing is named, with the command that installs it', async () => {
  pathWith(needed.filter((each) => each !== 'flex' && each !== 'bc'));
  await expect(findToolchain('um')).rejects.toThrow(
    /^building a kernel needs packages that are not installed; as root: apt-get install bc flex$/,
  );
});

test('a header that the compiler does not find is named by its package', async () => {
  pathWith(needed);
  const complaint = 'fatal error: libelf.h: No such file or directory';
  const script = `#!/bin/sh\nread -r line\ncase $line in *libelf.h*) echo "${complaint}" >&2; exit 1 ;; esac\n`;
  writeFileSync(join(dir, 'bin', 'gcc'), script, { mode: 0o755 });
  await expect(findToolchain('x86')).rejects.toThrow(/apt-get install libelf-dev$/);
  await expect(findToolchain('um')).resolves.toBeDefined();
});

test('a compiler that does not work is quoted', async () => {
  pathWith(needed);
  const script = '#!/bin/sh\necho "gcc: internal compiler error" >&2\nexit 4\n';
  writeFileSync(join(dir, 'bin', 'gcc'), script, { mode: 0o755 });
  await expect(findToolchain('um')).rejects.toThrow(
    'gcc does not work, so no kernel can be built: gcc: internal compiler error',
  );
});

test('ccache is used where it is', async () => {
  pathWith(needed);
  expect((await findToolchain('um')).cc).toBe('gcc');
  symlinkSync('/bin/true', join(dir, 'bin', 'ccache'));
  expect((await findToolchain('um')).cc).toBe('ccache gcc');
});

test('the compiler is told by its version', async () => {
  pathWith(needed);
  expect((await findToolchain('um')).compiler).toBe('gcc (Fake 12.2.0-14) 12.2.0');
});
