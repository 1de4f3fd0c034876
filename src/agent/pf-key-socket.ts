import { closeSync, readSync } from 'node:fs';
import type { PfKeyHeard, PfKeyListener } from '../case/context.ts';
import { toHex } from '../netlink/codec.ts';
import { decodePfKey, PF_KEY_V2, SADB_X_MIGRATE } from '../netlink/pf-key.ts';
import { decodePfKeyMigrate } from '../netlink/pf-key-announcement.ts';
import { readable } from './poll.ts';
import { AF_KEY, openSocket, SOCK_RAW, sendRequest } from './socket.ts';

/**
 * Sends one SADB_X_MIGRATE from the namespace that this thread is in.
 *
 * @returns the positive errno; 0 when it was done; null when nothing came back
 */
export function sendPfKeyMigrate(bytes: Uint8Array): number | null {
  const fd = openPfKey();
  try {
    // The kernel may refuse in the answer of write(), too.
    const errno = sendRequest(fd, bytes);
    if (errno !== 0) return errno;
    // A refusal comes back to the sender; a migration that was done is announced to everybody.
    const answers = readMigrates(fd).map((message) => decodePfKey(message).errno);
    return answers.length === 0 ? null : Math.max(...answers);
  } finally {
    closeSync(fd);
  }
}

/** A PF_KEY socket of the namespace that this thread is in, which only listens. */
export class PfKeySocket implements PfKeyListener {
  readonly #fd = openPfKey();

  read(): PfKeyHeard[] {
    return readMigrates(this.#fd).map((message) => {
      try {
        return decodePfKeyMigrate(message);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return { malformed: error.message, bytes: toHex(message) };
      }
    });
  }

  close(): void {
    closeSync(this.#fd);
  }
}

const openPfKey = () => openSocket(AF_KEY, SOCK_RAW, PF_KEY_V2);

/** Every SADB_X_MIGRATE that has come; other messages are dropped. */
function readMigrates(fd: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const buffer = Buffer.alloc(8192);
  while (readable([fd]).length > 0) {
    const message = Buffer.from(buffer.subarray(0, readSync(fd, buffer)));
    if (decodePfKey(message).type === SADB_X_MIGRATE) messages.push(message);
  }
  return messages;
}
