import type { Who } from '../case/context.ts';
import type { Transport } from '../case/transport.ts';
import { viewOf } from '../netlink/codec.ts';
import { withoutNetAdmin } from './capabilities.ts';
import { FailingAllocation } from './failing-allocation.ts';
import { SystemError } from './libc.ts';
import { MachineCode } from './machine-code.ts';
import { meanwhile } from './meanwhile.ts';
import { NETLINK_XFRM, NetlinkSocket } from './netlink-socket.ts';
import { AF_NETLINK, quiet, SOCK_RAW } from './socket.ts';
import type { UserNamespace } from './user-namespace.ts';

/** Which allocation of a request fails, and whether the kernel made as many. */
export interface Shortage {
  nth: number;
  failed: boolean;
}

/** System calls of x86-64, and of its 32-bit ABI. */
const nr = { getpid: 39, socket: 41, sendto: 44 } as const;
const nr32 = { sendto: 369 } as const;

/** Somebody opens a socket, and somebody sends through it. */
export class Door implements Transport {
  readonly netns: string;
  readonly #socket: NetlinkSocket;
  readonly #send: (bytes: Uint8Array) => number;
  readonly #options: { mayBeLost?: boolean };

  private constructor(
    netns: string,
    socket: NetlinkSocket,
    send: (bytes: Uint8Array) => number,
    options = {},
  ) {
    this.netns = netns;
    this.#socket = socket;
    this.#send = send;
    this.#options = options;
  }

  /** A socket of the namespace that this thread is in, used through the 32-bit ABI. */
  static of32Bits(netns: string): Door {
    const socket = NetlinkSocket.open(NETLINK_XFRM);
    const code = MachineCode.get();
    return new Door(netns, socket, (bytes) =>
      code.compat(nr32.sendto, socket.fd, code.put(bytes), bytes.length, 0, 0, 0),
    );
  }

  /** @param inside the user namespace of those who are "…in-user-namespace" */
  static between(netns: string, opener: Who, sender: Who, inside: UserNamespace | null): Door {
    const socket = opened(opener, inside);
    return new Door(netns, socket, (bytes) => send(socket, bytes, sender, inside));
  }

  /** A socket of the namespace that this thread is in, for a kernel that lacks memory: `nth` says when. */
  static withFailingAllocation(netns: string, shortage: Shortage): Door {
    const failing = FailingAllocation.get();
    const socket = NetlinkSocket.open(NETLINK_XFRM);
    const send = (bytes: Uint8Array) => {
      const { written, failed } = failing.whileWriting(shortage.nth, socket.fd, bytes);
      shortage.failed = failed;
      return written;
    };
    return new Door(netns, socket, send, { mayBeLost: true });
  }

  /**
   * A socket of the namespace that this thread is in, through which another process sends while the
   * kernel waits in the middle of what this one does (`act`).
   */
  static inTheMiddle(netns: string, act: () => void, outcome: { missed: boolean }): Door {
    const socket = NetlinkSocket.open(NETLINK_XFRM);
    const send = (bytes: Uint8Array) => {
      const address = MachineCode.get().put(bytes);
      // The kernel may have it wait for its turn: that it was there is told by the first call.
      const calls = [[nr.getpid], [nr.sendto, socket.fd, address, bytes.length, 0, 0, 0]] as const;
      const { missed, returned } = meanwhile(calls, act);
      outcome.missed = missed;
      return returned[1]!;
    };
    return new Door(netns, socket, send);
  }

  exchange(bytes: Uint8Array): Uint8Array[] | number {
    const sent = this.#send(bytes);
    const sequence = viewOf(bytes).getUint32(8, true);
    return sent < 0 ? -sent : this.#socket.answer(sequence, this.#options);
  }

  drain(): [] {
    return [];
  }

  close(): void {
    this.#socket.close();
  }
}

function opened(who: Who, inside: UserNamespace | null): NetlinkSocket {
  if (who === 'agent') return NetlinkSocket.open(NETLINK_XFRM);
  if (who === 'without-net-admin') return withoutNetAdmin(() => NetlinkSocket.open(NETLINK_XFRM));
  const capable = who === 'root-of-user-namespace';
  const fd = inside!.call(capable, new Uint8Array(), () => [
    ...([nr.socket, AF_NETLINK, quiet(SOCK_RAW), NETLINK_XFRM] as const),
  ]);
  if (fd < 0) throw new SystemError('socket', -fd, `errno ${-fd}`);
  return new NetlinkSocket(fd).withAnswers();
}

/** Zero or more, or minus the errno. */
function send(
  socket: NetlinkSocket,
  bytes: Uint8Array,
  who: Who,
  inside: UserNamespace | null,
): number {
  if (who === 'agent') return -socket.send(bytes);
  if (who === 'without-net-admin') return withoutNetAdmin(() => -socket.send(bytes));
  return inside!.call(who === 'root-of-user-namespace', bytes, (address) => [
    ...([nr.sendto, socket.fd, address, bytes.length, 0, 0, 0] as const),
  ]);
}
