import { closeSync } from 'node:fs';
import { SetupError } from '../case/xfrm-client.ts';
import { errnoName } from '../netlink/names.ts';
import { MachineCode, type Syscall } from './machine-code.ts';

const CLONE_NEWUSER = 0x1000_0000;
const CLONE_NEWNET = 0x4000_0000;
/** System calls of x86-64. */
const nr = { open: 2, capset: 126, setns: 308 } as const;

/**
 * A user namespace below the agent's. Node has threads, and only a process without may enter one: so
 * what is to be done inside is done by a process that is made for it.
 */
export class UserNamespace {
  readonly #fd: number;
  /** The network namespace that belongs to it; null when it has none of its own. */
  readonly netns: number | null;

  constructor({ withNetns }: { withNetns: boolean }) {
    const code = MachineCode.get();
    const paths = Buffer.from('/proc/self/ns/user\0/proc/self/ns/net\0');
    const user = code.put(paths);
    const net = user + paths.indexOf('/proc/self/ns/net');
    const flags = CLONE_NEWUSER | (withNetns ? CLONE_NEWNET : 0);
    const [userFd, netFd] = code.inProcess(flags, [
      [nr.open, user, O_CLOEXEC, 0],
      ...(withNetns ? [[nr.open, net, O_CLOEXEC, 0] as const] : []),
    ]);
    this.#fd = checked(userFd!, 'a user namespace could not be made');
    this.netns = withNetns ? checked(netFd!, 'its network namespace could not be opened') : null;
  }

  /**
   * Makes a system call as a process of this namespace.
   *
   * @param capable whether it has all capabilities in it, or none
   * @param data bytes that the call's arguments can point at, once they know where those are
   */
  call(capable: boolean, data: Uint8Array, build: (address: number) => Syscall): number {
    const code = MachineCode.get();
    // struct __user_cap_header_struct (version 3, this thread), then no capabilities at all.
    const header = Buffer.alloc(32);
    header.writeUInt32LE(0x2008_0522);
    const address = code.put(Buffer.concat([header, data]));
    const results = code.inProcess(0, [
      [nr.setns, this.#fd, CLONE_NEWUSER],
      ...(capable ? [] : [[nr.capset, address, address + 8] as const]),
      build(address + header.length),
    ]);
    for (const result of results.slice(0, -1)) checked(result, 'the user namespace was closed');
    return results.at(-1)!;
  }

  close(): void {
    closeSync(this.#fd);
    if (this.netns !== null) closeSync(this.netns);
  }
}

const O_CLOEXEC = 0o2000000;

function checked(result: number, what: string): number {
  if (result < 0) throw new SetupError(`${what}: ${errnoName(-result)}`);
  return result;
}
