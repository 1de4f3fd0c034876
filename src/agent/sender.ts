import { closeSync, writeSync } from 'node:fs';
import { parseAddress } from '../netlink/address.ts';
import { errnoName } from '../netlink/names.ts';
import { call, NativeMemory } from './libc.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** A connected UDP socket over IPv4, in the namespace that this thread is in when it is made. */
export class Sender {
  readonly #fd: number;

  constructor(address: string, port: number) {
    this.#fd = call('socket', AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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
    try {
      writeSync(this.#fd, Buffer.alloc(32));
      return 'OK';
    } catch (error) {
      const { errno } = error as { errno?: number };
      if (errno === undefined) throw error;
      return errnoName(-errno);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
