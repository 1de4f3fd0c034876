import { SetupError } from '../case/xfrm-client.ts';
import { decodeError } from '../netlink/extack.ts';
import { decodeMessages, NLMSG_ERROR } from '../netlink/message.ts';
import { errnoName } from '../netlink/names.ts';
import { linkUp, newAddress, newLink, newVeth, newXfrmInterface } from '../netlink/rtnetlink.ts';
import { call } from './libc.ts';
import { AddressWatch } from './link-watch.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';

const isIpv6 = (address: string) => address.includes(':');

/** Interfaces and addresses of the namespace that this thread is in when it is made. */
export class Links {
  readonly #socket = NetlinkSocket.open(NETLINK_ROUTE);
  #sequence = 0;

  /** A new interface; its index. */
  add(name: string, kind: string): number {
    this.#request(`the ${kind} interface ${name}`, (sequence) => newLink(sequence, name, kind));
    return indexOf(name);
  }

  /** A new xfrm interface, for SAs and policies with this if_id; its index. */
  addXfrmInterface(name: string, ifId: number): number {
    this.#request(`the xfrm interface ${name}`, (sequence) =>
      newXfrmInterface(sequence, name, ifId),
    );
    return indexOf(name);
  }

  /** A veth pair whose other end is in the namespace of this descriptor; this end's index. */
  addVeth(name: string, netnsFd: number): number {
    this.#request(`the veth pair ${name}`, (sequence) =>
      newVeth(sequence, name, { name, netnsFd }),
    );
    return indexOf(name);
  }

  /** Brings an interface up and gives it addresses ("192.0.2.1/24"). */
  configure(index: number, addresses: readonly string[]): void {
    this.#request(`interface ${index} up`, (sequence) => linkUp(sequence, index));
    const watch = addresses.some(isIpv6) ? new AddressWatch() : null;
    try {
      for (const text of addresses) {
        const [ip, length] = text.split('/') as [string, string];
        this.#request(`the address ${text}`, (sequence) =>
          newAddress(sequence, index, ip, Number(length)),
        );
        if (isIpv6(ip)) watch?.awaitAddress(ip);
      }
    } finally {
      watch?.close();
    }
  }

  close(): void {
    this.#socket.close();
  }

  #request(what: string, build: (sequence: number) => Uint8Array): void {
    const received = this.#socket.exchange(build(++this.#sequence));
    if (typeof received === 'number')
      throw new SetupError(`${what} could not be set up: ${errnoName(received)}`);
    const answer = received.flatMap(decodeMessages).find(({ type }) => type === NLMSG_ERROR);
    const error = answer && decodeError(answer);
    if (error?.errno !== 0)
      throw new SetupError(
        `${what} could not be set up: ${error ? errnoName(error.errno) : 'no reply'}`,
      );
  }
}

export function indexOf(name: string): number {
  return call('if_nametoindex', name);
}
