import { toHex } from '../netlink/codec.ts';
import { encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../netlink/message.ts';
import { type Answer, readAnswer } from './answer.ts';
import type { RawNotification, RawRequestRecord, RequestRecord } from './record.ts';
import type { Received, Transport } from './transport.ts';

/** A request before it has a sequence number. */
export interface RawRequest {
  type: number;
  /** Beside NLM_F_REQUEST | NLM_F_ACK, which are the default. */
  flags?: number;
  /** All of the netlink flags, instead of the default. */
  allFlags?: number;
  /** nlmsg_pid; 0 when left out, which the kernel takes from any sender. */
  portid?: number;
  /** The fixed header of the message. */
  header: Uint8Array;
  /** Attributes, encoded. */
  attributes?: Uint8Array;
}

/** Everything that a case sends and receives goes through here, so that nothing goes unrecorded. */
export class Exchange {
  readonly requests: RawRequestRecord[] = [];
  readonly notifications: RawNotification[] = [];
  /** All 32 bits are to come back: the first are beyond 16. */
  #sequence = 0x1_0000;
  /** Sequence number and port id of the subject sent last: what its notifications echo. */
  subject = { sequence: 0, portid: 0 };

  /** Sends a request over a namespace's socket and records it with its answer. */
  send(transport: Transport, purpose: RequestRecord['purpose'], request: RawRequest): Answer {
    const sequence = ++this.#sequence;
    const flags = request.allFlags ?? NLM_F_REQUEST | NLM_F_ACK | (request.flags ?? 0);
    const portid = request.portid ?? 0;
    if (purpose === 'subject') this.subject = { sequence, portid };
    const message = { type: request.type, flags, sequence, portid, payload: request.header };
    const bytes = encodeMessage(message, request.attributes);
    const received = transport.exchange(bytes);
    this.requests.push({
      purpose,
      netns: transport.netns,
      headerLength: request.header.length,
      bytes: toHex(bytes),
      received: typeof received === 'number' ? received : received.map(toHex),
    });
    return readAnswer(received, sequence, bytes);
  }

  /**
   * Records what the listener received since the last call, and returns it.
   *
   * @param waitMs how long to wait for the first, when there is none
   */
  drain(transport: Transport, waitMs = 0): Received[] {
    const fresh = transport.drain(waitMs);
    const { netns } = transport;
    for (const { group, bytes } of fresh)
      this.notifications.push({ group, netns, bytes: toHex(bytes) });
    return fresh;
  }
}
