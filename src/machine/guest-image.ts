import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../error.ts';
import { type CacheOptions, cachedEntry } from '../kernel/cache.ts';
import { type CpioEntry, cpioPieces } from './cpio.ts';
import { findProgram } from './find-program.ts';
import { commonFiles, type GuestFile, mountPoints, payloadDir } from './guest-files.ts';
import type { ModuleFile } from './modules.ts';

/** What a guest boots from: two disks that it reads as it needs them, or one initramfs. */
export type GuestImage =
  | { kind: 'disks'; root: string; payload: string }
  | { kind: 'initramfs'; initramfs: string };

export interface GuestContent {
  /** Path of the agent's bundle. */
  agent: string;
  /** In the order in which they are loaded. */
  modules: readonly ModuleFile[];
  /** Where the agent finds its port. */
  port: string;
}

/** Raised whenever the same inputs give other images. */
const formatVersion = 1;

const directoryMode = 0o040755;
const fileMode = 0o100000;

/** Where Debian keeps mke2fs; it is not on a user's PATH. */
const adminDirs = ['/usr/sbin', '/sbin'];

/** Whether disks can be made on this host. */
export function canMakeDisks(): boolean {
  return findProgram('mke2fs', adminDirs) !== null;
}

/**
 * The two disks of a guest, made once and cached: one with what all guests share (Node and its
 * libraries), one with the agent and the modules. Disks rather than an initramfs because a kernel
 * copies all of an initramfs, and reads of a disk only what it uses.
 */
export async function guestDisks(content: GuestContent, cache: CacheOptions): Promise<GuestImage> {
  const [root, payload] = await Promise.all([rootDisk(cache), payloadDisk(content, cache)]);
  return { kind: 'disks', root, payload };
}

/** Everything in one initramfs, for kernels that cannot read our disks; made once and cached. */
export async function guestInitramfs(
  content: GuestContent,
  cache: CacheOptions,
): Promise<GuestImage> {
  const files = await commonFiles();
  const payload = await payloadFiles(content);
  const key = hash([await identity(files), contentHash(payload)]);
  const dir = await cachedEntry(
    {
      name: `guests/initramfs-${key}`,
      fill: async (dir) => {
        const all = [...(await loaded(files)), ...payload];
        await writePieces(join(dir, 'initramfs'), cpioPieces(cpioEntries(all)));
      },
    },
    cache,
  );
  return { kind: 'initramfs', initramfs: join(dir, 'initramfs') };
}

interface LoadedFile {
  path: string;
  mode: number;
  data: Uint8Array;
}

async function rootDisk(cache: CacheOptions): Promise<string> {
  const files = await commonFiles();
  const dir = await cachedEntry(
    {
      name: `guests/root-${hash([await identity(files)])}`,
      fill: async (dir) => makeDisk(join(dir, 'disk'), await loaded(files), mountPoints, cache),
    },
    cache,
  );
  return join(dir, 'disk');
}

async function payloadDisk(content: GuestContent, cache: CacheOptions): Promise<string> {
  const files = (await payloadFiles(content)).map((file) => ({
    ...file,
    path: file.path.slice(payloadDir.length + 1),
  }));
  const dir = await cachedEntry(
    {
      name: `guests/payload-${hash([contentHash(files)])}`,
      fill: (dir) => makeDisk(join(dir, 'disk'), files, [], cache),
    },
    cache,
  );
  return join(dir, 'disk');
}

async function payloadFiles(content: GuestContent): Promise<LoadedFile[]> {
  const modules = await Promise.all(
    content.modules.map(async ({ path }) => ({
      path: `${payloadDir}/modules/${basename(path)}`,
      mode: 0o644,
      data: await readFile(path),
    })),
  );
  const boot = { port: content.port, modules: content.modules.map(({ path }) => basename(path)) };
  return [
    { path: `${payloadDir}/agent.cjs`, mode: 0o644, data: await readFile(content.agent) },
    { path: `${payloadDir}/boot.json`, mode: 0o644, data: Buffer.from(JSON.stringify(boot)) },
    ...modules,
  ];
}

async function loaded(files: readonly GuestFile[]): Promise<LoadedFile[]> {
  return Promise.all(
    files.map(async ({ path, mode, read }) => ({ path, mode, data: await read() })),
  );
}

/** An ext4 file system without a journal, in a sparse file. */
async function makeDisk(
  disk: string,
  files: readonly LoadedFile[],
  dirs: readonly string[],
  cache: CacheOptions,
): Promise<void> {
  const tree = `${disk}.tree`;
  await mkdir(tree);
  for (const dir of [...dirs, ...parentsOf(files)]) {
    await mkdir(join(tree, dir), { recursive: true });
  }
  for (const { path, mode, data } of files) await writeFile(join(tree, path), data, { mode });
  const bytes = files.reduce((sum, { data }) => sum + data.length + 8192, 0);
  const size = Math.ceil((bytes * 1.1 + 2 * 1024 * 1024) / 4096) * 4096;
  await writeFile(disk, '');
  await truncate(disk, size);
  const { failed, stderr, shortMessage } = await execa(
    findProgram('mke2fs', adminDirs) ?? 'mke2fs',
    [
      '-q',
      '-F',
      '-t',
      'ext4',
      '-b',
      '4096',
      '-m',
      '0',
      '-O',
      '^has_journal,^resize_inode',
      '-E',
      'root_owner=0:0,lazy_itable_init=1',
      '-d',
      tree,
      disk,
    ],
    { reject: false, cancelSignal: cache.signal, env: { LC_ALL: 'C' }, timeout: 120_000 },
  );
  cache.signal.throwIfAborted();
  if (failed) {
    // The words of a full disk must reach diskError, which knows what to advise.
    throw new HarnessError(`mke2fs could not make the guest's disk: ${stderr || shortMessage}.`);
  }
  await rm(tree, { recursive: true });
}

function cpioEntries(files: readonly LoadedFile[]): CpioEntry[] {
  const dirs = [...mountPoints, ...parentsOf(files)];
  return [
    ...[...new Set(dirs)].sort().map((path) => ({ path, mode: directoryMode })),
    // The kernel opens it for init's fds 0 to 2 before anything is mounted.
    { path: 'dev/console', mode: 0o020600, device: { major: 5, minor: 1 } },
    ...files.map(({ path, mode, data }) => ({ path, mode: fileMode | mode, data })),
  ];
}

function parentsOf(files: readonly { path: string }[]): string[] {
  const parents = new Set<string>();
  for (const { path } of files) {
    for (let dir = dirname(path); dir !== '.'; dir = dirname(dir)) parents.add(dir);
  }
  return [...parents].sort();
}

async function writePieces(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const piece of pieces) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

/** Tells big files that do not change under one name apart without reading them: as make does. */
async function identity(files: readonly GuestFile[]): Promise<string> {
  const parts = await Promise.all(
    files.map(async ({ path, mode, source }) => {
      const { size, mtimeMs, ino, dev } = await stat(source);
      return [path, mode, source, size, mtimeMs, ino, dev].join(' ');
    }),
  );
  return parts.join('\n');
}

function contentHash(files: readonly LoadedFile[]): string {
  return hash(files.flatMap(({ path, mode, data }) => [`${path} ${mode} ${data.length}\n`, data]));
}

function hash(parts: readonly (string | Uint8Array)[]): string {
  const sha = createHash('sha256').update(`${formatVersion}\n`);
  for (const part of parts) sha.update(part);
  return sha.digest('hex').slice(0, 32);
}
