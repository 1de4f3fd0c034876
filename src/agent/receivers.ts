import { constants } from 'node:os';
import { SystemError } from './libc.ts';
import { MachineCode, type PreparedCalls } from './machine-code.ts';

const SYS_recvmmsg = 299;
const MSG_DONTWAIT = 0x40;
const { EAGAIN, ENOBUFS } = constants.errno;

/** How many datagrams of a socket are taken at a time: more than most cases cause. */
const batch = 4;
/** Twice what the kernel puts into one. */
const datagramBytes = 65536;
/** `struct mmsghdr`: struct msghdr (iov at 16, iovlen at 24, flags at 48), unsigned int msg_len, padding. */
const at = { iov: 16, iovlen: 24, length: 56, next: 64 } as const;
const iovecBytes = 16;

/** Where the datagrams of one socket are put. */
class Inbox {
  readonly headers: number;
  readonly #headers: Buffer;
  readonly #datagrams: Buffer;

  constructor(code: MachineCode) {
    const headers = code.reserve(batch * at.next);
    const vectors = code.reserve(batch * iovecBytes);
    const datagrams = code.reserve(batch * datagramBytes);
    for (let i = 0; i < batch; i++) {
      vectors.bytes.writeUIntLE(datagrams.address + i * datagramBytes, i * iovecBytes, 6);
      vectors.bytes.writeUIntLE(datagramBytes, i * iovecBytes + 8, 6);
      headers.bytes.writeUIntLE(vectors.address + i * iovecBytes, i * at.next + at.iov, 6);
      headers.bytes.writeUIntLE(1, i * at.next + at.iovlen, 6);
    }
    this.headers = headers.address;
    this.#headers = headers.bytes;
    this.#datagrams = datagrams.bytes;
  }

  /** A copy of the ith datagram. */
  datagram(i: number): Uint8Array {
    const length = this.#headers.readUInt32LE(i * at.next + at.length);
    // What does not fit is cut off silently.
    if (length === datagramBytes)
      throw new SystemError('recvmmsg', 0, `a netlink datagram of ${length} bytes or more`);
    const start = i * datagramBytes;
    return new Uint8Array(this.#datagrams.subarray(start, start + length));
  }
}

const inboxes: Inbox[] = [];
const prepared = new Map<number, PreparedCalls>();

function callsFor(count: number): PreparedCalls {
  const earlier = prepared.get(count);
  if (earlier) return earlier;
  const code = MachineCode.get();
  while (inboxes.length < count) inboxes.push(new Inbox(code));
  const headers = inboxes.slice(0, count).map((inbox) => inbox.headers);
  const calls = code.prepare(
    headers.map((address) => [SYS_recvmmsg, 0, address, batch, MSG_DONTWAIT, 0]),
  );
  prepared.set(count, calls);
  return calls;
}

/**
 * Everything that netlink sockets hold now, in the order in which it comes when one datagram of each is
 * read in turn: one call through ffi for all, which is what a single read of one costs.
 *
 * @returns datagrams, each with the index of its socket. Throws a SystemError where some were lost; what is
 *   lost while they are read, the next call tells.
 */
export function receiveAll(fds: readonly number[]): { from: number; bytes: Uint8Array }[] {
  const received: { from: number; bytes: Uint8Array }[] = [];
  if (fds.length === 0) return received;
  const calls = callsFor(fds.length);
  for (let i = 0; i < fds.length; i++) calls.setFirst(i, fds[i]!);
  for (let most = batch; most === batch; ) {
    calls.run();
    most = 0;
    for (let i = 0; i < fds.length; i++) most = Math.max(most, countOf(calls.result(i)));
    for (let n = 0; n < most; n++)
      for (let from = 0; from < fds.length; from++)
        if (n < calls.result(from)) received.push({ from, bytes: inboxes[from]!.datagram(n) });
  }
  return received;
}

function countOf(result: number): number {
  if (result >= 0) return result;
  if (result === -EAGAIN) return 0;
  const text = result === -ENOBUFS ? 'netlink messages were lost' : `errno ${-result}`;
  throw new SystemError('recvmmsg', -result, text);
}
