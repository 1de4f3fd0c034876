import { closeSync, readSync, writeSync } from 'node:fs';
import { decodePfKey, PF_KEY_V2, SADB_X_MIGRATE } from '../netlink/pf-key.ts';
import { readable } from './poll.ts';
import { AF_KEY, failure, openSocket, SOCK_RAW } from './socket.ts';

/**
 * Sends one SADB_X_MIGRATE from the namespace that this thread is in.
 *
 * @returns the positive errno; 0 when it was done; null when nothing came back
 */
export function sendPfKeyMigrate(bytes: Uint8Array): number | null {
  const fd = openSocket(AF_KEY, SOCK_RAW, PF_KEY_V2);
  try {
    // The kernel may refuse in the answer of write(), too.
    const errno = failure(() => writeSync(fd, bytes));
    if (errno !== 0) return errno;
    // A refusal comes back to the sender; a migration that was done is announced to everybody.
    let answer: number | null = null;
    const buffer = Buffer.alloc(8192);
    while (readable([fd]).length > 0) {
      const { type, errno: told } = decodePfKey(buffer.subarray(0, readSync(fd, buffer)));
      if (type === SADB_X_MIGRATE) answer = Math.max(answer ?? 0, told);
    }
    return answer;
  } finally {
    closeSync(fd);
  }
}
