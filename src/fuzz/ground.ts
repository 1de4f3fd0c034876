import { concat } from '../netlink/codec.ts';
import {
  decodeMessages,
  encodeMessage,
  type Message,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
} from '../netlink/message.ts';
import { xfrmMessages } from '../netlink/xfrm-messages.ts';
import { deletion } from './deletion.ts';
import type { FuzzSocket } from './report.ts';
import { type FuzzInterface, installing, settingOf } from './setting.ts';
import { type Item, indexOfPolicy, policyOf, saOf, spiOf, type World } from './world.ts';

/** The SAs and policies of a namespace: put there, looked at, and put back. */
export class Ground {
  /** What there is before a request, as the kernel shows it, in the order of SPIs and indexes. */
  start: World = { sas: [], policies: [] };
  readonly #socket: FuzzSocket;
  readonly #install: Uint8Array[];

  constructor(kind: FuzzInterface, socket: FuzzSocket) {
    this.#socket = socket;
    this.#install = installing(settingOf(kind));
    this.reset();
    const { sas, policies } = this.look();
    const found = `${sas.length} SAs and ${policies.length} policies`;
    const wanted = `${settingOf(kind).sas.length} SAs and ${settingOf(kind).policies.length} policies`;
    if (found !== wanted) throw new Error(`${found} could be set up, not ${wanted}`);
    this.start = {
      sas: sas.toSorted((a, b) => spiOf(a) - spiOf(b)),
      policies: policies.toSorted((a, b) => indexOfPolicy(a) - indexOfPolicy(b)),
    };
  }

  /** Everything anew, and nothing left to read. */
  reset(): void {
    this.#socket.send(concat(flushSas, flushPolicies, ...this.#install));
    while (this.#socket.hasAnswer() && this.#socket.receive()) {}
    this.#socket.heard();
  }

  /** Puts back only what a request has changed: it is the making of SAs that takes long. */
  restore(after: World): void {
    const moved = this.start.sas.flatMap((sa, i) => (after.sas[i] === sa ? [] : [i]));
    const count = this.start.sas.length;
    const rewritten = this.start.policies.flatMap((policy, i) =>
      after.policies[i] === policy ? [] : [i],
    );
    const messages = [
      ...moved.map((i) => deletion(after.sas[i]!)),
      ...moved.map((i) => this.#install[i]!),
      ...rewritten.map((i) => asUpdate(this.#install[count + i]!)),
    ];
    if (messages.length > 0) this.#socket.send(concat(...messages));
  }

  /** After everything was flushed nothing must be left; else a sentence. */
  flushed(): string | null {
    this.#socket.send(concat(flushSas, flushPolicies));
    const { sas, policies } = this.look();
    if (sas.length + policies.length === 0) return null;
    return `${sas.length} SAs and ${policies.length} policies are left after everything was flushed`;
  }

  look(): World {
    return { sas: this.sas(), policies: this.policies() };
  }

  sas(): Item[] {
    return this.#dump(dumpSas).map(saOf);
  }

  policies(): Item[] {
    return this.#dump(dumpPolicies).map(policyOf);
  }

  #dump(request: Uint8Array): readonly Message[] {
    const messages: Message[] = [];
    if (this.#socket.send(request) !== 0) return messages;
    for (let each = this.#socket.receive(); each; each = this.#socket.receive()) {
      messages.push(...decodeMessages(each));
      if (messages.at(-1)?.type === NLMSG_DONE) break;
    }
    return messages.filter(({ type }) => type !== NLMSG_DONE);
  }
}

/** XFRM_MSG_NEWPOLICY as XFRM_MSG_UPDPOLICY. */
function asUpdate(message: Uint8Array): Uint8Array {
  const copy = message.slice();
  copy[4] = xfrmMessages.XFRM_MSG_UPDPOLICY;
  return copy;
}

const dumpSequence = 3;
const request = (type: number, flags: number, payload: Uint8Array) =>
  encodeMessage({ type, flags: NLM_F_REQUEST | flags, sequence: dumpSequence, portid: 0, payload });
const flushSas = request(xfrmMessages.XFRM_MSG_FLUSHSA, 0, new Uint8Array(4));
const flushPolicies = request(xfrmMessages.XFRM_MSG_FLUSHPOLICY, 0, new Uint8Array());
const dumpSas = request(xfrmMessages.XFRM_MSG_GETSA, NLM_F_DUMP, new Uint8Array());
const dumpPolicies = request(xfrmMessages.XFRM_MSG_GETPOLICY, NLM_F_DUMP, new Uint8Array(64));
