import { closeSync } from 'node:fs';
import { SystemError } from './libc.ts';
import {
  MachineCode,
  onTheOpened,
  opens,
  type PreparedCalls,
  type Syscall,
} from './machine-code.ts';
import { answerOptions, NETLINK_XFRM, netlinkAddress, SOL_NETLINK } from './netlink-socket.ts';
import { CLONE_NEWNET, netnsOfThread } from './netns.ts';
import { AF_NETLINK, quiet, SOCK_RAW } from './socket.ts';

/** Descriptors that were opened together. */
export interface Opened {
  /** The new namespace, which this thread is in; null: none was asked for. */
  readonly netns: number | null;
  readonly requests: number;
  /** One for each group, in the order of the groups. */
  readonly listeners: readonly number[];
}

const nr = { socket: 41, bind: 49, setsockopt: 54, openat: 257, unshare: 272 } as const;
const AT_FDCWD = -100;
const O_CLOEXEC = 0o2000000;

interface Step {
  readonly name: keyof typeof nr;
  readonly args: readonly number[];
  /** How it is chained to others: see MachineCode. */
  readonly how?: number;
}

/**
 * What every case opens anew, in one call through ffi: each costs a third of a millisecond where the CPU
 * is emulated.
 */
export class Openings {
  readonly #steps: readonly Step[];
  readonly #calls: PreparedCalls;

  /**
   * @param groups multicast groups of NETLINK_XFRM to listen to
   * @param inNewNetns in a namespace made for it; else in the one that this thread is in
   */
  constructor(groups: readonly number[], { inNewNetns = false } = {}) {
    const code = MachineCode.get();
    const one = code.keep(Uint8Array.of(1, 0, 0, 0));
    const path = code.keep(Buffer.from(`${netnsOfThread}\0`));
    const socket: Step = {
      name: 'socket',
      args: [AF_NETLINK, quiet(SOCK_RAW), NETLINK_XFRM],
      how: opens,
    };
    const option = (name: number): Step => ({
      name: 'setsockopt',
      args: [0, SOL_NETLINK, name, one, 4],
      how: onTheOpened,
    });
    const bind = (group: number): Step => {
      const address = netlinkAddress(1 << (group - 1));
      return { name: 'bind', args: [0, code.keep(address), address.length], how: onTheOpened };
    };
    this.#steps = [
      ...(inNewNetns
        ? ([
            { name: 'unshare', args: [CLONE_NEWNET] },
            { name: 'openat', args: [AT_FDCWD, path, O_CLOEXEC] },
          ] as const)
        : []),
      ...[socket, ...answerOptions.map(option)],
      ...groups.flatMap((group) => [socket, bind(group)]),
    ];
    const call = ({ name, args, how = 0 }: Step): Syscall => [nr[name] + how, ...args];
    this.#calls = code.prepare(this.#steps.map(call));
  }

  /** Throws a SystemError when something cannot be opened, and leaves nothing open then. */
  open(): Opened {
    this.#calls.run();
    const failed = this.#calls.failed();
    if (failed !== null) {
      for (const fd of [...this.#results('openat'), ...this.#results('socket')])
        if (fd >= 0) closeSync(fd);
      const errno = -this.#calls.result(failed);
      throw new SystemError(this.#steps[failed]!.name, errno, `errno ${errno}`);
    }
    const [netns = null] = this.#results('openat');
    const [requests, ...listeners] = this.#results('socket');
    return { netns, requests: requests!, listeners };
  }

  #results(name: Step['name']): number[] {
    return this.#steps.flatMap((step, n) => (step.name === name ? [this.#calls.result(n)] : []));
  }
}
