import { constants } from 'node:os';
import type { Received, Transport } from '../case/transport.ts';
import { viewOf } from '../netlink/codec.ts';
import { decodeMessages, NLMSG_DONE, NLMSG_ERROR } from '../netlink/message.ts';
import { call, NativeMemory, SystemError, tryCall } from './libc.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const { EAGAIN, ENOBUFS } = constants.errno;

export const NETLINK_ROUTE = 0;
export const NETLINK_XFRM = 6;

/** The largest datagram of a dump: the kernel fills at most 32 KiB; room for twice that. */
const buffer = new NativeMemory(65536);
const one = NativeMemory.of(Uint8Array.of(1, 0, 0, 0));
const sockaddr = new NativeMemory(12);

/** A netlink socket of the namespace that this thread is in when it is opened. */
export class NetlinkSocket {
  readonly #fd: number;

  constructor(protocol: number, groups = 0) {
    this.#fd = call('socket', AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    if (groups !== 0) this.#bind(groups);
    // A listener gets no acknowledgements; each call costs where the machine is emulated.
    else
      for (const option of [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK])
        call('setsockopt', this.#fd, SOL_NETLINK, option, one, one.bytes.length);
  }

  /** Joins multicast groups; bit n - 1 stands for group n. */
  #bind(groups: number): void {
    sockaddr.bytes.fill(0);
    sockaddr.bytes.writeUInt16LE(AF_NETLINK, 0);
    sockaddr.bytes.writeUInt32LE(groups, 8);
    call('bind', this.#fd, sockaddr, sockaddr.bytes.length);
  }

  /** The datagrams of the answer, or the positive errno with which sending failed. */
  exchange(bytes: Uint8Array): Uint8Array[] | number {
    const memory = bytes.length > buffer.bytes.length ? NativeMemory.of(bytes) : buffer;
    memory.bytes.set(bytes);
    const sent = tryCall('send', this.#fd, memory, bytes.length, 0);
    if (sent < 0) return -sent;
    const sequence = viewOf(bytes).getUint32(8, true);
    const datagrams: Uint8Array[] = [];
    for (;;) {
      // A request is handled inside send(), so the answer is there; without one there is none.
      const datagram = this.receive();
      if (!datagram) return datagrams;
      datagrams.push(datagram);
      if (endsAnswer(datagram, sequence)) return datagrams;
    }
  }

  /** The next datagram; null when there is none now. */
  receive(): Uint8Array | null {
    const length = tryCall('recv', this.#fd, buffer, buffer.bytes.length, MSG_DONTWAIT | MSG_TRUNC);
    if (length === -EAGAIN) return null;
    if (length === -ENOBUFS) throw new SystemError('recv', ENOBUFS, 'netlink messages were lost');
    if (length < 0) throw new SystemError('recv', -length, `errno ${-length}`);
    if (length > buffer.bytes.length)
      throw new SystemError('recv', 0, `a netlink datagram of ${length} bytes`);
    return Uint8Array.from(buffer.bytes.subarray(0, length));
  }

  close(): void {
    call('close', this.#fd);
  }
}

function endsAnswer(datagram: Uint8Array, sequence: number): boolean {
  return decodeMessages(datagram).some(
    (message) =>
      message.sequence === sequence &&
      (message.type === NLMSG_ERROR || message.type === NLMSG_DONE),
  );
}

/** NETLINK_XFRM in one namespace: a socket for requests, and one listener a multicast group. */
export class XfrmTransport implements Transport {
  readonly netns: string;
  readonly #requests = new NetlinkSocket(NETLINK_XFRM);
  readonly #listeners: Map<number, NetlinkSocket>;

  constructor(netns: string, groups: readonly number[]) {
    this.netns = netns;
    this.#listeners = new Map(
      groups.map((group) => [group, new NetlinkSocket(NETLINK_XFRM, 1 << (group - 1))]),
    );
  }

  exchange(bytes: Uint8Array): Uint8Array[] | number {
    return this.#requests.exchange(bytes);
  }

  drain(): Received[] {
    const received: Received[] = [];
    for (const [group, listener] of this.#listeners)
      for (let bytes = listener.receive(); bytes; bytes = listener.receive())
        received.push({ group, bytes });
    return received;
  }

  stopListening(): void {
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
  }

  close(): void {
    this.stopListening();
    this.#requests.close();
  }
}
