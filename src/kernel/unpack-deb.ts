import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../error.ts';
import { parseControl } from './control.ts';
import { diskSentence } from './disk-error.ts';
import { gatherModules } from './gather-modules.ts';
import { runTool } from './host-tool.ts';

/** Name, version and architecture that a .deb says it has; null when the file is no .deb. */
export async function debIdentity(deb: string, signal: AbortSignal) {
  const options = { signal, timeoutMs: 60_000, package: 'dpkg' };
  const result = await runTool('dpkg-deb', ['-f', deb], options);
  const [control] = parseControl(result.exitCode === 0 ? result.stdout : '');
  const { package: name, version, architecture } = control ?? {};
  return name && version && architecture ? { name, version, architecture } : null;
}

/** Unpack the files of a .deb below `dir`, without its documentation. */
export async function unpackDeb(deb: string, dir: string, signal: AbortSignal): Promise<void> {
  await mkdir(dir, { recursive: true });
  const script =
    '{ dpkg-deb --fsys-tarfile "$1" || echo FAILED >&2; } | tar -xf - -C "$2" --no-same-owner --exclude=./usr/share';
  const options = { signal, timeoutMs: 300_000 };
  const result = await runTool('sh', ['-c', script, 'sh', deb, dir], options);
  if (result.exitCode === 0 && !result.stderr.includes('FAILED')) return;
  const why = result.stderr.trim().split('\n')[0];
  // Whoever knows the cache says in a sentence that the disk is full.
  if (diskSentence(result.stderr, dir)) throw new Error(result.stderr);
  throw new HarnessError(`The package ${deb.split('/').at(-1)} cannot be unpacked: ${why}`);
}

/** The parts of a kernel that unpacked packages hold; null for those that are missing. */
export interface UnpackedFiles {
  image: string | null;
  config: string | null;
  systemMap: string | null;
  /** …/lib/modules/V with kernel/ in it. */
  modulesDir: string | null;
}

/** Find the kernel in unpacked packages, wherever this release of Debian puts its files. */
export async function findUnpacked(tree: string): Promise<UnpackedFiles> {
  const boot = await list(join(tree, 'boot'));
  // One of the two is a link to the other, on a system; packages have either.
  const roots = [join(tree, 'usr/lib/modules'), join(tree, 'lib/modules')];
  const versions = (await Promise.all(roots.map(list))).flat();
  const inModules = (await Promise.all(versions.map(list))).flat();
  const find = (name: string) =>
    inModules.find((path) => path.endsWith(`/${name}`)) ??
    boot.find((path) => path.startsWith(join(tree, 'boot', `${name}-`))) ??
    null;
  const kernelDir = inModules.find((path) => path.endsWith('/kernel'));
  return {
    image: find('vmlinuz'),
    config: find('config'),
    systemMap: find('System.map'),
    modulesDir: kernelDir ? kernelDir.slice(0, -'/kernel'.length) : null,
  };
}

async function list(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.map((name) => join(dir, name));
}

/** Move what the harness uses from unpacked packages into a cache entry. */
export async function collectUnpacked(
  found: UnpackedFiles & { image: string; modulesDir: string },
  dir: string,
  signal: AbortSignal,
): Promise<void> {
  await rename(found.image, join(dir, 'vmlinuz'));
  if (found.config) await rename(found.config, join(dir, 'config'));
  if (found.systemMap) await rename(found.systemMap, join(dir, 'System.map'));
  await mkdir(join(dir, 'modules'));
  await gatherModules(found.modulesDir, join(dir, 'modules'), signal);
  await rm(join(dir, 'unpacked'), { recursive: true, force: true });
  if ((await stat(join(dir, 'vmlinuz'))).size === 0) {
    throw new HarnessError('The package holds an empty kernel image.');
  }
}
