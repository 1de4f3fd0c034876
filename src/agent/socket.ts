import { writeSync } from 'node:fs';
import { formatIPv6, parseAddress } from '../netlink/address.ts';
import { call, NativeMemory } from './libc.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_KEY = 15;
export const AF_NETLINK = 16;
export const SOL_SOCKET = 1;
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

/** AF_INET or AF_INET6, by the look of an address. */
export function inetFamily(address: string): number {
  return address.includes(':') ? AF_INET6 : AF_INET;
}

/** `struct sockaddr_in` or `sockaddr_in6`: family in host order, port and address in network order. */
export function inetAddress(address: string, port: number): NativeMemory {
  const family = inetFamily(address);
  const sockaddr = new NativeMemory(family === AF_INET ? 16 : 28);
  sockaddr.bytes.fill(0);
  sockaddr.bytes.writeUInt16LE(family, 0);
  sockaddr.bytes.writeUInt16BE(port, 2);
  const bytes = parseAddress(address);
  if (family === AF_INET) sockaddr.bytes.set(bytes.subarray(0, 4), 4);
  else sockaddr.bytes.set(bytes, 8);
  return sockaddr;
}

/** What `inetAddress` made, or the kernel: "192.0.2.1:4500", "[2001:db8::1]:4500". */
export function formatInetAddress(sockaddr: Buffer): string {
  const port = sockaddr.readUInt16BE(2);
  if (sockaddr.readUInt16LE(0) === AF_INET6)
    return `[${formatIPv6(sockaddr.subarray(8, 24))}]:${port}`;
  return `${sockaddr.subarray(4, 8).join('.')}:${port}`;
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

type Send = (fd: number, bytes: Uint8Array) => number;

const sendPlainly: Send = (fd, bytes) => failure(() => writeSync(fd, bytes, 0, bytes.length, null));
let send = sendPlainly;

/** Has the next request sent in this way, which returns 0 or the positive errno; null: as ever. */
export function sendNextWith(other: Send | null): void {
  send = other ?? sendPlainly;
}

/** Sends a request over a socket of netlink or PF_KEY; 0, or the positive errno. */
export function sendRequest(fd: number, bytes: Uint8Array): number {
  const sendThis = send;
  send = sendPlainly;
  return sendThis(fd, bytes);
}
