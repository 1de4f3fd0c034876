import { closeSync, writeSync } from 'node:fs';
import { parseAddress } from '../netlink/address.ts';
import { errnoName } from '../netlink/names.ts';
import { call, NativeMemory } from './libc.ts';
import { AF_INET, failure, openSocket, SOCK_DGRAM } from './socket.ts';

/** A connected UDP socket over IPv4, in the namespace that this thread is in when it is made. */
export class Sender {
  readonly #fd: number;

  constructor(address: string, port: number) {
    this.#fd = openSocket(AF_INET, SOCK_DGRAM, 0);
    // struct sockaddr_in: family in host order, port and address in network order, padding.
    const sockaddr = new NativeMemory(16);
    sockaddr.bytes.fill(0);
    sockaddr.bytes.writeUInt16LE(AF_INET, 0);
    sockaddr.bytes.writeUInt16BE(port, 2);
    sockaddr.bytes.set(parseAddress(address).subarray(0, 4), 4);
    call('connect', this.#fd, sockaddr, sockaddr.bytes.length);
  }

  /** Sends one datagram of 32 bytes; "OK", or the errno by name. */
  send(): string {
    const errno = failure(() => writeSync(this.#fd, Buffer.alloc(32)));
    return errno === 0 ? 'OK' : errnoName(errno);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
