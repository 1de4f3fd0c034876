import { type CaseContext, hosts, ok, type Reply, type XfrmClient } from '../src/case/index.ts';
import { ordering, Tunnel, type Way } from './end-to-end.ts';

/** What lets an allocation of the kernel fail. */
export const shortMemory = {
  kconfig: ['XFRM_MIGRATE', 'FAILSLAB', 'FAULT_INJECTION_DEBUG_FS'],
} as const;

/** What a request did. */
interface Outcome {
  readonly reply: Reply;
  /** "before": nothing has changed; else all that has, in words. */
  readonly state: string;
}

/** A request while one of the kernel's allocations failed, or was to fail. */
interface Trial extends Outcome {
  readonly failed: boolean;
  /** How many announcements there were. */
  readonly heard: number;
}

/** What came of a request whose allocations failed one by one. */
export interface Trials {
  /** With the last one no allocation failed. */
  readonly last: Pick<Trial, 'reply' | 'heard'>;
  /** Errnos other than ENOMEM (no memory) and ENOBUFS (none for the request itself). */
  readonly refusedOtherwise: readonly string[];
  /** What was neither refused with everything as before, nor done as the last one was. */
  readonly wrong: readonly string[];
  /** Announcements that were lost, though the answer does not warn of it. */
  readonly unannounced: readonly string[];
}

/** More than the kernel allocates for one request. */
const mostAllocations = 500;

/** What is expected of every request. */
export const doneOrRefused = { last: { reply: ok(), heard: 1 }, refusedOtherwise: [], wrong: [] };

/**
 * Lets the 1st allocation of a request fail, then the 2nd of another one, until there are no more.
 *
 * @param attempt sets everything up anew, asks, and looks at what has changed
 */
export function failEachAllocation(
  context: CaseContext,
  attempt: (ask: (request: (xfrm: XfrmClient) => Reply) => Reply) => Outcome,
): Trials {
  // Those of every case take a lost announcement for a fault of ours.
  context.stopListening();
  const listener = context.addListener();
  const trials = untilNoneFails((nth): Trial => {
    let failed = false;
    const outcome = attempt((request) => {
      const answer = context.withFailingAllocation(nth, request);
      failed = answer.failed;
      return answer.reply;
    });
    return { ...outcome, failed, heard: listener.read().messages.length };
  });
  const last = trials.at(-1)!;
  const refused = trials.filter(isRefused);
  return {
    last: { reply: last.reply, heard: last.heard },
    refusedOtherwise: distinct(
      refused
        .filter(({ reply }) => !['ENOMEM', 'ENOBUFS'].includes(reply.errno))
        .map(({ reply }) => `${reply.errno}: ${reply.extack?.message ?? ''}`),
    ),
    wrong: distinct(
      trials
        .filter((trial) => !isWhole(trial, last))
        .map(({ reply, state, heard }) => `${reply.errno}, ${state}, ${heard} announced`),
    ),
    unannounced: distinct(
      trials
        .filter(({ reply, heard }) => reply.errno === 'OK' && heard === 0)
        .map(({ reply }) => reply.extack?.message ?? 'no warning'),
    ),
  };
}

/**
 * An IP-TFS SA that puts packets in order, while the 1st allocation of its migration fails, then the
 * 2nd, until there are no more: each time it is sent packets out of order afterwards.
 */
function orderAfterEachAllocation(context: CaseContext, way: Way) {
  const tunnel = new Tunnel(context, ordering);
  const trials = untilNoneFails((nth) => {
    tunnel.renew();
    const { reply, failed } = tunnel.peer.withFailingAllocation(nth, (xfrm) =>
      way.there(tunnel, hosts.b, xfrm),
    );
    // Without a reply nobody knows where it is.
    if (reply.errno === 'no reply') return { reply, failed, ordered: true };
    tunnel.sendAnew(reply.errno === 'OK' ? hosts.b : hosts.a);
    tunnel.sendNumbered([2, 4, 3]);
    return { reply, failed, ordered: tunnel.arrived(3) === 3 };
  });
  return {
    last: trials.at(-1)!.reply,
    refused: trials.some(isRefused),
    lost: distinct(trials.filter(({ ordered }) => !ordered).map(({ reply }) => reply.errno)),
  };
}

/** A case of it, but for its requirements and needs. */
export const orderedAfterEach = (way: Way) => ({
  summary:
    'Whichever allocation fails, an IP-TFS SA that is migrated or left as it is puts packets in order.',
  run: (context: CaseContext) => orderAfterEachAllocation(context, way),
  expect: { full: { last: ok(), refused: true, lost: [] } },
});

function untilNoneFails<T extends { readonly failed: boolean }>(attempt: (nth: number) => T): T[] {
  const trials: T[] = [];
  for (let nth = 1; trials.at(-1)?.failed ?? true; nth++) {
    if (nth > mostAllocations) throw new Error(`${nth - 1} allocations for one request`);
    trials.push(attempt(nth));
  }
  return trials;
}

/** Done as it is with enough memory, or not done at all. Whose reply was lost may be either. */
function isWhole({ reply, state, heard }: Trial, done: Trial): boolean {
  const whole = state === done.state && heard <= 1;
  const untouched = state === 'before' && heard === 0;
  if (reply.errno === 'no reply') return whole || untouched;
  return reply.errno === 'OK' ? whole : untouched;
}

function isRefused({ reply }: { readonly reply: Reply }): boolean {
  return !['OK', 'no reply'].includes(reply.errno);
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
