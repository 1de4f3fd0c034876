import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import type { Received, Transport } from '../case/transport.ts';
import { viewOf } from '../netlink/codec.ts';
import { endsAnswer } from '../netlink/message.ts';
import { call, NativeMemory, SystemError } from './libc.ts';
import { readable } from './poll.ts';
import { receiveAll } from './receivers.ts';
import { AF_NETLINK, failure, openSocket, SOCK_RAW, sendRequest } from './socket.ts';

export const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
/** Options of a socket that asks. A listener gets no acknowledgements. */
export const answerOptions = [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] as const;
const { EAGAIN, ENOBUFS } = constants.errno;

export const NETLINK_ROUTE = 0;
export const NETLINK_XFRM = 6;

/** The largest datagram of a dump: the kernel fills at most 32 KiB; room for twice that. */
const buffer = new Uint8Array(65536);
const one = NativeMemory.of(Uint8Array.of(1, 0, 0, 0));
const sockaddr = new NativeMemory(12);

/**
 * `struct sockaddr_nl`, host byte order, of a socket that joins multicast groups.
 *
 * @param groups bit n - 1 stands for group n
 * @param portid of the socket; 0 leaves it to the kernel
 */
export function netlinkAddress(groups: number, portid = 0): Buffer {
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(portid, 4);
  address.writeUInt32LE(groups, 8);
  return address;
}

/**
 * A netlink socket, not blocking, of the namespace that this thread is in when it is opened. It is read
 * and written as a file: read() and write() do what recv() and send() without flags do (socket(7)).
 */
export class NetlinkSocket {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** One that asks: its answers have an extack. */
  static open(protocol: number): NetlinkSocket {
    return new NetlinkSocket(openSocket(AF_NETLINK, SOCK_RAW, protocol)).withAnswers();
  }

  /** One that listens; `groups` and `portid` are those of netlinkAddress. */
  static listening(protocol: number, groups: number, portid = 0): NetlinkSocket {
    const socket = new NetlinkSocket(openSocket(AF_NETLINK, SOCK_RAW, protocol));
    sockaddr.bytes.set(netlinkAddress(groups, portid));
    call('bind', socket.fd, sockaddr, sockaddr.bytes.length);
    return socket;
  }

  /** Has the kernel tell more in its answers. */
  withAnswers(): this {
    for (const option of answerOptions)
      call('setsockopt', this.fd, SOL_NETLINK, option, one, one.bytes.length);
    return this;
  }

  /** The datagrams of the answer, or the positive errno with which sending failed. */
  exchange(bytes: Uint8Array): Uint8Array[] | number {
    const errno = this.send(bytes);
    return errno === 0 ? this.answer(viewOf(bytes).getUint32(8, true)) : errno;
  }

  /**
   * The datagrams of the answer to the request of this sequence number, which was sent.
   *
   * @param mayBeLost the kernel may have lacked the memory for one (ENOBUFS): then there is none
   */
  answer(sequence: number, { mayBeLost = false } = {}): Uint8Array[] {
    const datagrams: Uint8Array[] = [];
    for (;;) {
      // A request is handled inside send(), so the answer is there; without one there is none.
      const datagram = mayBeLost ? this.#receiveIfKept() : this.receive();
      if (!datagram) return datagrams;
      datagrams.push(datagram);
      if (endsAnswer(datagram, sequence)) return datagrams;
    }
  }

  #receiveIfKept(): Uint8Array | null {
    try {
      return this.receive();
    } catch (error) {
      if (error instanceof SystemError && error.errno === ENOBUFS) return null;
      throw error;
    }
  }

  /** Sends a datagram; 0, or the positive errno with which that failed. */
  send(bytes: Uint8Array): number {
    return sendRequest(this.fd, bytes);
  }

  /** The next datagram; null when there is none now. */
  receive(): Uint8Array | null {
    let length = 0;
    const errno = failure(() => {
      length = readSync(this.fd, buffer, 0, buffer.length, null);
    });
    if (errno === EAGAIN) return null;
    if (errno === ENOBUFS) throw new SystemError('read', ENOBUFS, 'netlink messages were lost');
    if (errno !== 0) throw new SystemError('read', errno, `errno ${errno}`);
    // What does not fit is cut off silently.
    if (length === buffer.length)
      throw new SystemError('read', 0, `a netlink datagram of ${length} bytes or more`);
    return buffer.slice(0, length);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** NETLINK_XFRM in one namespace: a socket for requests, and one listener a multicast group. */
export class XfrmTransport implements Transport {
  readonly netns: string;
  readonly #requests: NetlinkSocket;
  readonly #listeners: Map<number, NetlinkSocket>;

  /**
   * @param requests a descriptor that asks
   * @param listeners those that listen, by their group
   */
  constructor(netns: string, requests: number, listeners: readonly (readonly [number, number])[]) {
    this.netns = netns;
    this.#requests = new NetlinkSocket(requests);
    this.#listeners = new Map(listeners.map(([group, fd]) => [group, new NetlinkSocket(fd)]));
  }

  /** Listens to one more group, of the namespace that this thread is in. */
  listen(group: number): void {
    this.#listeners.set(group, NetlinkSocket.listening(NETLINK_XFRM, 1 << (group - 1)));
  }

  exchange(bytes: Uint8Array): Uint8Array[] | number {
    return this.#requests.exchange(bytes);
  }

  drain(waitMs = 0): Received[] {
    const groups = [...this.#listeners.keys()];
    const fds = [...this.#listeners.values()].map(({ fd }) => fd);
    if (waitMs > 0) readable(fds, waitMs);
    return receiveAll(fds).map(({ from, bytes }) => ({ group: groups[from]!, bytes }));
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
