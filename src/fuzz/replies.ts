import { decodeError } from '../netlink/extack.ts';
import { type Message, NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR } from '../netlink/message.ts';
import { errnoName } from '../netlink/names.ts';
import { xfrmMessages } from '../netlink/xfrm-messages.ts';
import { migrateOutcome } from './migrate-oracle.ts';
import { migrateStateOutcome } from './migrate-state-oracle.ts';
import type { Refusal } from './netlink-rules.ts';
import { type Outcome, refused, Unmodelled } from './outcome.ts';
import type { World } from './world.ts';

/** What a datagram did, as far as its answers tell. */
export interface Seen {
  /** What is wrong; null when nothing is. */
  reason: string | null;
  /** What there must be now. */
  after: World | 'open';
  /** What the message found whose success is open. */
  before: World;
  touched: boolean;
  mayChange: readonly number[];
}

/** A message and what it may do. */
export interface Predicted {
  message: Message;
  /** What it finds. */
  before: World;
  outcome: Outcome;
}

export const untouched = (world: World) => ({
  before: world,
  after: world,
  touched: false,
  mayChange: [],
});

/** How many answers there must be; where either may be, the least. */
export function answersTo(predicted: readonly Predicted[]): number {
  return predicted.filter(
    ({ message, outcome }) => (message.flags & NLM_F_ACK) !== 0 || outcome.after === null,
  ).length;
}

const NLMSG_MIN_TYPE = 0x10;
const XFRM_MSG_MAX = xfrmMessages.XFRM_MSG_MIGRATE_STATE;

/** Messages that are no requests, or control messages, are acknowledged and not read. */
export function outcomeOf(world: World, { type, flags, payload }: Message): Outcome {
  if ((flags & NLM_F_REQUEST) === 0 || type < NLMSG_MIN_TYPE) return { refusals: [], after: world };
  if (type > XFRM_MSG_MAX) return refused({ errno: 'EINVAL', text: null });
  if (type === xfrmMessages.XFRM_MSG_MIGRATE_STATE) return migrateStateOutcome(world, payload);
  if (type === xfrmMessages.XFRM_MSG_MIGRATE) return migrateOutcome(world, payload);
  throw new Unmodelled('another message');
}

/** Takes the answers in the order of the messages and says whether each is one that may be. */
export function judgeReplies(
  predicted: readonly Predicted[],
  replies: readonly Message[],
  start: World,
): Seen {
  const left = [...replies];
  let seen: Seen = { reason: null, ...untouched(start) };
  for (const { message, before, outcome } of predicted) {
    const own = left[0]?.sequence === message.sequence ? left[0] : undefined;
    const wantsAck = (message.flags & NLM_F_ACK) !== 0;
    const reply = own && own.type === NLMSG_ERROR ? decodeError(own) : undefined;
    const answer = reply && { errno: errnoName(reply.errno), text: reply.extack?.message ?? null };
    if (answer && (wantsAck || answer.errno !== 'OK')) left.shift();
    if (!answer || answer.errno === 'OK') {
      if (outcome.after === null)
        return { ...seen, reason: `accepted, and not refused with ${listed(outcome.refusals)}` };
      if (wantsAck && !answer) return { ...seen, reason: 'not acknowledged' };
      if (outcome.after !== start || seen.touched)
        seen = {
          ...seen,
          before,
          after: outcome.after,
          touched: true,
          mayChange: outcome.mayChange ?? [],
        };
    } else if (!outcome.refusals.some((refusal) => isRefusal(refusal, answer))) {
      const expected = outcome.refusals.length > 0 ? listed(outcome.refusals) : 'success';
      return {
        ...seen,
        reason: `refused with ${answer.errno} "${answer.text ?? ''}", and not ${expected}`,
      };
    }
  }
  return left.length === 0 ? seen : { ...seen, reason: `${left.length} answers too many` };
}

/** A warning of netlink that stands where nothing else is said. */
const leftover = 'bytes leftover after parsing attributes';

function isRefusal(refusal: Refusal, answer: { errno: string; text: string | null }): boolean {
  if (refusal.errno !== answer.errno) return false;
  if (refusal.text === undefined) return true;
  return refusal.text === answer.text || (refusal.text === null && answer.text === leftover);
}

function listed(refusals: readonly Refusal[]): string {
  const texts = refusals.map(({ errno, text }) => (text ? `${errno} "${text}"` : errno));
  return [...new Set(texts)].join(' or ');
}
