import type { GuestFacts } from '../kernel/kernel.ts';

/** Plain data, as JSON carries it. 64-bit numbers beyond 2^53 are decimal strings. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a netlink error or acknowledgement carried beside its errno (NETLINK_EXT_ACK). */
export interface ExtAck {
  /** NLMSGERR_ATTR_MSG */
  message: string | null;
  /** NLMSGERR_ATTR_OFFS: byte offset of the offending attribute from the start of the request. */
  offset: number | null;
  /** Name of the attribute that the offset points at, e.g. "XFRMA_ENCAP"; found by the client. */
  attribute: string | null;
  /** NLMSGERR_ATTR_POLICY, decoded: { type: 'u8', minValue: 1, … } */
  policy: Json;
}

/** The kernel's answer to one request. */
export interface Reply {
  /** Errno by name, e.g. "EINVAL"; "OK" when the request was acknowledged. */
  errno: string;
  extack: ExtAck | null;
}

/** One netlink request as it was sent and answered. */
export interface RequestRecord {
  /** Set-up, the request that the case is about, or a look at what it left behind. */
  purpose: 'setup' | 'subject' | 'inspect';
  /** Name of the network namespace: "main", "peer". */
  netns: string;
  /** e.g. "XFRM_MSG_MIGRATE_STATE"; "0x29" for one without a name. */
  message: string;
  /** Netlink flags by name: ["NLM_F_REQUEST", "NLM_F_ACK"]. */
  flags: readonly string[];
  /** The fixed header, decoded. */
  header: Json;
  /** Attributes in the order sent, decoded. */
  attributes: readonly { name: string; value: Json }[];
  /** The whole message, hex, nlmsghdr included. */
  bytes: string;
  reply: Reply;
  /** Messages of a GET or a dump, decoded. */
  answers: readonly Json[];
}

/** A multicast message that the case's listener received. */
export interface NotificationRecord {
  /** e.g. "XFRMNLGRP_MIGRATE" */
  group: string;
  netns: string;
  message: string;
  sequence: number;
  portid: number;
  header: Json;
  attributes: readonly { name: string; value: Json }[];
  bytes: string;
}

/** Everything that one case left, whether or not it was expected. */
export interface CaseRecord {
  id: string;
  /**
   * `observed`: the case ran to its end. `setup-failed`: a set-up step did not succeed, or our own
   * code threw; no word about the kernel. `missing-need`: the kernel lacks what the case needs.
   */
  outcome: 'observed' | 'setup-failed' | 'missing-need';
  /** One sentence for the last two outcomes. */
  reason: string | null;
  /** What the case returned. */
  observation: Json;
  requests: readonly RequestRecord[];
  notifications: readonly NotificationRecord[];
  /** Lines of the kernel log that appeared while the case ran. */
  kernelLog: readonly string[];
  durationMs: number;
}

/** A request and its answer as the agent records them: bytes, which the host reads. */
export interface RawRequestRecord {
  purpose: RequestRecord['purpose'];
  netns: string;
  /** Bytes of the fixed header that follows nlmsghdr. */
  headerLength: number;
  /** The whole message, hex. */
  bytes: string;
  /** The datagrams that came back, hex, or the positive errno with which sending failed. */
  received: readonly string[] | number;
}

/** A datagram of the multicast listener, hex. */
export interface RawNotification {
  group: number;
  netns: string;
  bytes: string;
}

/** What the agent sends of a case. */
export interface RawCaseRecord extends Omit<CaseRecord, 'requests' | 'notifications'> {
  /** When it started, milliseconds of CLOCK_MONOTONIC: leaks are told from each other by their time. */
  startedMs: number;
  requests: readonly RawRequestRecord[];
  notifications: readonly RawNotification[];
}

/** What the agent writes, one JSON object a line. */
export type AgentEvent =
  /**
   * The first line. `release` and `build` are `uname -r` and `uname -v`, `tainted` is the mask in
   * /proc/sys/kernel/tainted.
   */
  | {
      event: 'hello';
      protocol: number;
      release: string;
      build: string;
      uptimeMs: number;
      tainted: number;
    }
  /** The answer to the command `facts`. */
  | { event: 'facts'; facts: GuestFacts }
  | { event: 'case-start'; id: string }
  | { event: 'case-end'; record: RawCaseRecord }
  /** Our own failure outside of any case: the guest is of no more use. */
  | { event: 'agent-error'; message: string }
  | { event: 'done' }
  /** The answer to the command `leaks`: what /sys/kernel/debug/kmemleak says, or nothing. */
  | { event: 'leaks'; report: string }
  /**
   * One per profiled object in answer to the command `coverage`, then `done`: a file of gcov's, named
   * as the kernel names it below /sys/kernel/debug/gcov.
   */
  | { event: 'coverage'; path: string; base64: string };

/** What the agent reads, one JSON object a line. */
export type AgentCommand =
  /** Read what the host could not know of this kernel; slow on emulated machines. */
  | { command: 'facts' }
  /** `settle`: end each case only when the kernel has taken its namespaces apart. */
  | { command: 'run'; cases: readonly string[]; seed?: number; settle?: boolean }
  | { command: 'leaks' }
  | { command: 'coverage' }
  | { command: 'quit' };

export const protocolVersion = 1;
