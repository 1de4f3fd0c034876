import { constants } from 'node:os';
import type { Listener } from '../case/context.ts';
import type { Exchange } from '../case/exchange.ts';
import type { Received, Transport } from '../case/transport.ts';
import { XfrmClient } from '../case/xfrm-client.ts';
import { toHex } from '../netlink/codec.ts';
import { decodeMessages, NLMSG_ERROR } from '../netlink/message.ts';
import { messageName } from '../netlink/xfrm-messages.ts';
import { call, NativeMemory, SystemError } from './libc.ts';
import { NETLINK_XFRM, NetlinkSocket } from './netlink-socket.ts';
import { SOL_SOCKET } from './socket.ts';

const SO_RCVBUF = 8;

/** A socket of the namespace that this thread is in, which listens and can also ask. */
export class ExtraListener implements Listener, Transport {
  readonly netns: string;
  readonly xfrm: XfrmClient;
  readonly portid: number;
  readonly #socket: NetlinkSocket;
  #order: string[] = [];

  constructor(
    netns: string,
    exchange: Exchange,
    group: number,
    { portid, receiveBuffer }: { portid: number; receiveBuffer: number | undefined },
  ) {
    this.netns = netns;
    this.xfrm = new XfrmClient(exchange, this);
    this.portid = portid;
    this.#socket = NetlinkSocket.listening(NETLINK_XFRM, 1 << (group - 1), portid);
    if (receiveBuffer === undefined) return;
    const size = new NativeMemory(4);
    size.bytes.writeInt32LE(receiveBuffer);
    call('setsockopt', this.#socket.fd, SOL_SOCKET, SO_RCVBUF, size, size.bytes.length);
  }

  read(): { messages: string[]; lost: boolean } {
    const messages: string[] = [];
    let lost = false;
    for (;;) {
      try {
        const datagram = this.#socket.receive();
        if (!datagram) return { messages, lost };
        messages.push(toHex(datagram));
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== constants.errno.ENOBUFS) throw error;
        lost = true;
      }
    }
  }

  /** What came back for the last request, in its order: names of messages, "ACK" or "error". */
  order(): readonly string[] {
    return this.#order;
  }

  exchange(bytes: Uint8Array): Uint8Array[] | number {
    const received = this.#socket.exchange(bytes);
    this.#order =
      typeof received === 'number'
        ? []
        : received.flatMap(decodeMessages).map(({ type, payload }) => {
            if (type !== NLMSG_ERROR) return messageName(type);
            return payload.subarray(0, 4).every((byte) => byte === 0) ? 'ACK' : 'error';
          });
    return received;
  }

  drain(): Received[] {
    return [];
  }

  close(): void {
    this.#socket.close();
  }
}
