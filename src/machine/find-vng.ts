import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';

/** Path of virtme-ng: the user's own, or what scripts/install-virtme-ng fetched; null without either. */
export function findVng(env: NodeJS.ProcessEnv = process.env): string | null {
  const data = env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local/share');
  return findProgram('vng', [join(data, 'xfrm-conform/virtme-ng/bin')]);
}
