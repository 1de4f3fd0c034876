import { messagesIn } from '../../../src/fuzz/netlink-rules.ts';
import { outcomeOf } from '../../../src/fuzz/replies.ts';
import type { FuzzSocket } from '../../../src/fuzz/report.ts';
import { type Item, policyOf, saOf, spiOf, type World } from '../../../src/fuzz/world.ts';
import { concat, encode, i32 } from '../../../src/netlink/codec.ts';
import {
  encodeAttribute,
  encodeMessage,
  type Message,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../../src/netlink/message.ts';
import { xfrmMessages } from '../../../src/netlink/xfrm-messages.ts';

const errnos: Readonly<Record<string, number>> = {
  OK: 0,
  EEXIST: 17,
  EINVAL: 22,
  ENODATA: 61,
  EAFNOSUPPORT: 97,
  ENOENT: 2,
  ERANGE: 34,
  ESRCH: 3,
};

/** What a kernel of wrong behaviour does before, or instead. */
export type Bug = (message: Message, kernel: FakeKernel) => 'accept' | 'refuse' | undefined;

/** A kernel as the oracle has it, with a bug where one is given. */
export class FakeKernel implements FuzzSocket {
  world: World = { sas: [], policies: [] };
  announced = 0;
  logged: string[] = [];
  readonly #bug: Bug;
  readonly #answers: Uint8Array[] = [];

  constructor(bug: Bug = () => undefined) {
    this.#bug = bug;
  }

  send(bytes: Uint8Array): number {
    for (const message of messagesIn(bytes)) this.#handle(message);
    return 0;
  }

  receive(): Uint8Array | null {
    return this.#answers.shift() ?? null;
  }

  hasAnswer(): boolean {
    return this.#answers.length > 0;
  }

  heard(): number {
    const count = this.announced;
    this.announced = 0;
    return count;
  }

  log(): string[] {
    return this.logged.splice(0);
  }

  slab(): number {
    return 1000;
  }

  #handle(message: Message): void {
    const { sas, policies } = this.world;
    switch (message.type) {
      case xfrmMessages.XFRM_MSG_FLUSHSA:
        this.world = { sas: [], policies };
        return;
      case xfrmMessages.XFRM_MSG_FLUSHPOLICY:
        this.world = { sas, policies: [] };
        return;
      case xfrmMessages.XFRM_MSG_NEWSA:
        this.world = { sas: [...sas, saOf(message)], policies };
        return;
      case xfrmMessages.XFRM_MSG_DELSA: {
        const spi = new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(16);
        this.world = { sas: sas.filter((sa) => spiOf(sa) !== spi), policies };
        return;
      }
      case xfrmMessages.XFRM_MSG_NEWPOLICY:
        this.world = { sas, policies: [...policies, policyOf(message)] };
        return;
      case xfrmMessages.XFRM_MSG_GETSA:
        this.#dump(message, xfrmMessages.XFRM_MSG_NEWSA, sas);
        return;
      case xfrmMessages.XFRM_MSG_GETPOLICY:
        this.#dump(message, xfrmMessages.XFRM_MSG_NEWPOLICY, policies);
        return;
      default:
        this.#migrate(message);
    }
  }

  #migrate(message: Message): void {
    const outcome = outcomeOf(this.world, message);
    const bug = this.#bug(message, this);
    const [refusal] = outcome.refusals;
    const refuse = bug === 'refuse' || (bug !== 'accept' && refusal !== undefined);
    if (!refuse && outcome.after !== null && outcome.after !== 'open') {
      if (outcome.after !== this.world) this.announced++;
      this.world = outcome.after;
    }
    const errno = refuse ? (refusal?.errno ?? 'EINVAL') : 'OK';
    if ((message.flags & 4) === 0 && errno === 'OK') return;
    const text = errno === 'OK' ? null : (refusal?.text ?? null);
    const NLM_F_CAPPED_AND_TLVS = 0x300;
    const error = concat(
      encode(i32, -errnos[errno]!),
      encodeMessage({ ...message, payload: new Uint8Array() }),
      text === null ? new Uint8Array() : encodeAttribute(1, Buffer.from(`${text}\0`)),
    );
    this.#answers.push(
      encodeMessage({
        ...message,
        type: NLMSG_ERROR,
        flags: NLM_F_CAPPED_AND_TLVS,
        payload: error,
      }),
    );
  }

  #dump({ sequence }: Message, type: number, items: readonly Item[]): void {
    const one = (payload: Uint8Array, kind: number) =>
      encodeMessage({ type: kind, flags: 2, sequence, portid: 0, payload });
    const whole = ({ info, attributes }: Item) =>
      concat(info, ...[...attributes].map(([kind, value]) => encodeAttribute(kind, value)));
    for (const item of items) this.#answers.push(one(whole(item), type));
    this.#answers.push(one(new Uint8Array(4), NLMSG_DONE));
  }
}
