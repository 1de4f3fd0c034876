/** A netlink message in parts, so that one can be spoilt and the others stay what they are. */
import { concat, encode } from '../netlink/codec.ts';
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

const padded = (bytes: Uint8Array) => {
  const whole = new Uint8Array(align4(bytes.length));
  whole.set(bytes);
  return whole;
};

/** The datagram. */
export function bytesOf(request: Request): Uint8Array {
  const attributes = request.attributes.map(({ type, payload, lie }) => {
    const length = (nlattr.size + payload.length + lie) & 0xffff;
    return concat(encode(nlattr, { length, type }), padded(payload));
  });
  const body = concat(request.header, ...attributes, request.tail);
  const length = (nlmsghdr.size + body.length + request.lie) >>> 0;
  const { type, flags, sequence, portid } = request;
  const message = concat(encode(nlmsghdr, { length, type, flags, sequence, portid }), body);
  return request.more.length === 0 ? message : concat(padded(message), ...request.more);
}
