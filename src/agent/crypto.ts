import { readFileSync } from 'node:fs';
import { SetupError } from '../case/xfrm-client.ts';
import { encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../netlink/message.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const NETLINK_CRYPTO = 21;
const CRYPTO_MSG_UPDATEALG = 0x12;
const nameBytes = 64;
/** `struct crypto_user_alg`: three names, then type, mask, reference count and flags. */
const userAlgBytes = 3 * nameBytes + 16;

/** What is built of others: the parts of AES-GCM for ESP, and of AES-CBC with HMAC. */
const parts = {
  'aes-gcm': /^(ctr\(aes\)|ghash|gcm\(aes\)|rfc4106\(gcm\(aes\)\))$/,
  'aes-cbc': /^(cbc\(aes\)|hmac\(sha256\)|authenc\(hmac\(sha256\),cbc\(aes\)\))$/,
} as const;

/**
 * Makes the kernel forget what it has built these of (needs CRYPTO_USER, and to be root): the next SA
 * waits until a thread of the kernel has built it anew. SAs that are there keep theirs.
 */
export function forget(algorithm: keyof typeof parts): void {
  const socket = NetlinkSocket.open(NETLINK_CRYPTO);
  try {
    let sequence = 0;
    for (const { name, driver } of algorithms()) {
      if (!parts[algorithm].test(name)) continue;
      const header = Buffer.alloc(userAlgBytes);
      header.write(name, 0, 'latin1');
      header.write(driver, nameBytes, 'latin1');
      const flags = NLM_F_REQUEST | NLM_F_ACK;
      const type = CRYPTO_MSG_UPDATEALG;
      sequence++;
      socket.exchange(encodeMessage({ type, flags, sequence, portid: 0, payload: header }));
    }
    if (sequence === 0) throw new SetupError(`the kernel has no ${algorithm} to forget`);
  } finally {
    socket.close();
  }
}

/** Every algorithm that the kernel has registered (/proc/crypto). */
function algorithms(): { name: string; driver: string }[] {
  const blocks = readFileSync('/proc/crypto', 'latin1').split('\n\n');
  return blocks.flatMap((block) => {
    const [name, driver] = ['name', 'driver'].map(
      (key) => new RegExp(`^${key} +: (.*)$`, 'm').exec(block)?.[1],
    );
    return name && driver ? [{ name, driver }] : [];
  });
}
