import { decodeRecord } from '../case/decode-record.ts';
import type { AgentCommand, AgentEvent, CaseRecord, RawCaseRecord } from '../case/record.ts';
import { protocolVersion } from '../case/record.ts';
import type { ProfileFile } from '../coverage/profile.ts';
import type { GuestFacts } from '../kernel/kernel.ts';
import { type Guest, maxCommandBytes } from '../machine/machine.ts';
import { deadline, TimedOut } from './deadline.ts';
import { parseEvent } from './event.ts';

/** How one boot went on after its agent said hello. */
export interface SessionEnd {
  /** `done`: every case was run. */
  how: 'done' | 'guest-ended' | 'hang' | 'garbage' | 'agent-error' | 'aborted';
  /** The case that had started and not ended. */
  inFlight: string | null;
  /** One sentence, but for `done`. */
  detail: string;
}

export type RunOptions = Pick<Extract<AgentCommand, { command: 'run' }>, 'seed' | 'settle'>;

/** Told of what happens, while it happens. */
export interface SessionListener {
  caseStarted(id: string): void;
  /** @param startedMs on the guest's CLOCK_MONOTONIC, milliseconds */
  caseEnded(record: CaseRecord, startedMs: number): void;
}

/**
 * Talks to the agent of one booted guest: asks it to run cases and reads what it records.
 *
 * The guest is not trusted: every line is checked against the schema of events, and every wait has
 * a deadline.
 */
export class Session {
  readonly #guest: Guest;
  readonly #lines: AsyncIterator<string>;
  readonly #silenceMs: number;
  readonly #signal: AbortSignal;

  /** @param silenceMs how long the agent may say nothing before the guest counts as hung */
  constructor(guest: Guest, silenceMs: number, signal: AbortSignal) {
    this.#guest = guest;
    this.#lines = guest.lines()[Symbol.asyncIterator]();
    this.#silenceMs = silenceMs;
    this.#signal = signal;
  }

  /** Reads the agent's first line. */
  async hello(): Promise<Extract<AgentEvent, { event: 'hello' }> | SessionEnd> {
    const event = await this.#next();
    if (!isEvent(event)) return event;
    if (event.event !== 'hello') return garbage(`the first event was "${event.event}"`);
    if (event.protocol !== protocolVersion)
      return garbage(`it speaks protocol ${event.protocol}, not ${protocolVersion}`);
    return event;
  }

  /** What the kernel says of itself. */
  async facts(): Promise<GuestFacts | SessionEnd> {
    this.#send({ command: 'facts' });
    const event = await this.#next();
    if (!isEvent(event)) return event;
    return event.event === 'facts'
      ? event.facts
      : garbage(`"${event.event}" where facts were asked`);
  }

  /**
   * Asks for cases, as many as fit into one command; two commands may wait in the guest. What becomes
   * of them, `follow` reads, command by command.
   */
  ask(cases: readonly string[], options: RunOptions): void {
    this.#send({ command: 'run', cases, ...options });
  }

  /** Reads on until all cases of a command are done or the guest is of no more use. */
  async follow(cases: readonly string[], listener: SessionListener): Promise<SessionEnd> {
    const expected = new Set(cases);
    let inFlight: string | null = null;
    for (;;) {
      const event = await this.#next();
      if (!isEvent(event)) return { ...event, inFlight };
      if (event.event === 'done') return { how: 'done', inFlight: null, detail: '' };
      if (event.event === 'agent-error')
        return { how: 'agent-error', inFlight, detail: event.message };
      if (event.event === 'case-start' && inFlight === null && expected.delete(event.id)) {
        inFlight = event.id;
        listener.caseStarted(event.id);
      } else if (event.event === 'case-end' && event.record.id === inFlight) {
        const record = decoded(event.record);
        if (!record) return { ...garbage('bytes that are no netlink messages'), inFlight };
        inFlight = null;
        listener.caseEnded(record, event.record.startedMs);
      } else {
        return { ...garbage(`an event "${event.event}" out of turn`), inFlight };
      }
    }
  }

  /** kmemleak's report on the cases that this guest has run. */
  async leaks(): Promise<string | SessionEnd> {
    this.#send({ command: 'leaks' });
    const event = await this.#next();
    if (!isEvent(event)) return event;
    return event.event === 'leaks'
      ? event.report
      : garbage(`"${event.event}" where leaks were asked`);
  }

  /** What gcov has counted in this guest, object by object. */
  async coverage(): Promise<ProfileFile[] | SessionEnd> {
    this.#send({ command: 'coverage' });
    const files: ProfileFile[] = [];
    for (;;) {
      const event = await this.#next();
      if (!isEvent(event)) return event;
      if (event.event === 'done') return files;
      if (event.event !== 'coverage') return garbage(`"${event.event}" where coverage was asked`);
      files.push({ path: event.path, data: Buffer.from(event.base64, 'base64') });
    }
  }

  #send(command: AgentCommand): void {
    this.#guest.send(JSON.stringify(command));
  }

  async #next(): Promise<AgentEvent | SessionEnd> {
    try {
      const line = await deadline(this.#lines.next(), this.#silenceMs, this.#signal);
      if (!line.done) return parseEvent(line.value) ?? garbage(`it wrote ${quote(line.value)}`);
      const end = await deadline(this.#guest.ended, this.#silenceMs, this.#signal);
      return { how: 'guest-ended', inFlight: null, detail: end.detail };
    } catch (error) {
      if (this.#signal.aborted) return { how: 'aborted', inFlight: null, detail: 'interrupted' };
      if (!(error instanceof TimedOut)) throw error;
      const seconds = Math.round(this.#silenceMs / 1000);
      return { how: 'hang', inFlight: null, detail: `the guest said nothing for ${seconds} s` };
    }
  }
}

/** At most so many cases a command. */
const batchCases = 12;
/** Of the last ones fewer: guests that share the cases of a kernel end about together. */
const lastBatchCases = 3;
const lastCases = 48;

/** As many cases at a time as fit into one command. */
export function inBatches(cases: readonly string[]): string[][] {
  const batches: string[][] = [];
  const frame = JSON.stringify({ command: 'run', cases: [] } satisfies AgentCommand).length;
  let room = 0;
  for (const [i, id] of cases.entries()) {
    const size = Buffer.byteLength(JSON.stringify(id)) + 1;
    const most = i < cases.length - lastCases ? batchCases : lastBatchCases;
    if (size > room || batches.at(-1)!.length >= most) {
      batches.push([]);
      room = maxCommandBytes - frame;
    }
    batches.at(-1)!.push(id);
    room -= size;
  }
  return batches;
}

function decoded(raw: RawCaseRecord): CaseRecord | null {
  try {
    return decodeRecord(raw);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function isEvent(value: AgentEvent | SessionEnd): value is AgentEvent {
  return 'event' in value;
}

export function isSessionEnd(value: object): value is SessionEnd {
  return 'how' in value;
}

function garbage(what: string): SessionEnd {
  return { how: 'garbage', inFlight: null, detail: `The guest wrote what is no event: ${what}.` };
}

function quote(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
