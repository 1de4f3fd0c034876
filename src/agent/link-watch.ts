import { patienceMs } from '../case/patience.ts';
import { SetupError } from '../case/xfrm-client.ts';
import { parseAddress } from '../netlink/address.ts';
import { toHex, viewOf } from '../netlink/codec.ts';
import { decodeAttributes, decodeMessages, type Message } from '../netlink/message.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';
import { readable } from './poll.ts';

const RTMGRP_LINK = 1;
const RTMGRP_IPV6_IFADDR = 0x100;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const IFA_ADDRESS = 1;
const IFF_LOWER_UP = 0x10000;

/** What rtnetlink tells of the namespace that this thread is in when this is made. */
class RouteWatch {
  readonly #socket: NetlinkSocket;

  constructor(groups: number) {
    this.#socket = NetlinkSocket.listening(NETLINK_ROUTE, groups);
  }

  /** Waits for the first message of which `isIt` is true; throws a SetupError when none comes. */
  protected await(isIt: (message: Message) => boolean, lacking: string): void {
    const deadline = performance.now() + patienceMs;
    for (let left = patienceMs; left > 0; left = deadline - performance.now()) {
      if (readable([this.#socket.fd], left).length === 0) continue;
      if (decodeMessages(this.#socket.receive() ?? new Uint8Array()).some(isIt)) return;
    }
    throw new SetupError(lacking);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Hears what becomes of the interfaces of the namespace that this thread is in when it is made. */
export class LinkWatch extends RouteWatch {
  constructor() {
    super(RTMGRP_LINK);
  }

  /** Waits until an interface has its carrier: until then what it sends is dropped. */
  awaitCarrier(index: number): void {
    // `struct ifinfomsg`: the index at 4, the flags at 8.
    this.await(({ type, payload }) => {
      const info = viewOf(payload);
      return (
        type === RTM_NEWLINK &&
        info.getInt32(4, true) === index &&
        (info.getUint32(8, true) & IFF_LOWER_UP) !== 0
      );
    }, `interface ${index} got no carrier`);
  }
}

/** Hears of IPv6 addresses that are added to the namespace that this thread is in when it is made. */
export class AddressWatch extends RouteWatch {
  constructor() {
    super(RTMGRP_IPV6_IFADDR);
  }

  /**
   * Waits until an address that was added without duplicate address detection is in use: a worker of
   * the kernel sees to that, and until then nothing that is sent to it arrives.
   *
   * @param address without its prefix length
   */
  awaitAddress(address: string): void {
    const wanted = toHex(parseAddress(address));
    // `struct ifaddrmsg` takes 8 bytes.
    this.await(
      ({ type, payload }) =>
        type === RTM_NEWADDR &&
        decodeAttributes(payload, 8).some(
          (each) => each.type === IFA_ADDRESS && toHex(each.payload) === wanted,
        ),
      `the address ${address} did not get ready`,
    );
  }
}
