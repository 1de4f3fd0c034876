import { parseAddress } from '../netlink/address.ts';
import { call, NativeMemory } from './libc.ts';

export const AF_INET = 2;
export const AF_KEY = 15;
export const AF_NETLINK = 16;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** A type of socket that never waits and goes with the program. */
export const quiet = (type: number) => type | SOCK_NONBLOCK | SOCK_CLOEXEC;

/** A socket of the namespace that this thread is in; its descriptor. */
export function openSocket(family: number, type: number, protocol: number): number {
  return call('socket', family, quiet(type), protocol);
}

/** `struct sockaddr_in`: family in host order, port and address in network order, padding. */
export function inetAddress(address: string, port: number): NativeMemory {
  const sockaddr = new NativeMemory(16);
  sockaddr.bytes.fill(0);
  sockaddr.bytes.writeUInt16LE(AF_INET, 0);
  sockaddr.bytes.writeUInt16BE(port, 2);
  sockaddr.bytes.set(parseAddress(address).subarray(0, 4), 4);
  return sockaddr;
}

/**
 * The errno (positive) with which calls of node:fs fail, 0 when they do not. Sockets are read and
 * written as files: Node's own calls cost a tenth of those through ffi where the CPU is emulated.
 */
export function failure(use: () => void): number {
  try {
    use();
    return 0;
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === undefined) throw error;
    return -errno;
  }
}
