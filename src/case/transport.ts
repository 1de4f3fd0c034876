/** A strict NETLINK_XFRM socket in one network namespace, as the agent provides it. */
export interface Transport {
  /** Name of the network namespace: "main", "peer". */
  readonly netns: string;
  /**
   * Sends one request and receives until its acknowledgement, its error or the end of its dump.
   *
   * @param bytes a whole netlink message; the sequence number in it tells which answer is its own
   * @returns the datagrams as received, or the errno (positive) with which sending itself failed
   */
  exchange(bytes: Uint8Array): Uint8Array[] | number;
  /**
   * Datagrams that the multicast listener of this namespace has received and not yet handed out.
   *
   * @param waitMs how long to wait for the first, when there is none
   */
  drain(waitMs?: number): Received[];
}

/** One datagram of the multicast listener. */
export interface Received {
  /** Multicast group number, from NETLINK_PKTINFO; 0 when unknown. */
  group: number;
  bytes: Uint8Array;
}
