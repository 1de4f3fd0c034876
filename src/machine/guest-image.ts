import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { type CacheOptions, cachedEntry } from '../kernel/cache.ts';
import { type CpioEntry, cpioPieces } from './cpio.ts';
import { findProgram } from './find-program.ts';
import { digest, fingerprint } from './fingerprint.ts';
import { commonFiles, type GuestFile, mountPoints, payloadDir } from './guest-files.ts';
import { withoutSignature } from './module-signature.ts';
import type { ModuleFile } from './modules.ts';
import { masterBootRecord, partitionStart } from './partition.ts';

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
  /** Whether the modules keep their signatures. Each that is there takes a guest 20 ms to verify. */
  signedModules: boolean;
}

const directoryMode = 0o040755;
const fileMode = 0o100000;

/** The root's disk signature: "xfrm". Kernels name disks in the order in which they answer. */
export const rootSignature = 0x7866726d;

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

/**
 * Everything in one initramfs, for kernels that cannot read our disks; made once and cached.
 *
 * What all guests share is compressed with lz4 where the kernel reads that (CONFIG_RD_LZ4) and the
 * host has it: the kernel zeroes, reads and copies less, which saves more than unpacking takes.
 */
export async function guestInitramfs(
  content: GuestContent & { readsLz4?: boolean },
  cache: CacheOptions,
): Promise<GuestImage> {
  const lz4 = content.readsLz4 ? findProgram('lz4') : null;
  const files = await commonFiles();
  const payload = await payloadFiles(content);
  const name = `${lz4 ? 'lz4' : 'plain'}-${await commonKey(files)}`;
  const key = digest([name, contentKey(payload)]);
  const dir = await cachedEntry(
    {
      name: `guests/initramfs-${key}`,
      fill: async (dir) => {
        const common = await commonArchive(name, files, lz4, cache);
        const initramfs = join(dir, 'initramfs');
        // Unpacked one after the other; what follows lz4 would be taken for more of it.
        await writePieces(initramfs, cpioPieces(cpioEntries(payload)));
        await pipeline(createReadStream(common), createWriteStream(initramfs, { flags: 'a' }));
      },
    },
    cache,
  );
  return { kind: 'initramfs', initramfs: join(dir, 'initramfs') };
}

/** Node and its libraries as an archive, compressed when there is an lz4. */
async function commonArchive(
  name: string,
  files: readonly GuestFile[],
  lz4: string | null,
  cache: CacheOptions,
): Promise<string> {
  const dir = await cachedEntry(
    {
      name: `guests/${name}`,
      fill: async (dir) => {
        const archive = join(dir, 'archive');
        await writePieces(archive, cpioPieces(cpioEntries(await loaded(files))));
        if (!lz4) return;
        // The legacy format is the one that the kernel reads.
        const args = ['-q', '-l', '-3', '--rm', archive, `${archive}.lz4`];
        await runMaker(lz4, args, 'the archive of the guest', cache.signal);
        await rename(`${archive}.lz4`, archive);
      },
    },
    cache,
  );
  return join(dir, 'archive');
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
      name: `guests/root-${await commonKey(files)}`,
      fill: async (dir) => makeRootDisk(join(dir, 'disk'), await loaded(files), cache),
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
      name: `guests/payload-${contentKey(files)}`,
      fill: async (dir) => {
        await makeFileSystem({ disk: join(dir, 'disk'), offset: 0, files, dirs: [] }, cache);
      },
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
      data: content.signedModules ? await readFile(path) : withoutSignature(await readFile(path)),
    })),
  );
  const boot = { port: content.port, modules: content.modules.map(({ path }) => basename(path)) };
  return [
    { path: `${payloadDir}/agent.cjs`, mode: 0o644, data: await readFile(content.agent) },
    ...(await compiledAgent(content.agent)),
    { path: `${payloadDir}/boot.json`, mode: 0o644, data: Buffer.from(JSON.stringify(boot)) },
    ...modules,
  ];
}

/** The agent's bytecode, where the bundle comes with it. */
async function compiledAgent(agent: string): Promise<LoadedFile[]> {
  const data = await readFile(agent.replace(/cjs$/, 'code')).catch(() => null);
  return data ? [{ path: `${payloadDir}/agent.code`, mode: 0o644, data }] : [];
}

async function loaded(files: readonly GuestFile[]): Promise<LoadedFile[]> {
  return Promise.all(
    files.map(async ({ path, mode, read }) => ({ path, mode, data: await read() })),
  );
}

async function makeRootDisk(
  disk: string,
  files: readonly LoadedFile[],
  cache: CacheOptions,
): Promise<void> {
  const fileSystem = { disk, offset: partitionStart, files, dirs: mountPoints };
  const size = await makeFileSystem(fileSystem, cache);
  const record = masterBootRecord(rootSignature, size);
  await writeFile(disk, record, { flag: 'r+' });
}

interface FileSystem {
  disk: string;
  /** Where it starts on the disk, in bytes. */
  offset: number;
  files: readonly LoadedFile[];
  /** Directories besides those of the files. */
  dirs: readonly string[];
}

/** Make an ext4 file system in a sparse file; returns the size of the file in bytes. */
async function makeFileSystem(fileSystem: FileSystem, cache: CacheOptions): Promise<number> {
  const { disk, offset, files, dirs } = fileSystem;
  const tree = `${disk}.tree`;
  await mkdir(tree);
  for (const dir of [...dirs, ...parentsOf(files)]) {
    await mkdir(join(tree, dir), { recursive: true });
  }
  for (const { path, mode, data } of files) await writeFile(join(tree, path), data, { mode });
  const bytes = files.reduce((sum, { data }) => sum + data.length + 2 * blockBytes, 0);
  const blocks = Math.ceil((bytes * 1.1) / blockBytes) + 512;
  const size = offset + blocks * blockBytes;
  await writeFile(disk, '');
  await truncate(disk, size);
  const options = [
    ...['-q', '-F', '-t', 'ext4', '-b', String(blockBytes), '-m', '0'],
    ...['-O', '^has_journal,^resize_inode'],
    ...['-E', `root_owner=0:0,lazy_itable_init=1,offset=${offset}`],
  ];
  await makeExt4([...options, '-d', tree, disk, String(blocks)], cache.signal);
  await rm(tree, { recursive: true });
  return size;
}

const blockBytes = 4096;

async function makeExt4(args: readonly string[], signal: AbortSignal): Promise<void> {
  const program = findProgram('mke2fs', adminDirs) ?? 'mke2fs';
  await runMaker(program, args, "the guest's disk", signal);
}

async function runMaker(
  program: string,
  args: readonly string[],
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const { failed, stderr, shortMessage } = await execa(program, args, {
    reject: false,
    cancelSignal: signal,
    env: { LC_ALL: 'C' },
    timeout: 120_000,
  });
  signal.throwIfAborted();
  // No HarnessError: the words of a full disk must reach the cache, which knows what to advise.
  if (failed)
    throw new Error(`${basename(program)} could not make ${what}: ${stderr || shortMessage}`);
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

function contentKey(files: readonly LoadedFile[]): string {
  return digest(
    files.flatMap(({ path, mode, data }) => [`${path} ${mode} ${data.length}\n`, data]),
  );
}

function commonKey(files: readonly GuestFile[]): Promise<string> {
  const places = files.map(({ path, mode }) => `${path} ${mode}`);
  return fingerprint(
    files.map(({ source }) => source),
    places,
  );
}
