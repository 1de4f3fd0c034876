/** The little of rtnetlink that a case needs to have interfaces and addresses. Requests only. */

import { parseAddress } from './address.ts';
import { concat, encode, i32, struct, u8, u16, u32 } from './codec.ts';
import {
  encodeAttribute,
  encodeMessage,
  NLA_F_NESTED,
  NLM_F_ACK,
  NLM_F_REQUEST,
} from './message.ts';

const ifinfomsg = struct({ family: u8, pad: u8, type: u16, index: i32, flags: u32, change: u32 });
const ifaddrmsg = struct({ family: u8, prefixlen: u8, flags: u8, scope: u8, index: u32 });
const rtmsg = struct({
  family: u8,
  dst_len: u8,
  src_len: u8,
  tos: u8,
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: u32,
});

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const IFLA_IFNAME = 3;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_XFRM_LINK = 1;
const IFLA_XFRM_IF_ID = 2;
const NLM_F_EXCL_CREATE = 0x600;
const IFF_UP = 1;
const IFA_F_NODAD = 0x02;

const text = (value: string) => Uint8Array.from(Buffer.from(`${value}\0`, 'ascii'));
const link = (index = 0, flags = 0, change = 0) =>
  encode(ifinfomsg, { family: 0, pad: 0, type: 0, index, flags, change });

function request(
  type: number,
  flags: number,
  sequence: number,
  ...parts: Uint8Array[]
): Uint8Array {
  const payload = concat(...parts);
  return encodeMessage({
    type,
    flags: NLM_F_REQUEST | NLM_F_ACK | flags,
    sequence,
    portid: 0,
    payload,
  });
}

function kind(name: string, data?: Uint8Array): Uint8Array {
  const parts = [encodeAttribute(IFLA_INFO_KIND, text(name))];
  if (data) parts.push(encodeAttribute(IFLA_INFO_DATA | NLA_F_NESTED, data));
  return encodeAttribute(IFLA_LINKINFO | NLA_F_NESTED, concat(...parts));
}

/** A new interface of a kind that needs no parameters: dummy, nlmon. */
export function newLink(sequence: number, name: string, linkKind: string): Uint8Array {
  return request(
    RTM_NEWLINK,
    NLM_F_EXCL_CREATE,
    sequence,
    link(),
    encodeAttribute(IFLA_IFNAME, text(name)),
    kind(linkKind),
  );
}

/** A veth pair: `name` here, `peer.name` in the network namespace behind the file descriptor. */
export function newVeth(
  sequence: number,
  name: string,
  peer: { name: string; netnsFd: number },
): Uint8Array {
  const peerAttributes = concat(
    link(),
    encodeAttribute(IFLA_IFNAME, text(peer.name)),
    encodeAttribute(IFLA_NET_NS_FD, encode(u32, peer.netnsFd)),
  );
  return request(
    RTM_NEWLINK,
    NLM_F_EXCL_CREATE,
    sequence,
    link(),
    encodeAttribute(IFLA_IFNAME, text(name)),
    kind('veth', encodeAttribute(VETH_INFO_PEER | NLA_F_NESTED, peerAttributes)),
  );
}

/** An xfrm interface with this if_id. */
export function newXfrmInterface(
  sequence: number,
  name: string,
  ifId: number,
  lower = 0,
): Uint8Array {
  const data = concat(
    encodeAttribute(IFLA_XFRM_IF_ID, encode(u32, ifId)),
    lower ? encodeAttribute(IFLA_XFRM_LINK, encode(u32, lower)) : new Uint8Array(),
  );
  return request(
    RTM_NEWLINK,
    NLM_F_EXCL_CREATE,
    sequence,
    link(),
    encodeAttribute(IFLA_IFNAME, text(name)),
    kind('xfrm', data),
  );
}

/** Sets IFF_UP on the interface with this index. */
export function linkUp(sequence: number, index: number): Uint8Array {
  return request(RTM_NEWLINK, 0, sequence, link(index, IFF_UP, IFF_UP));
}

/** Adds an address; duplicate address detection is skipped, so it can be used at once. */
export function newAddress(
  sequence: number,
  index: number,
  ip: string,
  prefixLength: number,
): Uint8Array {
  const v6 = ip.includes(':');
  const bytes = parseAddress(ip).subarray(0, v6 ? 16 : 4);
  const header = encode(ifaddrmsg, {
    family: v6 ? 10 : 2,
    prefixlen: prefixLength,
    flags: v6 ? IFA_F_NODAD : 0,
    scope: 0,
    index,
  });
  const IFA_ADDRESS = 1;
  const IFA_LOCAL = 2;
  return request(
    RTM_NEWADDR,
    NLM_F_EXCL_CREATE,
    sequence,
    header,
    encodeAttribute(IFA_LOCAL, bytes),
    encodeAttribute(IFA_ADDRESS, bytes),
  );
}

/** A route to destination/prefixLength through an interface. */
export function newRoute(
  sequence: number,
  destination: string,
  prefixLength: number,
  index: number,
): Uint8Array {
  const v6 = destination.includes(':');
  const RT_TABLE_MAIN = 254;
  const RTPROT_STATIC = 4;
  const RTN_UNICAST = 1;
  const RT_SCOPE_LINK = 253;
  const header = encode(rtmsg, {
    family: v6 ? 10 : 2,
    dst_len: prefixLength,
    src_len: 0,
    tos: 0,
    table: RT_TABLE_MAIN,
    protocol: RTPROT_STATIC,
    scope: v6 ? 0 : RT_SCOPE_LINK,
    type: RTN_UNICAST,
    flags: 0,
  });
  const RTA_DST = 1;
  const RTA_OIF = 4;
  return request(
    RTM_NEWROUTE,
    NLM_F_EXCL_CREATE,
    sequence,
    header,
    encodeAttribute(RTA_DST, parseAddress(destination).subarray(0, v6 ? 16 : 4)),
    encodeAttribute(RTA_OIF, encode(u32, index)),
  );
}
