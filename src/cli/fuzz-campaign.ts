import type { Case } from '../case/case.ts';
import { inputOf } from '../fuzz/choose.ts';
import { type Mutation, mutatedBytes } from '../fuzz/mutate.ts';
import type { FuzzReport } from '../fuzz/report.ts';
import type { FuzzInterface } from '../fuzz/setting.ts';
import { toHex } from '../netlink/codec.ts';
import type { CaseResult, KernelResult } from '../report/results.ts';

export type FoundFailure = FuzzReport['failures'][number] & { readonly interface: FuzzInterface };

export interface Tally {
  interface: FuzzInterface;
  requests: number;
  succeeded: number;
  refused: number;
  failures: FoundFailure[];
  /** Why it ended before its time; null when it did not. */
  problem: string | null;
}

interface Means {
  /** @param judged is called after each case */
  run: (cases: readonly Case[], judged: () => void) => Promise<KernelResult>;
  /** Told how far it is. */
  tell: (phrase: string) => void;
  caseOf: (kind: FuzzInterface, from: number, count: number) => Case;
  leaksOf: (kind: FuzzInterface, part: number, parts: number) => Case;
  replayOf: (kind: FuzzInterface, bytes: string) => Case;
  signal: AbortSignal;
}

/** Requests in one namespace, which is all that a crash costs. */
const chunk = 500;
/** Chunks on one boot. */
const chunksPerBoot = 20;
const enoughFailures = 5;
/** The look for leaks comes in so many parts, each of which is silent while it runs. */
const leakParts = 24;

/** Sends requests until there were enough, and finds the one that a crash is owed to. */
export class FuzzCampaign {
  readonly #means: Means;
  #sent = 0;

  constructor(means: Means) {
    this.#means = means;
  }

  /** @param until when to stop, milliseconds since the epoch; null: after so many requests */
  async go(
    kinds: readonly FuzzInterface[],
    { requests, until }: { requests: number; until: number | null },
  ): Promise<Tally[]> {
    const tallies = kinds.map((kind) => newTally(kind));
    const each = Math.ceil(requests / kinds.length);
    const end = until === null ? each : Number.POSITIVE_INFINITY;
    const step = Math.ceil(chunksPerBoot / kinds.length) * chunk;
    for (let from = 0; from < end; from += step) {
      if (this.#means.signal.aborted || (until !== null && Date.now() >= until)) break;
      const open = tallies.filter(
        ({ problem, failures }) => problem === null && failures.length < enoughFailures,
      );
      if (open.length === 0) break;
      await this.#wave(open, from, Math.min(from + step, end));
    }
    const sound = tallies.filter(
      ({ problem, failures }) => problem === null && failures.length === 0,
    );
    if (!this.#means.signal.aborted) await this.#lookForLeaks(sound);
    return tallies;
  }

  /** Sends each kind of request often enough that a leak shows in the memory of the kernel. */
  async #lookForLeaks(tallies: readonly Tally[]): Promise<void> {
    const parts = Array.from({ length: leakParts }, (_, part) => part);
    const cases = tallies.flatMap((tally) =>
      parts.map((part) => ({ tally, each: this.#means.leaksOf(tally.interface, part, leakParts) })),
    );
    if (cases.length === 0) return;
    this.#means.tell('looking for leaks');
    const { cases: results } = await this.#means.run(
      cases.map(({ each }) => each),
      () => this.#means.tell('looking for leaks'),
    );
    for (const { tally, each } of cases) {
      const report = reportOf(results.find(({ id }) => id === each.id)?.record ?? null);
      for (const failure of report?.failures ?? [])
        tally.failures.push({ ...failure, interface: tally.interface });
    }
  }

  async #wave(tallies: readonly Tally[], from: number, to: number): Promise<void> {
    const cases: { tally: Tally; from: number; count: number; testCase: Case }[] = [];
    for (let start = from; start < to; start += chunk)
      for (const tally of tallies) {
        const count = Math.min(chunk, to - start);
        const testCase = this.#means.caseOf(tally.interface, start, count);
        cases.push({ tally, from: start, count, testCase });
      }
    const { cases: results, problem } = await this.#means.run(
      cases.map(({ testCase }) => testCase),
      () => {
        this.#sent += chunk;
        this.#means.tell(`${this.#sent.toLocaleString('en-US')} requests sent`);
      },
    );
    for (const { tally, from: first, count, testCase } of cases) {
      const result = results.find(({ id }) => id === testCase.id);
      if (this.#means.signal.aborted && !result) continue;
      await this.#count(tally, result, first, count);
    }
    const leak = leakIn(results.flatMap(({ record }) => reportOf(record) ?? []));
    if (leak !== null)
      tallies[0]!.failures.push({
        ...{
          interface: tallies[0]!.interface,
          index: null,
          reason: leak,
          mutations: [],
          bytes: '',
        },
      });
    if (problem) for (const tally of tallies) tally.problem ??= problem.message;
  }

  async #count(tally: Tally, result: CaseResult | undefined, from: number, count: number) {
    const report = reportOf(result?.record ?? null);
    if (report) {
      tally.requests += report.requests;
      tally.succeeded += report.succeeded;
      tally.refused += report.refused;
      for (const failure of report.failures)
        tally.failures.push({ ...failure, interface: tally.interface });
      if (report.failures.length > 0) return;
    }
    const status = result?.verdict.status;
    if (status === 'crash' && tally.failures.length < enoughFailures)
      tally.failures.push(await this.#findCrash(tally.interface, from, count, result!));
    else if (status === 'skip' || status === 'broken')
      tally.problem ??= result!.verdict.reason ?? status;
  }

  /** Sends the inputs one by one, each in a namespace of its own, until one brings the kernel down. */
  async #findCrash(
    kind: FuzzInterface,
    from: number,
    count: number,
    crashed: CaseResult,
  ): Promise<FoundFailure> {
    const title = crashed.crash?.title ?? 'crash';
    const whole = { interface: kind, mutations: [], bytes: '' };
    const singles = Array.from({ length: count }, (_, i) => this.#means.caseOf(kind, from + i, 1));
    const { cases } = await this.#means.run(singles, () =>
      this.#means.tell('finding the request that did it'),
    );
    const found = cases.find(({ verdict }) => verdict.status === 'crash');
    if (!found) {
      const reason = `${title}; none of the requests ${from} to ${from + count - 1} alone does it`;
      return { ...whole, index: from, reason };
    }
    const [, , seed, index] = found.id.split('/').map(Number) as [number, number, number, number];
    const { request, mutations } = inputOf(kind, seed, index);
    const fewest = await this.#fewest(kind, mutations, (some) =>
      toHex(mutatedBytes(request, some)),
    );
    return {
      ...{ interface: kind, index, reason: found.crash?.title ?? title },
      mutations: fewest.map((each) => JSON.stringify(each)),
      bytes: toHex(mutatedBytes(request, fewest)),
    };
  }

  /** A trial costs a boot, so only whole mutations are dropped. */
  async #fewest(
    kind: FuzzInterface,
    mutations: readonly Mutation[],
    bytesOf: (some: readonly Mutation[]) => string,
  ): Promise<readonly Mutation[]> {
    let left = mutations;
    for (let i = left.length - 1; i >= 0; i--) {
      const fewer = left.toSpliced(i, 1);
      const { cases } = await this.#means.run(
        [this.#means.replayOf(kind, bytesOf(fewer))],
        () => {},
      );
      if (cases[0]?.verdict.status === 'crash') left = fewer;
    }
    return left;
  }
}

function reportOf(record: CaseResult['record']): FuzzReport | null {
  return record === null ? null : (record.observation as unknown as FuzzReport | null);
}

/** A kernel that leaks nothing grew by up to 8 bytes a request in the second half of a boot. */
const leakBytesARequest = 20;
/** Fewer reports of one boot than this tell nothing. */
const enoughReports = 12;
const fewestRequests = 2000;

/** Whether memory of the kernel's own objects grew with the requests of one boot; else null. */
export function leakIn(reports: readonly Pick<FuzzReport, 'requests' | 'slab'>[]): string | null {
  if (reports.length < enoughReports || reports.some(({ slab }) => slab === null)) return null;
  const half = reports.slice(Math.floor(reports.length / 2));
  // Caches fill and empty from one to the next: three together are steadier.
  const middle = (three: typeof half) => three.map(({ slab }) => slab!).sort((a, b) => a - b)[1]!;
  const grown = middle(half.slice(-3)) - middle(half.slice(0, 3));
  const requests = half.slice(2, -1).reduce((sum, report) => sum + report.requests, 0);
  if (requests < fewestRequests || grown * 1024 < leakBytesARequest * requests) return null;
  return `memory of the kernel's own objects grew by ${grown} KiB over ${requests} requests: something leaks`;
}

function newTally(kind: FuzzInterface): Tally {
  return { interface: kind, requests: 0, succeeded: 0, refused: 0, failures: [], problem: null };
}
