/** A netlink message in parts, so that one can be spoilt and the others stay what they are. */
import { concat, viewOf } from '../netlink/codec.ts';
import { align4, nlattr, nlmsghdr } from '../netlink/message.ts';

export interface Attribute {
  readonly type: number;
  readonly payload: Uint8Array;
  /** nla_len says so many bytes more than there are. */
  readonly lie: number;
}

export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portid: number;
  /** nlmsg_len says so many bytes more than there are. */
  readonly lie: number;
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
  /** Stray bytes behind the attributes. */
  readonly tail: Uint8Array;
  /** Whole messages that follow in the same datagram. */
  readonly more: readonly Uint8Array[];
}

/** The datagram. By hand, since it is made for every request, and made again to find a smaller one. */
export function bytesOf(request: Request): Uint8Array {
  const { header, attributes, tail } = request;
  const length =
    nlmsghdr.size +
    header.length +
    attributes.reduce((sum, { payload }) => sum + nlattr.size + align4(payload.length), 0) +
    tail.length;
  const padded = request.more.length === 0 ? length : align4(length);
  const bytes = new Uint8Array(padded);
  const view = viewOf(bytes);
  view.setUint32(0, (length + request.lie) >>> 0, true);
  view.setUint16(4, request.type, true);
  view.setUint16(6, request.flags, true);
  view.setUint32(8, request.sequence, true);
  view.setUint32(12, request.portid, true);
  bytes.set(header, nlmsghdr.size);
  let offset = nlmsghdr.size + header.length;
  for (const { type, payload, lie } of attributes) {
    view.setUint16(offset, nlattr.size + payload.length + lie, true);
    view.setUint16(offset + 2, type, true);
    bytes.set(payload, offset + nlattr.size);
    offset += nlattr.size + align4(payload.length);
  }
  bytes.set(tail, offset);
  return request.more.length === 0 ? bytes : concat(bytes, ...request.more);
}
