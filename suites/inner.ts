/** What goes by way of an SA where a case sends: from an address of ours to one behind the other end. */
export const inner = { saddr: '192.0.2.1', prefixlen_s: 32, daddr: '192.0.2.9', prefixlen_d: 32 };
