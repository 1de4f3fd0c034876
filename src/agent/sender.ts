import { closeSync, writeSync } from 'node:fs';
import type { PacketFields } from '../case/context.ts';
import { errnoName } from '../netlink/names.ts';
import { call, NativeMemory } from './libc.ts';
import { sendMeanwhile } from './meanwhile.ts';
import {
  AF_INET6,
  failure,
  inetAddress,
  inetFamily,
  openSocket,
  SOCK_DGRAM,
  SOL_SOCKET,
} from './socket.ts';

const SO_MARK = 36;
const [IPPROTO_IP, IP_TOS, ECT0] = [0, 1, 2];

/** A connected UDP socket, in the namespace that this thread is in when it is made. */
export class Sender {
  readonly #fd: number;

  /**
   * @param from its own port: acquires tell it, and an observation is to be the same on every run
   */
  constructor(address: string, port: number, from: number, packets: PacketFields = {}) {
    const family = inetFamily(address);
    this.#fd = openSocket(family, SOCK_DGRAM, 0);
    if (packets.mark) this.#set(SOL_SOCKET, SO_MARK, packets.mark);
    if (packets.ecnCapable) this.#set(IPPROTO_IP, IP_TOS, ECT0);
    for (const [name, sockaddr] of [
      ['bind', inetAddress(family === AF_INET6 ? '::' : '0.0.0.0', from)],
      ['connect', inetAddress(address, port)],
    ] as const)
      call(name, this.#fd, sockaddr, sockaddr.bytes.length);
  }

  #set(level: number, option: number, value: number): void {
    const memory = new NativeMemory(4);
    memory.bytes.writeUInt32LE(value);
    call('setsockopt', this.#fd, level, option, memory, memory.bytes.length);
  }

  /** Sends one datagram of 32 bytes; "OK", or the errno by name. */
  send(): string {
    const errno = failure(() => writeSync(this.#fd, Buffer.alloc(32)));
    return errno === 0 ? 'OK' : errnoName(errno);
  }

  sendMeanwhile<T>(act: () => T): { result: T; missed: boolean } {
    return sendMeanwhile(this.#fd, act);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
