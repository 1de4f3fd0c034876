import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Directories that an ARCH=um build of the test configuration reads files of; others are left out. */
const kept = [
  /^(block|certs|crypto|include|init|io_uring|ipc|kernel|lib|mm|net|scripts|security|usr|virt)\//,
  /^arch\/(um|x86)\//,
  /^drivers\/(base|char|pps|ptp|tty)\//,
  /^drivers\/net\/([^/]+$|netdevsim\/)/,
  /^fs\/([^/]+$|(crypto|debugfs|devpts|hostfs|iomap|kernfs|notify|proc|quota|ramfs|sysfs|verity)\/)/,
  /^Documentation\/networking\/xfrm\//,
  /^[^/]+$/,
];
/** kbuild and kconfig read these everywhere. */
const alwaysKept = /^(?!Documentation\/.*\/)(.*\/)?(Kconfig|Makefile|Kbuild)[^/]*$/;

/** The files of a kernel tree that a UML kernel with XFRM is made of: a sixth of all. */
export function prunedFiles(tree: string): string[] {
  return filesOf(tree).filter(
    (path) => alwaysKept.test(path) || kept.some((one) => one.test(path)),
  );
}

/** All files and links of a tree, as paths relative to it, in a stable order. */
export function filesOf(tree: string, below = ''): string[] {
  const entries = readdirSync(join(tree, below), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.name === '.git') return [];
      return entry.isDirectory() ? filesOf(tree, path) : [path];
    });
}
