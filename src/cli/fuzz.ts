import { Command, Option } from 'commander';
import { exitStatus, UsageError } from '../error.ts';
import { fuzzCase, leakCase, replayCase } from '../fuzz/case.ts';
import type { FuzzInterface } from '../fuzz/setting.ts';
import { createProgress } from '../report/progress.ts';
import { wantsColour } from '../report/style.ts';
import { type FoundFailure, FuzzCampaign, type Tally } from './fuzz-campaign.ts';
import { readFuzzFile, saveFailures } from './fuzz-file.ts';
import { interruptSignal } from './interrupt.ts';
import { addMachineOptions, type MachineOptions, positive } from './machine-options.ts';
import { newResultsDir } from './results-dir.ts';
import { type Resolved, resolveAll, runKernels } from './run-kernels.ts';

const interfaces: readonly FuzzInterface[] = ['migrate-state', 'migrate'];

interface FuzzOptions extends MachineOptions {
  kernel: string;
  interface?: FuzzInterface;
  requests: number;
  seed?: number;
  minutes?: number;
  replay?: string;
  output?: string;
}

/** `xfrm-conform fuzz` */
export function fuzzCommand(): Command {
  const command = new Command('fuzz')
    .description('Send a kernel requests that chance has spoilt, and judge what it does with each.')
    .requiredOption('-k, --kernel <spec>', 'the kernel, e.g. debian:7.3.4, tree:~/linux')
    .addOption(
      new Option('-i, --interface <name>', 'one of the two messages (default: both)').choices(
        interfaces,
      ),
    )
    .option('-n, --requests <n>', 'how many', positive, 20_000)
    .option('--minutes <n>', 'go on for so long, however many that are', positive)
    .option('--seed <n>', 'the seed of an earlier run, to have the same requests again', positive)
    .option('--replay <file>', 'send the request of this file again, and no other')
    .option('-o, --output <dir>', 'where requests that fail are saved')
    .action(fuzz);
  return addMachineOptions(command);
}

async function fuzz(options: FuzzOptions): Promise<void> {
  const signal = interruptSignal();
  const progress = createProgress({
    stream: process.stderr,
    colour: wantsColour(process.stderr, process.env),
  });
  try {
    const [kernel] = await resolveAll([options.kernel], {
      ...{ mirror: options.mirror, signal, progress },
    });
    if (!kernel) throw new UsageError(`"${options.kernel}" names no kernel.`);
    const status = options.replay
      ? await replay(kernel, options.replay, options, signal, () => progress.done())
      : await campaign(kernel, options, signal, () => progress.done());
    process.exitCode = signal.aborted ? interruptedStatus : status;
  } finally {
    progress.done();
  }
}

/** 128 + SIGINT, as shells have it. */
const interruptedStatus = 130;

async function campaign(
  kernel: Resolved,
  options: FuzzOptions,
  signal: AbortSignal,
  done: () => void,
): Promise<number> {
  const seed = options.seed ?? 1 + (Date.now() % 1_000_000_000);
  process.stderr.write(`seed ${seed}\n`);
  const kinds = options.interface ? [options.interface] : interfaces;
  const tell = teller(kernel.told);
  const run = new FuzzCampaign({
    run: async (cases, judged) => {
      const told = { phase: (phrase: string) => tell(phrase), judged };
      const kernels = [{ kernel: kernel.kernel, told }];
      return (await runKernels(kernels, cases, { ...options, jobs: 1 }, signal))[0]!;
    },
    tell,
    caseOf: (kind, from, count) => fuzzCase(kind, { seed, from, count }),
    leaksOf: (kind, part, parts) => leakCase(kind, seed, part, parts),
    replayOf: replayCase,
    signal,
  });
  const until = options.minutes === undefined ? null : Date.now() + options.minutes * 60_000;
  const tallies = await run.go(kinds, { requests: options.requests, until });
  done();
  for (const tally of tallies) process.stdout.write(`${lineOf(tally)}\n`);
  const failures = tallies.flatMap((tally) => tally.failures);
  // What did not run says nothing about the kernel.
  const broken = tallies.some(({ problem }) => problem !== null) && !signal.aborted;
  if (failures.length === 0) return broken ? exitStatus.broken : exitStatus.ok;
  const saved = await saveFailures(options.output ?? newResultsDir(new Date()), failures, {
    kernel: options.kernel,
    seed,
  });
  const paths = new Map(failures.map((failure, i) => [failure, saved[i]]));
  for (const [first, ...others] of alike(failures)) {
    const { interface: kind, index, reason, mutations } = first!;
    const number = index === null ? '' : ` #${index}`;
    const more = others.length === 0 ? '' : ` (and ${others.length} more like it)`;
    process.stdout.write(`\nFAIL  ${kind}${number}: ${printable(reason)}${more}\n`);
    for (const mutation of mutations) process.stdout.write(`      ${printable(mutation)}\n`);
    const path = paths.get(first!);
    if (path)
      process.stdout.write(
        `      again: xfrm-conform fuzz --kernel ${options.kernel} --replay ${path}\n`,
      );
  }
  process.stdout.write(`\nagain: xfrm-conform fuzz --kernel ${options.kernel} --seed ${seed}\n`);
  return exitStatus.failed;
}

/** Failures of one interface for one reason together, the smallest first. */
function alike(failures: readonly FoundFailure[]): FoundFailure[][] {
  const groups = new Map<string, FoundFailure[]>();
  for (const failure of failures) {
    const key = `${failure.interface} ${failure.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), failure]);
  }
  const size = ({ mutations }: FoundFailure) => mutations.join('').length;
  return [...groups.values()].map((group) => group.toSorted((a, b) => size(a) - size(b)));
}

/** On a terminal every phrase; elsewhere, where each is a line that stays, one in ten seconds. */
function teller(told: Resolved['told']): (phrase: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (phrase) => {
    if (!process.stderr.isTTY && Date.now() - last < 10_000) return;
    last = Date.now();
    told.phase(phrase);
  };
}

function lineOf({ interface: kind, requests, succeeded, refused, problem }: Tally): string {
  const [sent, done, not] = [requests, succeeded, refused].map((n) => n.toLocaleString('en-US'));
  const end = problem === null ? '' : `; ended: ${printable(problem)}`;
  return `${kind.padEnd(14)} ${sent} requests sent, ${done} done, ${not} refused${end}`;
}

async function replay(
  kernel: Resolved,
  file: string,
  options: FuzzOptions,
  signal: AbortSignal,
  done: () => void,
): Promise<number> {
  const { interface: kind, bytes } = await readFuzzFile(file);
  const testCase = replayCase(kind, bytes);
  const [result] = await runKernels([kernel], [testCase], { ...options, jobs: 1 }, signal);
  done();
  const found = result?.cases[0];
  const failures = reasonsOf(found?.record?.observation);
  if (found && ['pass', 'deviation'].includes(found.verdict.status) && failures.length === 0) {
    process.stdout.write(`${kind}: the kernel does with it what it must\n`);
    return exitStatus.ok;
  }
  const [reason = found?.verdict.reason ?? result?.problem?.message ?? 'it did not run'] = failures;
  process.stdout.write(`FAIL  ${kind}: ${printable(reason)}\n`);
  return found && ['fail', 'crash'].includes(found.verdict.status)
    ? exitStatus.failed
    : exitStatus.broken;
}

function reasonsOf(observation: unknown): string[] {
  const { failures } = Object(observation) as { failures?: { reason?: string }[] };
  return (failures ?? []).map(({ reason }) => String(reason));
}

/** Words of a guest: control characters could do anything to a terminal. */
function printable(text: string): string {
  const short = text.length > 300 ? `${text.slice(0, 299)}…` : text;
  return short.replace(/[^\x20-\x7e…]/g, '?');
}
