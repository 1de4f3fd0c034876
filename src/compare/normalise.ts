import type { CaseRecord, Json, NotificationRecord, RequestRecord } from '../case/record.ts';
import { decode, fromHex } from '../netlink/codec.ts';
import { nlmsghdr } from '../netlink/message.ts';
import { XFRM_AE_CE } from '../netlink/xfrm.ts';
import type { CaseResult } from '../report/results.ts';
import { Assigned, padding } from './assigned.ts';
import { knownCrash } from './crash.ts';
import { byName } from './names.ts';
import type {
  Observation,
  Seen,
  SeenExtack,
  SeenNotification,
  SeenRequest,
} from './observation.ts';
import { normaliseText, tellingLines } from './text.ts';

/** What the kernel did in a case, such that two runs, or two kernels, can be compared by it. */
export function observationOf({ verdict, record, crash }: CaseResult): Observation {
  const ran = record?.outcome === 'observed';
  const reason = ran ? null : (record?.reason ?? verdict.reason);
  return {
    verdict: verdict.status,
    crash: crash && knownCrash(crash),
    outcome: record?.outcome ?? 'not run',
    reason: reason === null || crash !== null ? null : normaliseText(reason.split('\n', 1)[0]!),
    seen: record && seenIn(record),
  };
}

function seenIn(record: CaseRecord): Seen {
  const assigned = new Assigned(record);
  const sent = record.requests
    .map(({ bytes }) => fromHex(bytes))
    .filter(({ length }) => length >= nlmsghdr.size)
    .map((bytes) => decode(nlmsghdr, bytes));
  const echoed = {
    sequence: new Set(sent.map(({ sequence }) => sequence)),
    portid: new Set(sent.map(({ portid }) => portid)),
  };
  return {
    // In the order of events, because numbers are given in the order of appearance.
    requests: byName(
      record.requests,
      ({ purpose, message, netns }) => `${purpose} ${message}${place(netns)}`,
      (request) => seenRequest(request, assigned),
    ),
    notifications: byName(
      record.notifications,
      ({ group, message, netns }) => `${group} ${message}${place(netns)}`,
      (notification) => seenNotification(notification, assigned, echoed),
    ),
    observation: assigned.normalise(record.observation),
    kernelLog: tellingLines(record.kernelLog),
  };
}

/** The case's own namespace goes without saying. */
function place(netns: string): string {
  return netns === 'main' ? '' : ` in ${netns}`;
}

function seenRequest(
  { flags, header, attributes, reply, answers }: RequestRecord,
  assigned: Assigned,
): SeenRequest {
  return {
    sent: {
      flags,
      header: assigned.normalise(header),
      attributes: namedAttributes(attributes, assigned),
    },
    errno: reply.errno,
    extack: reply.extack && seenExtack(reply.extack),
    answers: answers.map((answer) => seenAnswer(answer, assigned)),
  };
}

function seenExtack({ message, offset, attribute, policy }: SeenExtack): SeenExtack {
  return { message: message && normaliseText(message), offset, attribute, policy };
}

function seenAnswer(answer: Json, assigned: Assigned): Json {
  if (!isAnswer(answer)) return assigned.normalise(answer);
  const { attributes, ...rest } = answer;
  return { ...(assigned.normalise(rest) as object), ...namedAttributes(attributes, assigned) };
}

type Attributes = RequestRecord['attributes'];

function isAnswer(answer: Json): answer is { [key: string]: Json } & { attributes: Attributes } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'attributes' in answer &&
    Array.isArray(answer.attributes) &&
    answer.attributes.every((each) => typeof each === 'object' && each !== null && 'name' in each)
  );
}

/** Attributes by name: their order says nothing. */
function namedAttributes(attributes: Attributes, assigned: Assigned): Record<string, Json> {
  return byName(
    attributes.filter(({ name }) => !padding.has(name)),
    ({ name }) => name,
    ({ name, value }) => assigned.attribute(name, value),
  );
}

interface Echoed {
  readonly sequence: ReadonlySet<number>;
  readonly portid: ReadonlySet<number>;
}

function seenNotification(
  { header, attributes, sequence, portid }: NotificationRecord,
  assigned: Assigned,
  echoed: Echoed,
): SeenNotification {
  const named = namedAttributes(attributes, assigned);
  return {
    header: assigned.normalise(header),
    attributes: isOfTimer(header) ? withoutCounts(named) : named,
    sequence: origin(sequence, echoed.sequence),
    portid: origin(portid, echoed.portid),
  };
}

/** An XFRM_MSG_NEWAE that a timer caused. */
function isOfTimer(header: Json): boolean {
  const isEvent = typeof header === 'object' && header !== null && 'sa_id' in header;
  return isEvent && 'flags' in header && header.flags === XFRM_AE_CE;
}

/** A timer that found nothing to tell goes off with the next packet, before that is counted. */
function withoutCounts(named: Record<string, Json>): Record<string, Json> {
  const { XFRMA_LTIME_VAL: lifetime, ...rest } = named;
  if (typeof lifetime !== 'object') return named;
  return { ...rest, XFRMA_LTIME_VAL: { ...lifetime, bytes: '(count)', packets: '(count)' } };
}

function origin(number: number, echoed: ReadonlySet<number>): SeenNotification['sequence'] {
  if (number === 0) return 'zero';
  return echoed.has(number) ? 'of a request' : 'other';
}
