import type { InterfaceName } from '../kernel/kernel.ts';
import type { Policy } from './policy.ts';
import type { Json, Reply } from './record.ts';
import type { XfrmClient } from './xfrm-client.ts';

/** Inputs by their numbers, or one datagram in hex. */
export type FuzzInput =
  | { readonly count: number; readonly from?: number; readonly seed?: number }
  | { readonly bytes: string };

/** What a case is handed: a fresh network namespace and the means to act in it. */
export interface CaseContext {
  /** Of everything that a case chooses at random; the default unless the user asks for another. */
  readonly seed: number;
  /** NETLINK_XFRM in the case's own namespace, which holds a loopback interface that is down. */
  readonly xfrm: XfrmClient;
  /** A new interface of this kind ("dummy"), up, with these addresses ("192.0.2.1/24"). Its index. */
  addLink(name: string, kind: string, addresses?: readonly string[]): number;
  /** An interface with crypto offload for ESP (needs NETDEVSIM), up; one a case. Its index. */
  addOffloadDevice(addresses?: readonly string[]): number;
  /**
   * A second namespace, joined to the case's own by a veth pair named veth0 on both ends.
   * Addresses are given to the two ends: [here, there].
   */
  addPeer(addresses?: readonly (readonly [string, string])[]): Peer;
  /** A UDP socket with this policy for its own traffic (IP_XFRM_POLICY); IPv4, "in" or "out". */
  addSocketPolicy(policy: Policy): void;
  /** A socket that is opened, and used, without CAP_NET_ADMIN. */
  withoutNetAdmin(use: (xfrm: XfrmClient) => Reply): Reply;
  /**
   * Sends many requests with mutations that the seed determines, in the case's own namespace, and
   * compares what each does with what it must do. They are too many to be recorded: the report
   * counts them and holds those that failed, made as small as they can be (src/fuzz/).
   */
  fuzz(kind: InterfaceName, input: FuzzInput): Json;
  /** Closes the multicast listener, so that nobody hears notifications. */
  stopListening(): void;
}

export interface Peer {
  readonly xfrm: XfrmClient;
  /** Interface indexes of the two ends of the veth pair. */
  readonly ifindex: { readonly here: number; readonly there: number };
}
