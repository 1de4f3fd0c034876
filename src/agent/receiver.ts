import { closeSync } from 'node:fs';
import { patienceMs } from '../case/patience.ts';
import { toHex } from '../netlink/codec.ts';
import { call, NativeMemory } from './libc.ts';
import { readable } from './poll.ts';
import { formatInetAddress, inetAddress, inetFamily, openSocket, SOCK_DGRAM } from './socket.ts';

const [IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP] = [17, 100, 2];

/** A UDP socket at an address of the namespace that this thread is in when it is made. */
export class Receiver {
  readonly #fd: number;

  constructor(address: string, port: number) {
    this.#fd = openSocket(inetFamily(address), SOCK_DGRAM, 0);
    const sockaddr = inetAddress(address, port);
    call('bind', this.#fd, sockaddr, sockaddr.bytes.length);
  }

  /** Hands datagrams that are ESP to the SAs; only others are received. */
  acceptEsp(): void {
    const type = new NativeMemory(4);
    type.bytes.writeInt32LE(UDP_ENCAP_ESPINUDP);
    call('setsockopt', this.#fd, IPPROTO_UDP, UDP_ENCAP, type, type.bytes.length);
  }

  /** Waits for the next datagram: sender, port and bytes; null when none comes. */
  receive(waitMs = patienceMs): string | null {
    if (readable([this.#fd], waitMs).length === 0) return null;
    const [data, sender, length] = [2048, 28, 4].map((size) => new NativeMemory(size));
    length!.bytes.writeInt32LE(sender!.bytes.length);
    const bytes = call('recvfrom', this.#fd, data!, data!.bytes.length, 0, sender!, length!);
    return `${formatInetAddress(sender!.bytes)} ${toHex(data!.bytes.subarray(0, bytes))}`;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
