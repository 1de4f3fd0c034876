import { fromHex, toHex } from '../netlink/codec.ts';
import { decodeMessages, type Message } from '../netlink/message.ts';
import { errnoName } from '../netlink/names.ts';
import { findSplat } from '../verdict/splat.ts';
import { type Input, inputOf } from './choose.ts';
import { Ground } from './ground.ts';
import { type Mutation, minimised, mutatedBytes } from './mutate.ts';
import { messagesIn } from './netlink-rules.ts';
import { Unmodelled } from './outcome.ts';
import {
  answersTo,
  judgeReplies,
  outcomeOf,
  type Predicted,
  type Seen,
  untouched,
} from './replies.ts';
import type { Failure, FuzzReport, FuzzSocket } from './report.ts';
import type { FuzzInterface } from './setting.ts';
import { difference, spiOf, type World } from './world.ts';

/** Looked at after so many refusals, in which nothing may have changed. */
const refusalsTogether = 16;
/** How often a request is sent to see whether it leaks, and what must not be missing then. */
const leakRounds = 100;
const leakKiB = 50;
/** After so many failures there is nothing to be learnt from more. */
const enoughFailures = 5;
/** Sends mutated requests to the kernel and compares what they do with what they must do. */
export class Fuzzer {
  readonly #kind: FuzzInterface;
  readonly #socket: FuzzSocket;
  readonly #ground: Ground;
  #succeeded = 0;
  #refused = 0;

  constructor(kind: FuzzInterface, socket: FuzzSocket) {
    this.#kind = kind;
    this.#socket = socket;
    this.#ground = new Ground(kind, socket);
    socket.log();
  }

  /**
   * Sends the inputs of these numbers.
   *
   * @param logEach whether to read the kernel log after each, not now and then: a warning may come
   *   but once
   */
  run(
    seed: number,
    { from, count, logEach }: { from: number; count: number; logEach: boolean },
  ): FuzzReport {
    this.#ground.reset();
    const failures: Failure[] = [];
    let refusals: number[] = [];
    for (let index = from; index < from + count && failures.length < enoughFailures; index++) {
      const seen = this.#send(bytesOfInput(inputOf(this.#kind, seed, index)));
      if (seen === null) continue;
      if (seen.touched) this.#succeeded++;
      else this.#refused++;
      const wrong =
        seen.reason ??
        (seen.touched ? this.#verify(seen) : null) ??
        (logEach ? this.#complaint() : null);
      if (wrong !== null) {
        // It may be one of the refused ones that did it, which were not looked at one by one.
        failures.push(...this.#search(seed, [...refusals, index], wrong));
        refusals = [];
      } else if (!seen.touched) refusals.push(index);
      if (refusals.length >= refusalsTogether) {
        failures.push(...this.#lookBack(seed, refusals));
        refusals = [];
      }
    }
    failures.push(...this.#lookBack(seed, refusals));
    const leak = this.#ground.flushed();
    if (leak !== null) failures.push({ index: null, reason: leak, mutations: [], bytes: '' });
    return this.#report(seed, failures);
  }

  /** Sends one datagram, as a saved failure has it. */
  replay(hex: string): FuzzReport {
    this.#ground.reset();
    const bytes = fromHex(hex);
    const reason = this.#fails(bytes) ?? leakReason(this.#growth(bytes));
    const failure = { index: null, mutations: [], bytes: hex };
    return this.#report(0, reason === null ? [] : [{ ...failure, reason }]);
  }

  /**
   * Sends one request of each kind again and again, each time to a fresh start, and looks at the
   * memory of the kernel. A kind is what a request is refused with, or the attributes it is done with.
   *
   * @param inputs how many inputs to take the kinds from
   * @param part which of so many parts of the kinds: all would take too long to be silent
   */
  leaks(seed: number, inputs: number, [part, parts]: readonly [number, number]): FuzzReport {
    this.#ground.reset();
    const failures: Failure[] = [];
    for (const index of this.#kinds(seed, inputs).filter((_, i) => i % parts === part)) {
      const bytes = bytesOfInput(inputOf(this.#kind, seed, index));
      // Twice: what fills a cache does so once.
      const grown = this.#growth(bytes) < leakKiB ? 0 : this.#growth(bytes);
      if (grown < leakKiB) continue;
      const { request, mutations } = inputOf(this.#kind, seed, index);
      const grows = (some: readonly Mutation[]) => this.#growth(mutatedBytes(request, some));
      const fewest = minimised(mutations, (some) => grows(some) >= leakKiB);
      failures.push({
        ...{ index, reason: leakReason(grown)!, bytes: toHex(mutatedBytes(request, fewest)) },
        mutations: fewest.map((each) => JSON.stringify(each)),
      });
    }
    return this.#report(seed, failures);
  }

  /** Numbers of inputs of which each stands for a kind. */
  #kinds(seed: number, inputs: number): number[] {
    const found = new Map<string, number>();
    for (let index = 0; index < inputs; index++) {
      const input = inputOf(this.#kind, seed, index);
      const messages = messagesIn(bytesOfInput(input));
      const predicted = this.#predicted(messages);
      if (predicted?.length !== 1) continue;
      const { refusals } = predicted[0]!.outcome;
      const types = input.request.attributes.map(({ type }) => type);
      const key = refusals.length > 0 ? JSON.stringify(refusals) : `done ${types}`;
      if (!found.has(key)) found.set(key, index);
    }
    return [...found.values()];
  }

  /** By how many KiB the kernel's objects grow while a request is sent often; 0 where it is not told. */
  #growth(bytes: Uint8Array): number {
    this.#ground.reset();
    const before = this.#socket.slab() ?? 0;
    for (let round = 0; round < leakRounds; round++) {
      this.#socket.send(bytes);
      this.#succeeded++;
      this.#ground.reset();
    }
    // What is freed by RCU and by workers takes its time.
    let grown = 0;
    for (let wait = 0; wait < 30; wait++) {
      grown = (this.#socket.slab() ?? 0) - before;
      if (grown < leakKiB) return Math.max(0, grown);
      pause();
    }
    return grown;
  }

  /** Memory of the kernel's own objects once what is being freed is free, KiB; null where it is not told. */
  #settledSlab(): number | null {
    let least = this.#socket.slab();
    for (let steady = 0; least !== null && steady < 3; steady++) {
      pause();
      const now = this.#socket.slab()!;
      if (now < least) [least, steady] = [now, 0];
    }
    return least;
  }

  #report(seed: number, failures: readonly Failure[]): FuzzReport {
    const [succeeded, refused] = [this.#succeeded, this.#refused];
    const requests = succeeded + refused;
    const slab = this.#settledSlab();
    return { interface: this.#kind, seed, requests, succeeded, refused, failures, slab };
  }

  /** Why this datagram, sent to a fresh start, fails; null when it does not. */
  #fails(bytes: Uint8Array): string | null {
    this.#ground.reset();
    this.#socket.log();
    const seen = this.#send(bytes);
    if (seen === null) return null;
    const reason = seen.reason ?? (seen.touched ? this.#verify(seen) : null);
    return reason ?? (seen.touched ? this.#complaint() : refusedBut(this.#change()));
  }

  /** What the kernel log says that is a report of misbehaviour; null when nothing. */
  #complaint(): string | null {
    const crash = findSplat(this.#socket.log());
    return crash === null ? null : `the kernel log says: ${crash.title}`;
  }

  /** Sends a datagram and judges the answers; null when the oracle does not know it. */
  #send(bytes: Uint8Array): Seen | null {
    const predicted = this.#predicted(messagesIn(bytes));
    if (predicted === null) return null;
    const errno = this.#socket.send(bytes);
    if (errno !== 0)
      return { ...untouched(this.#ground.start), reason: `send() failed: ${errnoName(errno)}` };
    const replies: Uint8Array[] = [];
    const expected = answersTo(predicted);
    while (replies.length < expected || this.#socket.hasAnswer()) {
      const reply = this.#socket.receive();
      if (!reply) break;
      replies.push(reply);
    }
    return judgeReplies(predicted, replies.flatMap(decodeMessages), this.#ground.start);
  }

  /** Null when the oracle does not know it. */
  #predicted(messages: readonly Message[]): readonly Predicted[] | null {
    try {
      return this.#predict(messages);
    } catch (error) {
      if (error instanceof Unmodelled) return null;
      throw error;
    }
  }

  /** What each message of a datagram may do; the second finds what the first has left. */
  #predict(messages: readonly Message[]): Predicted[] {
    let world = this.#ground.start;
    return messages.map((message, i) => {
      const before = world;
      const outcome = outcomeOf(before, message);
      if (outcome.after !== null && i < messages.length - 1) {
        // What an open success leaves cannot be predicted, nor which of two choices was taken.
        if (outcome.after === 'open' || outcome.refusals.length > 0)
          throw new Unmodelled('a second message after an open one');
        world = outcome.after;
      }
      return { message, before, outcome };
    });
  }

  /**
   * Compares SAs and policies with what must be there, and puts back what they were. Says null when
   * all is right.
   */
  #verify(seen: Seen): string | null {
    const { before, after, mayChange } = seen;
    // MIGRATE_STATE leaves policies alone; whether it does is looked at with the refusals.
    const policies =
      this.#kind === 'migrate' ? this.#ground.policies() : this.#ground.start.policies;
    const now = { sas: this.#ground.sas(), policies };
    const wrong =
      after === 'open'
        ? verifyOpen(before, now, mayChange)
        : (difference('SAs', after.sas, now.sas) ??
          difference('policies', after.policies, now.policies));
    const heard = this.#socket.heard();
    if (wrong !== null || after === 'open') this.#ground.reset();
    else this.#ground.restore(after);
    if (wrong === null && heard === 0) return 'done, but nobody was notified';
    return wrong;
  }

  /** What is not as it was at the start, or what the kernel log says; null when all is well. */
  #change(): string | null {
    const { sas, policies } = this.#ground.look();
    return (
      difference('SAs', this.#ground.start.sas, sas) ??
      difference('policies', this.#ground.start.policies, policies) ??
      (this.#socket.heard() === 0 ? null : 'a migration was announced') ??
      this.#complaint()
    );
  }

  /** After requests that were refused. */
  #lookBack(seed: number, refusals: readonly number[]): Failure[] {
    const change = refusals.length === 0 ? null : this.#change();
    return change === null ? [] : this.#search(seed, refusals, change);
  }

  /** Which of these requests it was: the last was seen to be wrong, those before were refused. */
  #search(seed: number, indexes: readonly number[], change: string): Failure[] {
    for (const index of indexes) {
      const reason = this.#fails(bytesOfInput(inputOf(this.#kind, seed, index)));
      if (reason !== null) return [this.#failure(seed, index, reason)];
    }
    return [this.#failure(seed, indexes.at(-1)!, change)];
  }

  #failure(seed: number, index: number, first: string): Failure {
    const { request, mutations } = inputOf(this.#kind, seed, index);
    const fails = (some: readonly Mutation[]) => this.#fails(mutatedBytes(request, some));
    const fewest = minimised(mutations, (some) => fails(some) !== null);
    const reason = fails(fewest) ?? `${first} (once: it did not happen again)`;
    this.#ground.reset();
    return {
      ...{ index, reason, mutations: fewest.map((each) => JSON.stringify(each)) },
      bytes: toHex(mutatedBytes(request, fewest)),
    };
  }
}

/** Lets workers and RCU of the kernel go on: 10 ms of the guest's time. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}

const leakReason = (grown: number) =>
  grown < leakKiB ? null : `leaks: ${grown} KiB more after it was sent ${leakRounds} times`;

const refusedBut = (change: string | null) => (change === null ? null : `refused, but ${change}`);

/** Whatever an open success did, it did it not to SAs that no entry can mean. */
function verifyOpen(before: World, now: World, mayChange: readonly number[]): string | null {
  const kept = before.sas.filter((_, i) => !mayChange.includes(i));
  const found = now.sas.filter((sa) => kept.some((each) => spiOf(each) === spiOf(sa)));
  return difference('SAs that were not meant', kept, found);
}

const bytesOfInput = ({ request, mutations }: Input) => mutatedBytes(request, mutations);
