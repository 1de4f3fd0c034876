import { patienceMs } from '../case/patience.ts';
import { SetupError } from '../case/xfrm-client.ts';
import { viewOf } from '../netlink/codec.ts';
import { decodeMessages } from '../netlink/message.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';
import { readable } from './poll.ts';

const RTMGRP_LINK = 1;
const RTM_NEWLINK = 16;
const IFF_LOWER_UP = 0x10000;

/** Hears what becomes of the interfaces of the namespace that this thread is in when it is made. */
export class LinkWatch {
  readonly #socket = new NetlinkSocket(NETLINK_ROUTE, RTMGRP_LINK);

  /** Waits until an interface has its carrier: until then what it sends is dropped. */
  awaitCarrier(index: number): void {
    const deadline = performance.now() + patienceMs;
    for (let left = patienceMs; left > 0; left = deadline - performance.now()) {
      if (readable([this.#socket.fd], left).length > 0 && this.#hasCarrier(index)) return;
    }
    throw new SetupError(`interface ${index} got no carrier`);
  }

  /** Whether the next datagram says so. `struct ifinfomsg`: the index at 4, the flags at 8. */
  #hasCarrier(index: number): boolean {
    return decodeMessages(this.#socket.receive() ?? new Uint8Array()).some(({ type, payload }) => {
      const info = viewOf(payload);
      return (
        type === RTM_NEWLINK &&
        info.getInt32(4, true) === index &&
        (info.getUint32(8, true) & IFF_LOWER_UP) !== 0
      );
    });
  }

  close(): void {
    this.#socket.close();
  }
}
