import { mkdirSync } from 'node:fs';
import { tryCall } from './libc.ts';

export const debugfs = '/sys/kernel/debug';

/** Mounts it where it belongs; a kernel without it leaves the directory empty. */
export function mountDebugfs(): void {
  mkdirSync(debugfs, { recursive: true });
  tryCall('mount', 'debugfs', debugfs, 'debugfs', 0, '');
}
