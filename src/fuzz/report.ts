import type { FuzzInterface } from './setting.ts';

/** What the fuzzer needs of the kernel: a namespace of its own. */
export interface FuzzSocket {
  /** Sends a datagram; 0, or the positive errno with which that failed. */
  send(bytes: Uint8Array): number;
  /** The next datagram of an answer; null when there is none. */
  receive(): Uint8Array | null;
  /** Whether there is one: cheaper than to try. */
  hasAnswer(): boolean;
  /** Notifications of migrations since the last call. */
  heard(): number;
  /** Lines of the kernel log since the last call. */
  log(): string[];
  /** Memory of the kernel's own objects, KiB; null when it does not tell. */
  slab(): number | null;
}

export interface Failure {
  /** Number of the input; null for one that was given as bytes. */
  readonly index: number | null;
  /** One sentence: what the kernel did, and what it was to do. */
  readonly reason: string;
  /** The fewest mutations that still fail, as text. */
  readonly mutations: readonly string[];
  /** The datagram of those, hex. */
  readonly bytes: string;
}

export interface FuzzReport {
  readonly interface: FuzzInterface;
  readonly seed: number;
  readonly requests: number;
  readonly succeeded: number;
  readonly refused: number;
  readonly failures: readonly Failure[];
  /** Memory of the kernel's own objects once everything was flushed, KiB: leaks show over many reports. */
  readonly slab: number | null;
}
