import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../error.ts';
import { loadedPart } from './elf.ts';
import { projectFile } from './project-file.ts';

/** A file that goes into a guest. */
export interface GuestFile {
  /** Path in the guest, without a leading slash. */
  path: string;
  mode: number;
  /** Read when it is needed: Node alone is 90 MB. */
  read: () => Promise<Uint8Array>;
  /** File of the host that it is made from. */
  source: string;
}

/** Where the guest's init finds the agent, the modules and `boot.json`. */
export const payloadDir = 'payload';

/** Directories that a guest's root has besides those of its files: mount points. */
export const mountPoints = ['dev', 'proc', 'sys', 'tmp', 'run', payloadDir];

const addonPackage = '@yuuang/ffi-rs-linux-x64-gnu';

/**
 * What every guest needs whatever its kernel: this very Node, ffi-rs's addon, the shared libraries
 * of both, and init. Throws a HarnessError when one of them is not there.
 */
export async function commonFiles(): Promise<GuestFile[]> {
  const addon = addonPath();
  const programs = [
    file('node', process.execPath, 0o755, async (bytes) => loadedPart(bytes)),
    file(`node_modules/${addonPackage}/index.node`, addon, 0o755),
    file(
      `node_modules/${addonPackage}/package.json`,
      join(dirname(addon), 'package.json'),
      0o644,
      addonManifest,
    ),
    file('init.cjs', projectFile('vm/init.cjs'), 0o644),
  ];
  const libraries = await sharedLibraries([process.execPath, addon]);
  return [...programs, ...libraries.map((path) => file(path.slice(1), path, 0o755))];
}

function file(
  path: string,
  source: string,
  mode: number,
  change: (bytes: Buffer) => Promise<Uint8Array> = async (bytes) => bytes,
): GuestFile {
  return { path, source, mode, read: async () => change(await readFile(source)) };
}

async function addonManifest(): Promise<Uint8Array> {
  return Buffer.from(JSON.stringify({ name: addonPackage, main: 'index.node' }));
}

function addonPath(): string {
  try {
    return createRequire(import.meta.url).resolve(addonPackage);
  } catch (error) {
    throw new HarnessError(
      `The package ${addonPackage} is not installed (npm ci brings it on 64-bit x86 with glibc).`,
      error,
    );
  }
}

/** Absolute paths of the loader and the libraries that some programs need, as ldd(1) finds them. */
async function sharedLibraries(programs: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(programs.map(librariesOf));
  return [...new Set(lists.flat())];
}

async function librariesOf(program: string): Promise<string[]> {
  const { stdout, failed, shortMessage } = await execa('ldd', [program], {
    reject: false,
    env: { LC_ALL: 'C' },
    timeout: 20_000,
  });
  if (failed) {
    throw new HarnessError(
      `ldd cannot tell which libraries ${program} needs (${shortMessage}): install the package libc-bin, and a Node that is linked with glibc.`,
    );
  }
  return librariesIn(stdout);
}

/** The paths in ldd's output; throws a HarnessError when a library is missing. */
export function librariesIn(lddOutput: string): string[] {
  const missing = /^\s*(\S+) => not found/m.exec(lddOutput);
  if (missing) throw new HarnessError(`The library ${missing[1]} that a guest needs is missing.`);
  return [...lddOutput.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map((match) => match[1]!);
}
