import type { Case } from '../case/case.ts';
import type { CaseRecord } from '../case/record.ts';
import { HarnessError } from '../error.ts';
import type { DeclaredKind, GuestFacts, InterfaceName, Kernel } from '../kernel/kernel.ts';
import { declareKinds } from '../kernel/kinds.ts';
import type { CaseResult, KernelResult } from '../report/results.ts';
import { appliesTo, sightingsOn } from '../verdict/deviations.ts';
import { judge } from '../verdict/judge.ts';
import { unmetNeed } from '../verdict/needs.ts';
import { crashOf } from '../verdict/splat.ts';
import type { Crash, Deviation } from '../verdict/verdict.ts';

export interface Trials {
  kernel: Kernel;
  cases: readonly Case[];
  deviations: readonly Deviation[];
  progress: {
    /** A case is judged. */
    judged(result: CaseResult, done: number, total: number): void;
  };
}

/** What a kernel is declared to be, and the verdicts on its cases as they come in. */
export class KernelVerdicts {
  readonly #trials: Trials;
  readonly #byId: ReadonlyMap<string, Case>;
  readonly #results = new Map<string, CaseResult>();
  #guestFacts: GuestFacts | null = null;
  #kinds: Record<InterfaceName, DeclaredKind> | null = null;
  #version = '';
  /** The sights of deviations that were had on such a kernel. */
  #deviations: readonly Deviation[] = [];
  /** Of the kernel under test, once it is declared. */
  config: Readonly<Record<string, string>> | null = null;

  constructor(trials: Trials) {
    this.#trials = trials;
    this.#byId = new Map(trials.cases.map((testCase) => [testCase.id, testCase]));
    const { facts } = trials.kernel;
    const hostKnows = facts.release && facts.config && facts.migrateSymbols;
    if (hostKnows) this.#declare(facts.release, null);
  }

  get declared(): boolean {
    return this.#kinds !== null;
  }

  /** Takes what the guest says of itself for what the host could not know. */
  declare(guest: GuestFacts): void {
    this.checkGuest(guest);
    this.#declare(guest.release, guest);
  }

  /** Throws a HarnessError when the guest is another kernel than its files say. */
  checkGuest({ release, build }: Pick<GuestFacts, 'release' | 'build'>): void {
    const { facts, spec } = this.#trials.kernel;
    if (facts.release && release !== facts.release)
      throw new HarnessError(
        `${spec} says inside that it is ${release}, but its files say ${facts.release}; give the image with the files that belong to it.`,
      );
    this.#guestFacts ??= { release, build, config: null, migrateSymbols: null };
  }

  #declare(release: string | null, guest: GuestFacts | null): void {
    const { facts } = this.#trials.kernel;
    if (guest) this.#guestFacts = guest;
    this.#version = facts.version ?? /^\d+\.\d+(\.\d+)?(-rc\d+)?/.exec(release ?? '')?.[0] ?? '';
    this.config = facts.config ?? guest?.config ?? null;
    this.#kinds = declareKinds(facts, guest);
    this.#deviations = sightingsOn(this.#version, this.#trials.deviations);
  }

  has(id: string): boolean {
    return this.#results.has(id);
  }

  /** The cases that still have to run on a guest; those whose needs are not met are judged. */
  left(): Case[] {
    const having = { version: this.#version, config: this.config };
    return this.#trials.cases.filter((testCase) => {
      if (this.#results.has(testCase.id)) return false;
      if (!this.#kinds || !unmetNeed(testCase.needs, having)) return true;
      this.judge(testCase.id, null, null);
      return false;
    });
  }

  /** left(), those at the end that are known to bring the kernel down: nothing must boot after them. */
  queue(): Case[] {
    const falls = this.#deviations.filter(
      ({ crash }) => crash !== undefined && !/^(WARNING|KASAN)/.test(crash),
    );
    const isFatal = ({ id, interface: name }: Case) => {
      const kernel = { version: this.#version, kind: this.#kinds![name].kind };
      return falls.some((entry) => appliesTo(entry, id, kernel));
    };
    const cases = this.left();
    return [...cases.filter((testCase) => !isFatal(testCase)), ...cases.filter(isFatal)];
  }

  judge(id: string, record: CaseRecord | null, crash: Crash | null): void {
    const result = this.#resultOf(this.#byId.get(id)!, record, crash);
    this.#results.set(id, result);
    this.#trials.progress.judged(result, this.#results.size, this.#trials.cases.length);
  }

  /** What a case did wrong was seen only later; a crash that it has already says more. */
  crashedAfterAll(id: string, crash: Crash): void {
    const { record, crash: known } = this.#results.get(id)!;
    if (!known) this.#results.set(id, this.#resultOf(this.#byId.get(id)!, record, crash));
  }

  #resultOf(testCase: Case, record: CaseRecord | null, crash: Crash | null): CaseResult {
    const verdict = judge({
      case: testCase,
      kind: this.#kinds![testCase.interface].kind,
      version: this.#version,
      config: this.config,
      record,
      crash,
      deviations: this.#deviations,
    });
    const { id, summary } = testCase;
    const { interface: name } = testCase;
    return { id, summary, interface: name, verdict, record, crash: crashOf(record, crash) };
  }

  /** Cases that could not run get no word about the kernel: `broken`, with the reason. */
  judgeTheRest(reason = 'The case did not run.'): void {
    for (const { id, summary, interface: name } of this.#trials.cases) {
      if (this.#results.has(id)) continue;
      if (this.#kinds) {
        this.judge(id, null, null);
        continue;
      }
      const verdict = { status: 'broken', reason, mismatches: [], deviation: null } as const;
      const nothing = { record: null, crash: null };
      this.#results.set(id, { id, summary, interface: name, verdict, ...nothing });
    }
  }

  /** What the report says of the kernel, and the verdicts in the order of the cases. */
  result(): Pick<KernelResult, 'kernel' | 'cases'> {
    const { kernel, cases } = this.#trials;
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
      cases: cases.flatMap(({ id }) => this.#results.get(id) ?? []),
    };
  }
}
