import { closeSync, writeSync } from 'node:fs';
import { errnoName } from '../netlink/names.ts';
import { call } from './libc.ts';
import { AF_INET, failure, inetAddress, openSocket, SOCK_DGRAM } from './socket.ts';
import { sendMeanwhile } from './traffic.ts';

/** A connected UDP socket over IPv4, in the namespace that this thread is in when it is made. */
export class Sender {
  readonly #fd: number;

  /** @param from its own port: acquires tell it, and an observation is to be the same on every run */
  constructor(address: string, port: number, from: number) {
    this.#fd = openSocket(AF_INET, SOCK_DGRAM, 0);
    for (const [name, sockaddr] of [
      ['bind', inetAddress('0.0.0.0', from)],
      ['connect', inetAddress(address, port)],
    ] as const)
      call(name, this.#fd, sockaddr, sockaddr.bytes.length);
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
