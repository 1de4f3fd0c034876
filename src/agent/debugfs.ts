import { existsSync, mkdirSync } from 'node:fs';
import { tryCall } from './libc.ts';

const root = '/sys/kernel/debug';

/** Path of what a part of the kernel has in debugfs, which is mounted for it; null: it has nothing. */
export function debugfs(name: string): string | null {
  const path = `${root}/${name}`;
  if (existsSync(path)) return path;
  mkdirSync(root, { recursive: true });
  tryCall('mount', 'debugfs', root, 'debugfs', 0, '');
  return existsSync(path) ? path : null;
}
