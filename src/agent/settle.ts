import { openSync } from 'node:fs';
import { decodeMessages } from '../netlink/message.ts';
import { call, tryCall } from './libc.ts';
import { Links } from './links.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';
import { enterNamespace, netnsOfThread } from './netns.ts';
import { readable } from './poll.ts';

const RTMGRP_LINK = 1;
const RTM_DELLINK = 17;
const SYS_membarrier = 324;
const MEMBARRIER_CMD_GLOBAL = 1;

/** Long enough for a namespace to go on a kernel with sanitizers and an emulated CPU, milliseconds. */
const patienceMs = 20_000;

/**
 * Waits until the kernel has taken a case's namespace apart, so that what it then does wrong is seen
 * while the case still counts as running. By itself it does so later, in a work queue.
 *
 * The event: a veth pair between the case's namespace and the first one. A namespace's subsystems
 * go in the reverse order of their start, XFRM before the devices, so when this end of the pair is
 * deleted the states and policies are gone, but for what waits for RCU.
 */
export class Settling {
  readonly #home = openSync(netnsOfThread, 'r');
  readonly #listener = NetlinkSocket.listening(NETLINK_ROUTE, RTMGRP_LINK);

  /** Called while this thread is in the namespace that is to be awaited. Null when it cannot be. */
  attach(): { wait(): void } | null {
    try {
      const links = new Links();
      try {
        links.addVeth('settle', this.#home);
      } finally {
        links.close();
      }
    } catch {
      return null;
    }
    return { wait: () => this.#wait() };
  }

  #wait(): void {
    // The thread's own reference is the last one.
    enterNamespace(this.#home);
    const deadline = performance.now() + patienceMs;
    while (!this.#deleted()) {
      const left = deadline - performance.now();
      if (left <= 0 || readable([this.#listener.fd], left).length === 0) return;
    }
    // What RCU holds back is freed after a grace period each, and freeing may queue more.
    for (let i = 0; i < 2; i++) tryCall('syscall', SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0);
    call('sched_yield');
  }

  #deleted(): boolean {
    for (let bytes = this.#listener.receive(); bytes; bytes = this.#listener.receive())
      if (decodeMessages(bytes).some(({ type }) => type === RTM_DELLINK)) return true;
    return false;
  }
}
