import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../../error.ts';

/** What a kernel build calls or includes, and the Debian package that has it. */
const programs: Readonly<Record<string, string>> = {
  gcc: 'gcc',
  ld: 'binutils',
  make: 'make',
  flex: 'flex',
  bison: 'bison',
  bc: 'bc',
  perl: 'perl',
  setpriv: 'util-linux',
  flock: 'util-linux',
};
const headers: Readonly<Record<string, string>> = { 'stdio.h': 'libc6-dev' };
/** objtool, which x86 builds make first, reads ELF files. */
const x86Headers: Readonly<Record<string, string>> = { 'libelf.h': 'libelf-dev' };

export interface Toolchain {
  /** First line of `gcc --version`: a kernel built by another compiler is another kernel. */
  compiler: string;
  /** What to hand to make as CC. */
  cc: string;
}

/**
 * Finds the compiler and checks that everything a build needs is installed. Throws a HarnessError
 * that names what is missing and the command that installs it, or says that gcc itself is broken.
 */
export async function findToolchain(arch: 'um' | 'x86'): Promise<Toolchain> {
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (!(await isOnPath(program))) missing.push(debianPackage);
  }
  throwForMissing(missing);
  const version = execa('gcc', ['--version'], { stdin: 'ignore', reject: false });
  throwForMissing(await packagesOfMissingHeaders(arch));
  const cc = (await isOnPath('ccache')) ? 'ccache gcc' : 'gcc';
  return { compiler: (await version).stdout?.split('\n')[0] || 'gcc', cc };
}

function throwForMissing(packages: readonly string[]): void {
  if (packages.length === 0) return;
  const names = [...new Set(packages)].sort().join(' ');
  throw new HarnessError(
    `building a kernel needs packages that are not installed; as root: apt-get install ${names}`,
  );
}

async function packagesOfMissingHeaders(arch: 'um' | 'x86'): Promise<string[]> {
  const wanted = { ...headers, ...(arch === 'x86' ? x86Headers : {}) };
  const checks = Object.entries(wanted).map(async ([header, debianPackage]) => {
    const input = `#include <${header}>\n`;
    const options = { input, reject: false, env: { LC_ALL: 'C' } } as const;
    const { failed, stderr } = await execa('gcc', ['-E', '-x', 'c', '-'], options);
    if (!failed) return [];
    if (stderr.includes(`${header}: No such file or directory`)) return [debianPackage];
    const words = stderr.split('\n')[0] || 'it fails without a word';
    throw new HarnessError(`gcc does not work, so no kernel can be built: ${words}`);
  });
  return (await Promise.all(checks)).flat();
}

async function isOnPath(program: string): Promise<boolean> {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    try {
      await access(join(dir, program), constants.X_OK);
      return true;
    } catch {
      // Not in this one.
    }
  }
  return false;
}
