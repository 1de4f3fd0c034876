import { join } from 'node:path';
import type { Case } from '../case/case.ts';
import type { CaseRecord } from '../case/record.ts';
import type { CoverageSink } from '../coverage/profile.ts';
import { HarnessError } from '../error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import {
  type Acceleration,
  BootError,
  type BootReport,
  type Machine,
  type Payload,
  type PreparedMachine,
} from '../machine/machine.ts';
import type { CaseResult, KernelResult } from '../report/results.ts';
import { crashOf } from '../verdict/splat.ts';
import type { Deviation } from '../verdict/verdict.ts';
import { ConsoleFile, consoleName } from './console-file.ts';
import { crashOfEnd } from './crash-of-end.ts';
import { KernelVerdicts } from './kernel-verdicts.ts';
import { type CaseWindow, leaksByCase } from './leaks.ts';
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
  /** Of the cases that choose at random; left out: the one that is always the same. */
  seed?: number | undefined;
  /** Left out: the kernel was not profiled. */
  coverage?: CoverageSink | undefined;
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

/** TAINT_BAD_PAGE (Documentation/admin-guide/tainted-kernels.rst): what a report of KASAN sets. */
const taintBad = 32;

/** Bytes at the end of a console that tell where it stood. */
const consoleMark = 512;

/** A guest that ends without ending a case is tried again this often before the kernel is given up. */
const idleEndsAllowed = 2;

/**
 * So often a guest that watches itself is booted anew because it has reported something: lockdep says
 * nothing more after the first report of its own or of KASAN, and a bug that shows in every case would
 * cost a boot a batch.
 */
const renewalsAllowed = 4;

/** Fewer cases than these are run sooner on the guest that is there than on another one. */
const casesWorthAGuest = 150;

/**
 * Runs the cases on one kernel, on as many boots as it takes, side by side where many wait. Never
 * throws for what a kernel does.
 */
export async function runKernel(run: KernelRun): Promise<KernelResult> {
  return new KernelRunner(run).run();
}

/** Guests of one kernel, one after the other, that take their cases from the same queue. */
interface Lane {
  cpu: number;
  /** A person is told of its boots. */
  leads: boolean;
  onConsole: (chunk: Uint8Array) => void;
}

interface BootEnd {
  end: SessionEnd;
  /** How many cases got a verdict on this boot. */
  judged: number;
  /** The batches that it had been asked for; not all of their cases need have a verdict. */
  asked: readonly string[][];
  /** The guest could run more cases, but no longer sees all that they do to it. */
  blind?: boolean;
}

class KernelRunner {
  readonly #run: KernelRun;
  readonly #verdicts: KernelVerdicts;
  readonly #boots: BootReport[] = [];
  readonly #giveUp = new AbortController();
  readonly #signal: AbortSignal;
  /** Ids of cases that no guest has taken; null until the kernel's kinds are known. */
  #queue: string[][] | null = null;
  #renewals = 0;
  /** The first case with a report after which no guest was booted anew. */
  #silentAfter: string | null = null;

  constructor(run: KernelRun) {
    this.#run = run;
    this.#verdicts = new KernelVerdicts(run);
    this.#signal = AbortSignal.any([run.signal, this.#giveUp.signal]);
  }

  async run(): Promise<KernelResult> {
    const started = performance.now();
    const problem = await this.#runAll().then(
      () => null,
      (error: unknown) => this.#problemOf(error),
    );
    if (!this.#run.signal.aborted) this.#verdicts.judgeTheRest(problem?.message);
    const { kernel, cases } = this.#verdicts.result();
    return {
      kernel: { ...kernel, notes: [...kernel.notes, ...this.#silence()] },
      cases,
      boots: this.#boots,
      problem,
      durationMs: Math.round(performance.now() - started),
    };
  }

  /** Says for which cases a pass is worth less. */
  #silence(): string[] {
    if (this.#silentAfter === null) return [];
    return [
      `After the report of ${this.#silentAfter} lockdep, and what warns once a boot, may have been silent: mend what was reported, and run it again.`,
    ];
  }

  #problemOf(error: unknown): KernelResult['problem'] {
    if (this.#run.signal.aborted) return { message: 'Interrupted.', console: '' };
    if (error instanceof BootError) return { message: error.message, console: error.console };
    if (error instanceof HarnessError) return { message: error.message, console: '' };
    throw error;
  }

  async #runAll(): Promise<void> {
    const { kernel, machine, payload, progress, cpus } = this.#run;
    progress.phase('preparing');
    const prepared = await machine.prepare(kernel, payload, this.#signal);
    const wanted = Math.ceil(this.#verdicts.left().length / casesWorthAGuest);
    const guests = machine.sharesKernel ? 1 : wanted;
    const failures: unknown[] = [];
    const runLane = async (cpu: number, number: number) => {
      try {
        await this.#runLane(prepared, cpu, number);
      } catch (error) {
        failures.push(error);
        // A boot that fails leaves its cases to the others; anything else ends them too.
        if (!(error instanceof BootError)) this.#giveUp.abort(error);
      }
    };
    await Promise.all(cpus.slice(0, guests).map(runLane));
    if (failures.length > 0 && this.#verdicts.left().length > 0) throw failures[0];
  }

  async #runLane(prepared: PreparedMachine, cpu: number, number: number): Promise<void> {
    const { kernel, consoleDir } = this.#run;
    const name = consoleName(kernel.spec, number);
    const file = consoleDir === undefined ? null : new ConsoleFile(join(consoleDir, name));
    try {
      const onConsole = (chunk: Uint8Array) => file?.write(chunk);
      await this.#useLane(prepared, { cpu, leads: number === 0, onConsole });
    } finally {
      file?.close();
    }
  }

  /** One guest after the other until no case waits. */
  async #useLane(prepared: PreparedMachine, lane: Lane): Promise<void> {
    const { spec } = this.#run.kernel;
    let idleEnds = 0;
    while (this.#queue ? this.#queue.length > 0 : this.#verdicts.left().length > 0) {
      const { end, judged, asked, blind } = await this.#onOneBoot(prepared, lane);
      const rest = asked.map((batch) => batch.filter((id) => !this.#verdicts.has(id)));
      this.#queue?.unshift(...rest.filter((batch) => batch.length > 0));
      if (end.how === 'done' && !blind) return;
      if (end.how === 'aborted') throw this.#signal.reason;
      if (end.how === 'garbage' || end.how === 'agent-error')
        throw new HarnessError(`${spec}: ${end.detail}`);
      idleEnds = judged === 0 ? idleEnds + 1 : 0;
      if (idleEnds >= idleEndsAllowed)
        throw new HarnessError(
          `${spec} went down ${idleEnds} times without running a case: ${end.detail}.`,
        );
    }
  }

  async #onOneBoot(prepared: PreparedMachine, lane: Lane): Promise<BootEnd> {
    const { acceleration, progress } = this.#run;
    const phase = (phrase: string) => lane.leads && progress.phase(phrase);
    const signal = this.#signal;
    const { cpu, onConsole } = lane;
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
      const driven = await this.#drive(session, phase, started);
      const { end, judged, asked } = driven;
      const crashed = end.how === 'guest-ended' || end.how === 'hang';
      if (crashed) this.#run.coverage?.lost(judged);
      if (end.inFlight === null || !crashed) return driven;
      const diagnosis = end.how === 'hang' ? await guest.diagnose() : '';
      const console = guest.consoleTail(64 * 1024);
      const crash = crashOfEnd(end, { console, mark: mark.console, diagnosis });
      this.#verdicts.judge(end.inFlight, null, crash);
      return { end, judged: judged + 1, asked };
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
    if (isSessionEnd(hello)) return { end: hello, judged: 0, asked: [] };
    if (!this.#verdicts.declared) {
      phase('reading the facts');
      const facts = await session.facts();
      if (isSessionEnd(facts)) return { end: facts, judged: 0, asked: [] };
      this.#verdicts.declare(facts);
    } else {
      this.#verdicts.checkGuest(hello);
    }
    this.#checkWatchful(hello.tainted);
    this.#queue ??= inBatches(this.#verdicts.queue().map(({ id }) => id));
    phase('running');
    return this.#runQueue(session, this.#queue, phase, caseStarted);
  }

  /** Throws a HarnessError when a sanitizer of the kernel says nothing any more. */
  #checkWatchful(tainted: number): void {
    const { config } = this.#verdicts;
    if (config?.KASAN !== 'y' || (tainted & taintBad) === 0) return;
    throw new HarnessError(
      `${this.#run.kernel.spec}: KASAN reported an error before the first case, and lockdep is silent after one; see the console, and run this kernel without its sanitizers.`,
    );
  }

  async #runQueue(
    session: Session,
    queue: string[][],
    phase: (phrase: string) => void,
    caseStarted: () => void,
  ): Promise<BootEnd> {
    const { config } = this.#verdicts;
    const { seed } = this.#run;
    const windows: CaseWindow[] = [];
    let judged = 0;
    let blind = false;
    const caseEnded = (record: CaseRecord, startedMs: number) => {
      windows.push({ id: record.id, startedMs });
      // What this guest does not see any more is left to one that does.
      if (blind) return;
      blind = this.#blinds(record);
      judged++;
      this.#verdicts.judge(record.id, record, null);
    };
    // A kernel that watches itself is given the time to see what a case has done.
    const settle = config?.KASAN === 'y' || config?.DEBUG_KMEMLEAK === 'y';
    const options = { ...(settle && { settle }), ...(seed !== undefined && { seed }) };
    const asked: string[][] = [];
    const ask = () => {
      const batch = blind ? undefined : queue.shift();
      if (!batch) return;
      session.ask(batch, options);
      asked.push(batch);
    };
    ask();
    for (let next = 0; next < asked.length; next++) {
      // One ahead: the guest need not wait until this side has read all that it wrote.
      ask();
      const end = await session.follow(asked[next]!, { caseStarted, caseEnded });
      if (end.how !== 'done') return { end, judged, asked };
    }
    let end: SessionEnd = { how: 'done', inFlight: null, detail: '' };
    if (config?.DEBUG_KMEMLEAK === 'y') {
      phase('looking for leaks');
      const report = await session.leaks();
      if (typeof report !== 'string') end = report;
      else
        for (const [id, crash] of leaksByCase(report, windows, Number(config.HZ)))
          if (this.#verdicts.has(id)) this.#verdicts.crashedAfterAll(id, crash);
    }
    if (end.how === 'done' && this.#run.coverage) {
      phase('reading coverage');
      const files = await session.coverage();
      if (isSessionEnd(files)) end = files;
      else this.#run.coverage.take(files);
    }
    return { end, judged, asked, blind };
  }

  /** Whether lockdep is silent after this case, and another guest is to be had. */
  #blinds(record: CaseRecord): boolean {
    if (this.#verdicts.config?.PROVE_LOCKING !== 'y' || this.#run.machine.sharesKernel)
      return false;
    if (crashOf(record, null) === null) return false;
    if (this.#renewals >= renewalsAllowed) {
      this.#silentAfter ??= record.id;
      return false;
    }
    this.#renewals++;
    return true;
  }
}
