import { closeSync } from 'node:fs';
import { call } from './libc.ts';

/** Of clone(2), unshare(2) and setns(2). */
export const CLONE_NEWNET = 0x4000_0000;

/** Names the network namespace that a thread is in when it opens this. */
export const netnsOfThread = '/proc/thread-self/ns/net';

/** A network namespace that the agent made; it goes when its last descriptor and socket are closed. */
export class NetworkNamespace {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
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
