import { closeSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { decodePfKey, PF_KEY_V2, SADB_X_MIGRATE } from '../netlink/pf-key.ts';
import { call } from './libc.ts';
import { readable } from './poll.ts';

const AF_KEY = 15;
const SOCK_RAW_NONBLOCK_CLOEXEC = 0o2004003;

/**
 * Sends one SADB_X_MIGRATE from the namespace that this thread is in.
 *
 * @returns the positive errno; 0 when it was done; null when nothing came back
 */
export function sendPfKeyMigrate(bytes: Uint8Array): number | null {
  const fd = call('socket', AF_KEY, SOCK_RAW_NONBLOCK_CLOEXEC, PF_KEY_V2);
  try {
    writeSync(fd, bytes);
    // A refusal comes back to the sender; a migration that was done is announced to everybody.
    let answer: number | null = null;
    const buffer = Buffer.alloc(8192);
    while (readable([fd]).length > 0) {
      const { type, errno } = decodePfKey(buffer.subarray(0, readSync(fd, buffer)));
      if (type === SADB_X_MIGRATE) answer = Math.max(answer ?? 0, errno);
    }
    return answer;
  } catch (error) {
    // The kernel may say it in the answer of write() too.
    const { errno } = error as { errno?: number };
    if (errno === undefined || !Object.values(constants.errno).includes(-errno)) throw error;
    return -errno;
  } finally {
    closeSync(fd);
  }
}
