import type { Case } from '../case/case.ts';
import { Exchange } from '../case/exchange.ts';
import type { Json, RawCaseRecord } from '../case/record.ts';
import { defaultSeed } from '../case/seed.ts';
import { SetupError } from '../case/xfrm-client.ts';
import { AgentContext } from './context.ts';
import type { KernelLog } from './kernel-log.ts';

/** Runs one case in namespaces of its own and records everything it left. Never throws. */
export async function runCase(
  testCase: Case,
  log: KernelLog,
  seed = defaultSeed,
): Promise<RawCaseRecord> {
  const started = performance.now();
  const exchange = new Exchange();
  const result = await observe(testCase, exchange, seed);
  return {
    id: testCase.id,
    ...result,
    requests: exchange.requests,
    notifications: exchange.notifications,
    kernelLog: log.drain(),
    durationMs: Math.round(performance.now() - started),
  };
}

type Outcome = Pick<RawCaseRecord, 'outcome' | 'reason' | 'observation'>;

async function observe(testCase: Case, exchange: Exchange, seed: number): Promise<Outcome> {
  try {
    const context = new AgentContext(exchange, seed);
    try {
      return observed((await testCase.run(context)) as Json);
    } finally {
      context.close();
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
