import type { Case } from '../case/case.ts';
import { Exchange } from '../case/exchange.ts';
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

/** Runs one case in namespaces of its own and records everything it left. Never throws. */
export async function runCase(
  testCase: Case,
  log: KernelLog,
  { seed = defaultSeed, settling }: RunOptions = {},
): Promise<RawCaseRecord> {
  const startedMs = monotonicMs();
  const exchange = new Exchange();
  const result = await observe(testCase, exchange, seed, settling);
  return {
    id: testCase.id,
    ...result,
    requests: exchange.requests,
    notifications: exchange.notifications,
    kernelLog: log.drain(),
    startedMs: Math.floor(startedMs),
    durationMs: Math.round(monotonicMs() - startedMs),
  };
}

type Outcome = Pick<RawCaseRecord, 'outcome' | 'reason' | 'observation'>;

async function observe(
  testCase: Case,
  exchange: Exchange,
  seed: number,
  settling: Settling | undefined,
): Promise<Outcome> {
  try {
    const context = new AgentContext(exchange, seed);
    try {
      return observed((await testCase.run(context)) as Json);
    } finally {
      const settled = settling?.attach();
      context.close();
      settled?.wait();
    }
  } catch (error) {
    return { outcome: 'setup-failed', reason: describe(error), observation: null };
  }
}

function observed(observation: Json): Outcome {
  return { outcome: 'observed', reason: null, observation };
}

function describe(error: unknown): string {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
