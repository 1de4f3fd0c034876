import type { InterfaceName } from '../kernel/kernel.ts';
import type { PfKeyMigrate } from '../netlink/pf-key.ts';
import type { PfKeyAnnouncement } from '../netlink/pf-key-announcement.ts';
import type { UserMigrate } from '../netlink/xfrm.ts';
import type { XfrmGroup } from '../netlink/xfrm-messages.ts';
import type { Policy } from './policy.ts';
import type { Json, Reply } from './record.ts';
import type { XfrmClient } from './xfrm-client.ts';

/** Inputs by their numbers; a part of the kinds of inputs, to look for leaks; one datagram in hex. */
export type FuzzInput =
  | { readonly count: number; readonly from?: number; readonly seed?: number }
  | { readonly leaks: readonly [part: number, parts: number]; readonly seed: number }
  | { readonly bytes: string };

/**
 * Who opens a socket or sends through it: the agent, which may do everything; the agent without
 * CAP_NET_ADMIN; a process in a user namespace of its own, which has all capabilities there or none.
 */
export type Who =
  | 'agent'
  | 'without-net-admin'
  | 'root-of-user-namespace'
  | 'nobody-of-user-namespace';

/** What a case is handed: a fresh network namespace and the means to act in it. */
export interface CaseContext {
  /** Of everything that a case chooses at random; the default unless the user asks for another. */
  readonly seed: number;
  /** NETLINK_XFRM in the case's own namespace, which holds a loopback interface that is down. */
  readonly xfrm: XfrmClient;
  /** A new interface of this kind ("dummy"), up, with these addresses ("192.0.2.1/24"). Its index. */
  addLink(name: string, kind: string, addresses?: readonly string[]): number;
  /** An interface that traffic takes to the SAs of this if_id (needs XFRM_INTERFACE), up. Its index. */
  addXfrmInterface(name: string, ifId: number, addresses?: readonly string[]): number;
  /** An interface with crypto offload for ESP (needs NETDEVSIM), up; one a case. Its index. */
  addOffloadDevice(addresses?: readonly string[]): number;
  /**
   * A second namespace, joined to the case's own by a veth pair named veth0 on both ends.
   * Addresses are given to the two ends: [here, there].
   */
  addPeer(addresses?: readonly (readonly [string, string])[]): Peer;
  /** A UDP socket that is connected to this address: to see which SA traffic takes. */
  addSender(address: string, port: number, packets?: PacketFields): Sender;
  /** A UDP socket (IPv4) on this port that hands ESP in UDP to the SAs (UDP_ENCAP_ESPINUDP). */
  acceptEspInUdp(port: number): void;
  /**
   * Makes the kernel forget what it has built these algorithms of (needs CRYPTO_USER): the next SA that
   * is set up with them waits while a thread of the kernel builds that anew, and others run meanwhile.
   * SAs that are there keep theirs.
   */
  forget(algorithms: 'aes-gcm' | 'aes-cbc'): void;
  /** A UDP socket with this policy for its own traffic (IP_XFRM_POLICY); IPv4, "in" or "out". */
  addSocketPolicy(policy: Policy): void;
  /** A socket that is opened, and used, without CAP_NET_ADMIN. */
  withoutNetAdmin(use: (xfrm: XfrmClient) => Reply): Reply;
  /** A socket of the case's namespace that one opens and another sends through (x86-64). */
  between(opener: Who, sender: Who): XfrmClient;
  /** A network namespace that belongs to a user namespace of its own (x86-64). */
  addUserNamespace(): UserNamespacePlace;
  /** The case's namespace, as a 32-bit process reaches it (x86-64, needs IA32_EMULATION). */
  of32Bits(): XfrmClient;
  /**
   * Asks while one allocation of the kernel fails, the nth that it makes for the request, counted
   * from 1 (needs FAILSLAB and FAULT_INJECTION_DEBUG_FS).
   *
   * @returns the reply, "no reply" where there was no memory for it, and whether any allocation
   *   failed: the kernel may make fewer
   */
  withFailingAllocation(nth: number, ask: (xfrm: XfrmClient) => Reply): FailedReply;
  /**
   * Two requests at once: another process makes the second as soon as the kernel waits in the middle of
   * the first (see `forget`).
   *
   * @returns both replies, and whether the kernel did not wait, so that the second came afterwards
   */
  atOnce(
    first: () => Reply,
    second: (xfrm: XfrmClient) => Reply,
  ): { readonly first: Reply; readonly second: Reply; readonly missed: boolean };
  /**
   * Does something in the middle of which a second ends while the kernel waits (see `forget`).
   *
   * @param begin begins the second: adds a policy, say, that lives no longer
   * @returns what was done, and whether the kernel did not wait for the end of the second
   */
  acrossASecond<T>(
    begin: () => void,
    act: () => T,
  ): { readonly result: T; readonly missed: boolean };
  /** Asks by PF_KEY to migrate a policy with its SAs (SADB_X_MIGRATE; needs NET_KEY_MIGRATE). */
  pfKeyMigrate(policy: Policy, entries: readonly UserMigrate[]): Reply;
  /** Sends this SADB_X_MIGRATE, which need not be well-formed; see `pfKeyMigrate` for one that is. */
  sendPfKey(request: PfKeyMigrate): Reply;
  /** A PF_KEY socket in the case's own namespace, which hears what is told to all of them. */
  addPfKeyListener(): PfKeyListener;
  /**
   * Sends many requests with mutations that the seed determines, in the case's own namespace, and
   * compares what each does with what it must do. They are too many to be recorded: the report
   * counts them and holds those that failed, made as small as they can be (src/fuzz/).
   */
  fuzz(kind: InterfaceName, input: FuzzInput): Json;
  /**
   * One more listener of XFRMNLGRP_MIGRATE in the case's own namespace.
   *
   * @param receiveBuffer SO_RCVBUF, in bytes; the kernel has a least one, of a few messages
   */
  addListener(receiveBuffer?: number): Listener;
  /** One more listener of XFRMNLGRP_MIGRATE, which reads as a 32-bit process does; see `of32Bits`. */
  addListenerOf32Bits(): CompatListener;
  /** Listens to one more multicast group in the case's own namespace. */
  listenTo(group: XfrmGroup): void;
  /** Closes the multicast listener, so that nobody hears notifications. */
  stopListening(): void;
}

export interface Listener {
  /** The datagrams that came since the last call, hex, and whether any were lost (ENOBUFS). */
  read(): { readonly messages: readonly string[]; readonly lost: boolean };
  /** Asks through the socket that listens. */
  readonly xfrm: XfrmClient;
  /** Its own: what programs put into nlmsg_pid of a request. */
  readonly portid: number;
  /** What came back for its last request, in that order: names of messages, "ACK" or "error". */
  order(): readonly string[];
}

export interface FailedReply {
  readonly reply: Reply;
  readonly failed: boolean;
}

export interface CompatListener {
  /** The datagrams that came since the last call, hex. */
  read(): readonly string[];
}

export interface PfKeyListener {
  /** Every SADB_X_MIGRATE that came since the last call; see `decodePfKeyMigrate`. */
  read(): readonly PfKeyHeard[];
}

export type PfKeyHeard =
  | PfKeyAnnouncement
  /** One that is not as RFC 2367 has it: what is wrong with it, and its bytes in hex. */
  | { readonly malformed: string; readonly bytes: string };

export interface UserNamespacePlace {
  /** The agent's client there, for set-up and looks. */
  readonly xfrm: XfrmClient;
  /** A client of that network namespace that these two share. */
  between(opener: Who, sender: Who): XfrmClient;
  /** The case's own namespace, as those in the user namespace reach it. */
  betweenInMain(opener: Who, sender: Who): XfrmClient;
}

/** What the packets of a sender carry. */
export interface PacketFields {
  /** SO_MARK; none when left out. */
  readonly mark?: number;
  /** They may be marked when there is congestion (RFC 3168, ECT(0); IPv4). */
  readonly ecnCapable?: boolean;
}

export interface Sender {
  /** Sends one datagram; "OK", or the errno by name. */
  send(): string;
  /**
   * Does something, and has another thread send a few datagrams as soon as the kernel waits meanwhile
   * (see `CaseContext.forget`).
   *
   * @returns what was done, when they have been sent, and whether the kernel did not wait for them
   */
  sendMeanwhile<T>(act: () => T): { readonly result: T; readonly missed: boolean };
}

export interface Receiver {
  /**
   * The next datagram that comes, as "198.51.100.1:4500 ff" or "[2001:db8::1]:4500 ff"; null when none does.
   *
   * @param waitMs 0 where only what has come counts; a generous deadline when left out
   */
  receive(waitMs?: 0): string | null;
}

export interface Peer {
  readonly xfrm: XfrmClient;
  /** As `CaseContext.addSender`, in the peer's namespace. */
  addSender(address: string, port: number): Sender;
  /** A UDP socket at this address of the peer. */
  addReceiver(address: string, port: number): Receiver;
  /** As `CaseContext.acceptEspInUdp`, in the peer's namespace. */
  acceptEspInUdp(port: number): void;
  /** How many packets that say there was congestion (RFC 3168, CE) have come, inside of others, too. */
  congestionMarks(): number;
  /** As `CaseContext.withFailingAllocation`, in the peer's namespace. */
  withFailingAllocation(nth: number, ask: (xfrm: XfrmClient) => Reply): FailedReply;
  /** Interface indexes of the two ends of the veth pair. */
  readonly ifindex: { readonly here: number; readonly there: number };
}
