import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../case/case.ts';
import { Exchange } from '../case/exchange.ts';
import { MissedMoment } from '../case/missed-moment.ts';
import type { Json, RawCaseRecord } from '../case/record.ts';
import { defaultSeed } from '../case/seed.ts';
import { SetupError } from '../case/xfrm-client.ts';
import { AgentContext } from './context.ts';
import type { KernelLog } from './kernel-log.ts';
import type { Settling } from './settle.ts';

export interface RunOptions {
  seed?: number | undefined;
  /** Given: the case ends only when the kernel has taken its namespaces apart. */
  settling?: Settling | undefined;
}

/** CLOCK_MONOTONIC: since the boot, as the kernel's own times are. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** How often a case may miss its moment. */
const mostAttempts = 10;

/**
 * What kept a case from its moment may go on for a while. The longest that is known: since Linux 6.12 the
 * scheduler lets other threads go before those of a priority for a share of each second (fair_server).
 */
const betweenAttemptsMs = 1000;

/**
 * Leaks are told from each other by the time of their allocation, in ticks of the kernel (10 ms on UML,
 * whose clock may stand still while a case runs): two cases are further apart than one.
 */
const apartMs = 20;

/**
 * Runs one case in namespaces of its own and records everything it left. A run that missed its moment
 * leaves nothing but what the kernel logged, and is done again. Never throws.
 */
export async function runCase(
  testCase: Case,
  log: KernelLog,
  { seed = defaultSeed, settling }: RunOptions = {},
): Promise<RawCaseRecord> {
  if (settling) await sleep(apartMs);
  const startedMs = monotonicMs();
  let attempt = await observe(testCase, seed, settling);
  for (let more = mostAttempts - 1; attempt.missed && more > 0; more--) {
    await sleep(betweenAttemptsMs);
    attempt = await observe(testCase, seed, settling);
  }
  return {
    id: testCase.id,
    ...attempt.result,
    kernelLog: log.drain(),
    startedMs: Math.floor(startedMs),
    durationMs: Math.round(monotonicMs() - startedMs),
  };
}

interface Attempt {
  readonly result: Pick<
    RawCaseRecord,
    'outcome' | 'reason' | 'observation' | 'requests' | 'notifications'
  >;
  /** It is worth another. */
  readonly missed: boolean;
}

async function observe(
  testCase: Case,
  seed: number,
  settling: Settling | undefined,
): Promise<Attempt> {
  const exchange = new Exchange();
  const { requests, notifications } = exchange;
  const sent = { requests, notifications };
  try {
    const context = new AgentContext(exchange, seed);
    try {
      const observation = (await testCase.run(context)) as Json;
      return { result: { outcome: 'observed', reason: null, observation, ...sent }, missed: false };
    } finally {
      const settled = settling?.attach();
      context.close();
      settled?.wait();
    }
  } catch (error) {
    return {
      result: { outcome: 'setup-failed', reason: describe(error), observation: null, ...sent },
      missed: error instanceof MissedMoment,
    };
  }
}

function describe(error: unknown): string {
  if (error instanceof SetupError || error instanceof MissedMoment) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
