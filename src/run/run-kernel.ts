import { join } from 'node:path';
import type { Case } from '../case/case.ts';
import type { CaseRecord } from '../case/record.ts';
import { HarnessError } from '../error.ts';
import type { DeclaredKind, GuestFacts, InterfaceName, Kernel } from '../kernel/kernel.ts';
import { declareKinds } from '../kernel/kinds.ts';
import {
  type Acceleration,
  BootError,
  type BootReport,
  type Guest,
  type Machine,
  type Payload,
  type PreparedMachine,
} from '../machine/machine.ts';
import type { CaseResult, KernelResult } from '../report/results.ts';
import { judge } from '../verdict/judge.ts';
import { unmetNeed } from '../verdict/needs.ts';
import { crashOf, findSplat } from '../verdict/splat.ts';
import type { Crash, Deviation } from '../verdict/verdict.ts';
import { ConsoleFile, consoleName } from './console-file.ts';
import { inBatches, isSessionEnd, Session, type SessionEnd } from './session.ts';

/** What a run is asked to do with one kernel. */
export interface KernelRun {
  kernel: Kernel;
  machine: Machine;
  cases: readonly Case[];
  deviations: readonly Deviation[];
  payload: Payload;
  acceleration: Acceleration;
  /** Where guests may run, each on a CPU of its own where its machine pins: at least one. */
  cpus: readonly number[];
  /** How long the agent may be silent; null: what fits the machine. */
  silenceMs: number | null;
  /** Directory for all that the guests say on their consoles; left out: it is not kept. */
  consoleDir?: string | undefined;
  signal: AbortSignal;
  progress: KernelProgress;
}

/** Told how far a kernel is, for a person who waits. */
export interface KernelProgress {
  phase(phrase: string): void;
  /** A case is judged. */
  judged(result: CaseResult, done: number, total: number): void;
}

/** Emulation is an order of magnitude slower, and two guests may share two cores with the host. */
const silence = { tcg: 60_000, native: 20_000 };

/** Bytes at the end of a console that tell where it stood. */
const consoleMark = 512;

/** A guest that ends without ending a case is tried again this often before the kernel is given up. */
const idleEndsAllowed = 2;

/** Fewer cases than these are run sooner on the guest that is there than on another one. */
const casesWorthAGuest = 150;

/** Runs the cases on one kernel, on as many boots as it takes, side by side where many wait. Never throws for what a kernel does. */
export async function runKernel(run: KernelRun): Promise<KernelResult> {
  return new KernelRunner(run).run();
}

/** Guests of one kernel, one after the other, that take their cases from the same queue. */
interface Lane {
  cpu: number;
  /** From 0, the one whose boots a person is told of. */
  number: number;
}

interface BootEnd {
  end: SessionEnd;
  /** How many cases got a verdict on this boot. */
  judged: number;
  /** The batch during which it ended. */
  batch: readonly string[];
}

class KernelRunner {
  readonly #run: KernelRun;
  readonly #started = performance.now();
  readonly #boots: BootReport[] = [];
  readonly #results = new Map<string, CaseResult>();
  readonly #giveUp = new AbortController();
  readonly #signal: AbortSignal;
  /** Ids of cases that no guest has taken; null until the kernel's kinds are known. */
  #queue: string[][] | null = null;
  #problem: KernelResult['problem'] = null;
  #guestFacts: GuestFacts | null = null;
  #kinds: Record<InterfaceName, DeclaredKind> | null = null;
  #version = '';
  #config: Readonly<Record<string, string>> | null = null;

  constructor(run: KernelRun) {
    this.#run = run;
    this.#signal = AbortSignal.any([run.signal, this.#giveUp.signal]);
  }

  async run(): Promise<KernelResult> {
    const { kernel } = this.#run;
    try {
      await this.#runAll();
    } catch (error) {
      if (this.#run.signal.aborted) this.#problem = { message: 'Interrupted.', console: '' };
      else if (error instanceof BootError)
        this.#problem = { message: error.message, console: error.console };
      else if (error instanceof HarnessError)
        this.#problem = { message: error.message, console: '' };
      else throw error;
    }
    if (!this.#run.signal.aborted) this.#judgeTheRest();
    const { release } = { ...kernel.facts, ...this.#guestFacts };
    return {
      kernel: {
        spec: kernel.spec,
        notes: kernel.notes,
        release: release ?? 'unknown',
        version: this.#version,
        arch: kernel.facts.arch,
        guest: this.#guestFacts,
        kinds: this.#kinds,
      },
      boots: this.#boots,
      cases: this.#run.cases.flatMap(({ id }) => this.#results.get(id) ?? []),
      problem: this.#problem,
      durationMs: Math.round(performance.now() - this.#started),
    };
  }

  async #runAll(): Promise<void> {
    const { kernel, machine, payload, progress } = this.#run;
    if (hostKnows(kernel)) this.#declare(null);
    progress.phase('preparing');
    const prepared = await machine.prepare(kernel, payload, this.#signal);
    const guests = Math.ceil(this.#left().length / casesWorthAGuest);
    const failures: unknown[] = [];
    await Promise.all(
      this.#run.cpus.slice(0, guests).map((cpu, lane) =>
        this.#runLane(prepared, { cpu, number: lane }).catch((error) => {
          failures.push(error);
          // A boot that fails leaves its cases to the others; anything else ends them too.
          if (!(error instanceof BootError)) this.#giveUp.abort(error);
        }),
      ),
    );
    if (failures.length > 0 && this.#left().length > 0) throw failures[0];
  }

  /** One guest after the other until no case waits. */
  async #runLane(prepared: PreparedMachine, lane: Lane): Promise<void> {
    const { kernel, consoleDir } = this.#run;
    const name = consoleName(kernel.spec, lane.number);
    const console = consoleDir === undefined ? null : new ConsoleFile(join(consoleDir, name));
    try {
      await this.#useLane(prepared, lane, (chunk) => console?.write(chunk));
    } finally {
      console?.close();
    }
  }

  async #useLane(
    prepared: PreparedMachine,
    lane: Lane,
    onConsole: (chunk: Uint8Array) => void,
  ): Promise<void> {
    const { kernel } = this.#run;
    let idleEnds = 0;
    while (this.#queue ? this.#queue.length > 0 : this.#left().length > 0) {
      const { end, judged, batch } = await this.#onOneBoot(prepared, lane, onConsole);
      const rest = batch.filter((id) => !this.#results.has(id));
      if (rest.length > 0) this.#queue?.unshift(rest);
      if (end.how === 'done') return;
      if (end.how === 'aborted') throw this.#signal.reason;
      if (end.how === 'garbage' || end.how === 'agent-error')
        throw new HarnessError(`${kernel.spec}: ${end.detail}`);
      idleEnds = judged === 0 ? idleEnds + 1 : 0;
      if (idleEnds >= idleEndsAllowed)
        throw new HarnessError(
          `${kernel.spec} went down ${idleEnds} times without running a case: ${end.detail}.`,
        );
    }
  }

  /** The cases that still have to run on a guest. */
  #left(): Case[] {
    return this.#run.cases.filter((testCase) => {
      if (this.#results.has(testCase.id)) return false;
      if (!this.#kinds) return true;
      if (!unmetNeed(testCase.needs, { version: this.#version, config: this.#config })) return true;
      this.#judge(testCase, null, null);
      return false;
    });
  }

  async #onOneBoot(
    prepared: PreparedMachine,
    { cpu, number }: Lane,
    onConsole: (chunk: Uint8Array) => void,
  ): Promise<BootEnd> {
    const { acceleration, progress } = this.#run;
    const phase = (phrase: string) => number === 0 && progress.phase(phrase);
    const signal = this.#signal;
    phase('booting');
    const guest = await prepared.boot({ signal, acceleration, cpu, onProgress: phase, onConsole });
    try {
      this.#boots.push(guest.report);
      const native = guest.report.acceleration === 'tcg' ? silence.tcg : silence.native;
      const session = new Session(guest, this.#run.silenceMs ?? native, signal);
      const mark = { console: '' };
      const started = () => {
        mark.console = guest.consoleTail(consoleMark);
      };
      const { end, judged, batch } = await this.#drive(session, phase, started);
      const crashed = end.how === 'guest-ended' || end.how === 'hang';
      if (end.inFlight === null || !crashed) return { end, judged, batch };
      await this.#crashed(end.inFlight, end, guest, mark.console);
      return { end, judged: judged + 1, batch };
    } finally {
      await guest.stop();
    }
  }

  async #drive(
    session: Session,
    phase: (phrase: string) => void,
    caseStarted: () => void,
  ): Promise<BootEnd> {
    const hello = await session.hello();
    if (isSessionEnd(hello)) return { end: hello, judged: 0, batch: [] };
    if (!this.#kinds) {
      phase('reading the facts');
      const facts = await session.facts();
      if (isSessionEnd(facts)) return { end: facts, judged: 0, batch: [] };
      this.#guestFacts = facts;
    }
    this.#declare(this.#guestFacts ?? { ...noFacts, release: hello.release, build: hello.build });
    this.#queue ??= inBatches(this.#left().map(({ id }) => id));
    phase('running');
    let judged = 0;
    const caseEnded = (record: CaseRecord) => {
      this.#judge(this.#caseOf(record.id), record, null);
      judged++;
    };
    for (let batch = this.#queue.shift(); batch; batch = this.#queue.shift()) {
      const end = await session.run(batch, { caseStarted, caseEnded });
      if (end.how !== 'done') return { end, judged, batch };
    }
    return { end: { how: 'done', inFlight: null, detail: '' }, judged, batch: [] };
  }

  /**
   * The case in flight pays for the guest's end; nothing else does.
   *
   * @param mark how the console ended when the case started
   */
  async #crashed(id: string, end: SessionEnd, guest: Guest, mark: string): Promise<void> {
    const diagnosis = end.how === 'hang' ? await guest.diagnose() : '';
    const console = guest.consoleTail(64 * 1024);
    // The report of an earlier case may stand above; but the console can also be ahead of the
    // event that the case started, so what stands before the mark is looked at when nothing follows.
    const place = mark === '' ? -1 : console.lastIndexOf(mark);
    const after = place < 0 ? console : console.slice(place + mark.length);
    const splat = findSplat(after.split('\n')) ?? findSplat(console.split('\n'));
    const crash: Crash = splat ?? {
      title: end.how === 'hang' ? 'hang' : 'the guest went down',
      log: [end.detail, diagnosis, console.slice(-4096)].filter(Boolean).join('\n'),
      fingerprint: null,
    };
    this.#judge(this.#caseOf(id), null, crash);
  }

  #declare(guest: GuestFacts | null): void {
    const { facts, spec } = this.#run.kernel;
    const release = guest?.release ?? facts.release;
    if (guest && facts.release && guest.release !== facts.release)
      throw new HarnessError(
        `${spec} says inside that it is ${guest.release}, but its files say ${facts.release}; give the image with the files that belong to it.`,
      );
    if (guest) this.#guestFacts = guest;
    this.#version = facts.version ?? /^\d+\.\d+(\.\d+)?(-rc\d+)?/.exec(release ?? '')?.[0] ?? '';
    this.#config = facts.config ?? guest?.config ?? null;
    this.#kinds = declareKinds(facts, guest);
  }

  #caseOf(id: string): Case {
    return this.#run.cases.find((testCase) => testCase.id === id)!;
  }

  #judge(testCase: Case, record: CaseRecord | null, crash: Crash | null): void {
    const verdict = judge({
      case: testCase,
      kind: this.#kinds![testCase.interface].kind,
      version: this.#version,
      config: this.#config,
      record,
      crash,
      deviations: this.#run.deviations,
    });
    const { id, summary } = testCase;
    const result = {
      id,
      summary,
      interface: testCase.interface,
      verdict,
      record,
      crash: crashOf(record, crash),
    };
    this.#results.set(id, result);
    this.#run.progress.judged(result, this.#results.size, this.#run.cases.length);
  }

  /** Cases that could not run get no word about the kernel: `broken`, with the reason. */
  #judgeTheRest(): void {
    for (const testCase of this.#run.cases) {
      if (this.#results.has(testCase.id)) continue;
      if (this.#kinds) {
        this.#judge(testCase, null, null);
        continue;
      }
      this.#results.set(testCase.id, {
        id: testCase.id,
        summary: testCase.summary,
        interface: testCase.interface,
        verdict: {
          status: 'broken',
          reason: this.#problem?.message ?? 'The case did not run.',
          mismatches: [],
          deviation: null,
        },
        record: null,
        crash: null,
      });
    }
  }
}

const noFacts = { config: null, migrateSymbols: null };

function hostKnows({ facts }: Kernel): boolean {
  return facts.release !== null && facts.config !== null && facts.migrateSymbols !== null;
}
