import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debugfs } from './debugfs.ts';

/**
 * What every profiled object has counted since the boot (Documentation/dev-tools/gcov.rst): files in
 * gcov's format, named by the path of the object on the machine that built the kernel. None on a
 * kernel without CONFIG_GCOV_KERNEL.
 */
export function* coverageFiles(): Generator<{ path: string; base64: string }> {
  const root = debugfs('gcov');
  if (root === null) return;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.gcda')) continue;
    const file = join(entry.parentPath, entry.name);
    yield { path: file.slice(root.length), base64: readFileSync(file, 'base64') };
  }
}
