import { closeSync, openSync } from 'node:fs';
import { call } from './libc.ts';

/** Of clone(2), unshare(2) and setns(2). */
export const CLONE_NEWNET = 0x4000_0000;

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
    enterNamespace(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Moves this thread into the network namespace of a descriptor. */
export function enterNamespace(fd: number): void {
  call('setns', fd, CLONE_NEWNET);
}
