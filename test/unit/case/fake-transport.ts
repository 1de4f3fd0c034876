import type { Received, Transport } from '../../../src/case/transport.ts';
import { concat, decode, encode, fromHex, i32, toHex, u32 } from '../../../src/netlink/codec.ts';
import {
  encodeAttribute,
  encodeMessage,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_ERROR,
  nlmsghdr,
} from '../../../src/netlink/message.ts';

type Answer = (request: Uint8Array) => Uint8Array[] | number;

/** A kernel that gives prepared answers, one a request, and keeps what it was asked. */
export class FakeTransport implements Transport {
  readonly netns: string;
  readonly asked: Uint8Array[] = [];
  readonly #answers: Answer[];
  pending: Received[] = [];
  /** What comes while the listener is waited for, a batch after the other. */
  readonly later: Received[][] = [];

  constructor(answers: Answer[], netns = 'main') {
    this.#answers = answers;
    this.netns = netns;
  }

  exchange(bytes: Uint8Array): Uint8Array[] | number {
    this.asked.push(bytes);
    const answer = this.#answers.shift();
    if (!answer) throw new Error('asked once more than prepared for');
    return answer(bytes);
  }

  drain(waitMs = 0): Received[] {
    const received = this.pending;
    this.pending = (waitMs > 0 && this.later.shift()) || [];
    return received;
  }

  /** Hex of what follows the header of the n-th request. */
  payload(n: number): string {
    return toHex(this.asked[n]!.subarray(nlmsghdr.size));
  }
}

/** The kernel's word on a request: an errno, and what the extended acknowledgement says. */
export function says(errno: number, extack?: { message?: string; offset?: number }): Answer {
  return (request) => {
    const { sequence, portid } = decode(nlmsghdr, request);
    const tlvs = [
      extack?.message && encodeAttribute(1, Uint8Array.from(Buffer.from(`${extack.message}\0`))),
      extack?.offset !== undefined && encodeAttribute(2, encode(u32, extack.offset)),
    ].filter((part) => part instanceof Uint8Array);
    const flags = NLM_F_CAPPED | (extack ? NLM_F_ACK_TLVS : 0);
    const payload = concat(encode(i32, -errno), request.subarray(0, nlmsghdr.size), ...tlvs);
    return [encodeMessage({ type: NLMSG_ERROR, flags, sequence, portid, payload })];
  };
}

/** A message in answer to a request, before the kernel's word. */
export function sends(type: number, payloadHex: string, errno = 0): Answer {
  return (request) => {
    const { sequence, portid } = decode(nlmsghdr, request);
    const payload = fromHex(payloadHex);
    const message = encodeMessage({ type, flags: 0, sequence, portid, payload });
    const [word] = says(errno)(request) as Uint8Array[];
    return [message, word!];
  };
}
