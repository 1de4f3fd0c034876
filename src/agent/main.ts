/** The agent: runs inside the kernel under test, obeys the host, and runs cases. */
import { readFileSync } from 'node:fs';
import { release, uptime, version } from 'node:os';
import { allCases } from '../../suites/index.ts';
import { type AgentEvent, protocolVersion } from '../case/record.ts';
import { fuzzCaseOf } from '../fuzz/case.ts';
import { coverageFiles } from './coverage.ts';
import { readGuestFacts } from './guest-facts.ts';
import { KernelLog } from './kernel-log.ts';
import { findLeaks } from './leaks.ts';
import { Port } from './port.ts';
import { runCase } from './run-case.ts';
import { Settling } from './settle.ts';

async function main(): Promise<void> {
  const port = new Port(process.env.XFRM_CONFORM_PORT ?? '0,1');
  port.send({
    event: 'hello',
    protocol: protocolVersion,
    release: release(),
    build: version(),
    uptimeMs: Math.round(uptime() * 1000),
    tainted: Number(readFileSync('/proc/sys/kernel/tainted', 'latin1')),
  });
  try {
    await serve(port);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    port.send({ event: 'agent-error', message });
  }
}

async function serve(port: Port): Promise<void> {
  const log = new KernelLog();
  let settling: Settling | undefined;
  const cases = new Map(allCases.map((testCase) => [testCase.id, testCase]));
  for (let command = port.receive(); command; command = port.receive()) {
    if (command.command === 'quit') return;
    if (command.command === 'facts') {
      port.send({ event: 'facts', facts: await readGuestFacts() });
      continue;
    }
    if (command.command === 'leaks') {
      port.send({ event: 'leaks', report: await findLeaks() });
      continue;
    }
    if (command.command === 'coverage') {
      for (const file of coverageFiles()) port.send({ event: 'coverage', ...file });
      port.send({ event: 'done' });
      continue;
    }
    if (command.settle) settling ??= new Settling();
    const options = { seed: command.seed, settling };
    // The end of a case goes out with what follows it: a write costs as much as a short request.
    const ended: AgentEvent[] = [];
    for (const id of command.cases) {
      port.send(...ended.splice(0), { event: 'case-start', id });
      const testCase = cases.get(id) ?? fuzzCaseOf(id);
      if (!testCase) throw new Error(`the agent has no case ${id}`);
      ended.push({ event: 'case-end', record: await runCase(testCase, log, options) });
    }
    port.send(...ended, { event: 'done' });
  }
}

void main();
