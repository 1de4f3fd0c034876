import { closeSync, openSync } from 'node:fs';
import { call } from './libc.ts';

const CLONE_NEWNET = 0x4000_0000;

/** A network namespace that the agent made; it goes when its last descriptor and socket are closed. */
export class NetworkNamespace {
  readonly fd: number;

  /** Makes a namespace and moves this thread into it. */
  constructor() {
    call('unshare', CLONE_NEWNET);
    this.fd = openSync('/proc/thread-self/ns/net', 'r');
  }

  /** Moves this thread into the namespace. */
  enter(): void {
    call('setns', this.fd, CLONE_NEWNET);
  }

  close(): void {
    closeSync(this.fd);
  }
}
