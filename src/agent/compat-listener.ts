import { constants } from 'node:os';
import type { CompatListener } from '../case/context.ts';
import { toHex } from '../netlink/codec.ts';
import { SystemError } from './libc.ts';
import { MachineCode } from './machine-code.ts';
import { NETLINK_XFRM, NetlinkSocket } from './netlink-socket.ts';

/** recvfrom() of the 32-bit ABI: read() would give what a 64-bit process is told. */
const nr32 = { recvfrom: 371 } as const;

/** A socket of the namespace that this thread is in, which listens as a 32-bit process does (x86-64). */
export class CompatSocket implements CompatListener {
  readonly #code = MachineCode.get();
  readonly #socket: NetlinkSocket;

  constructor(group: number) {
    this.#socket = NetlinkSocket.listening(NETLINK_XFRM, 1 << (group - 1));
  }

  read(): string[] {
    const { address, size } = this.#code.room;
    const messages: string[] = [];
    for (;;) {
      const length = this.#code.compat(nr32.recvfrom, this.#socket.fd, address, size, 0, 0, 0);
      if (length === -constants.errno.EAGAIN) return messages;
      if (length < 0) throw new SystemError('recvfrom', -length, `errno ${-length}`);
      messages.push(toHex(this.#code.taken(length)));
    }
  }

  close(): void {
    this.#socket.close();
  }
}
