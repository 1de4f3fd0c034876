import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { deviations } from '../../suites/deviations.ts';
import { allCases } from '../../suites/index.ts';
import { modules } from '../../suites/modules.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { resolveKernels } from '../kernel/resolve.ts';
import type { Acceleration, MachineName } from '../machine/machine.ts';
import { createProgress, type KernelProgress, type Progress } from '../report/progress.ts';
import type { RunResults } from '../report/results.ts';
import { wantsColour } from '../report/style.ts';
import { renderTable } from '../report/table.ts';
import { checkWritable, type ReportFiles, writeReports } from '../report/write.ts';
import { runAll } from '../run/run-all.ts';
import { exitStatusOf } from '../verdict/exit-status.ts';
import { interruptSignal } from './interrupt.ts';
import { machineFor } from './machines.ts';
import { newResultsDir, pruneResults } from './results-dir.ts';
import { selectCases } from './select-cases.ts';
import { projectDir, tool } from './tool.ts';
import { withAndWithout } from './with-and-without.ts';

/** One kernel that has XFRM_MSG_MIGRATE_STATE and one that predates it. */
const defaultKernels = ['debian:7.3.4', 'debian:7.1.13'];

interface RunOptions {
  kernel: string[];
  withAndWithout: string[];
  case: string[];
  machine?: MachineName;
  accel: Acceleration;
  jobs: number;
  output?: string;
  json?: string;
  tap?: string;
  junit?: string;
  verbose: boolean;
  mirror?: string;
  caseTimeout?: number;
}

/** `xfrm-conform run` */
export function runCommand(): Command {
  return new Command('run')
    .description('Boot kernels, run the cases on each, and judge what the kernels did.')
    .argument('[case...]', 'cases to run: ids, their beginnings, or patterns with *')
    .addOption(
      new Option(
        '-k, --kernel <spec>',
        'a kernel, e.g. debian:7.3.4, tree:~/linux; may be repeated',
      )
        .argParser(collect)
        .default([], defaultKernels.join(' and ')),
    )
    .addOption(
      new Option(
        '--with-and-without <spec>',
        'a tree or source, with CONFIG_XFRM_MIGRATE and without; may be repeated',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('-c, --case <pattern>', 'the same as the argument; may be repeated')
        .argParser(collect)
        .default([], 'all'),
    )
    .addOption(
      new Option('-m, --machine <name>', 'what runs the kernels (default: what fits each)').choices(
        ['qemu', 'uml', 'vng', 'local'] satisfies MachineName[],
      ),
    )
    .addOption(
      new Option('--accel <name>', 'acceleration of QEMU')
        .choices(['auto', 'kvm', 'tcg'] satisfies Acceleration[])
        .default('auto'),
    )
    .option('-j, --jobs <n>', 'kernels to run side by side', positive, availableParallelism())
    .option('-o, --output <dir>', 'directory for results.json, results.tap and junit.xml')
    .option('--json <file>', 'also write the results as JSON here')
    .option('--tap <file>', 'also write TAP 14 here')
    .option('--junit <file>', 'also write JUnit XML here')
    .option('-v, --verbose', 'show every case, not only those that did not pass', false)
    .option('--mirror <url>', "Debian mirror (default: the one of this machine's apt)")
    .option('--case-timeout <seconds>', 'silence after which a guest counts as hung', positive)
    .action(run);
}

/** Not variadic options: those would take the cases that follow for more kernels. */
function collect(value: string, earlier: string[]): string[] {
  return [...earlier, ...value.split(/\s+/).filter(Boolean)];
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return number;
}

async function run(patterns: string[], options: RunOptions): Promise<void> {
  const cases = selectCases(allCases, [...patterns, ...options.case]);
  const started = new Date();
  const files = reportFiles(options, started);
  await checkWritable(files);
  const signal = interruptSignal();
  const progress = createProgress({
    stream: process.stderr,
    colour: wantsColour(process.stderr, process.env),
  });
  try {
    const kernels = await resolveAll(options, signal, progress);
    const results: RunResults = {
      schema: 'xfrm-conform/results/1',
      tool: tool(),
      startedAt: started.toISOString(),
      kernels: await runAll(
        kernels.map(({ kernel, told }) => ({
          kernel,
          machine: machineFor(kernel, options.machine),
          cases,
          deviations,
          payload: { agent: `${projectDir}dist/agent.cjs`, modules },
          acceleration: options.accel,
          silenceMs: options.caseTimeout === undefined ? null : options.caseTimeout * 1000,
          signal,
          progress: told,
        })),
        options.jobs,
      ),
      durationMs: Date.now() - started.getTime(),
      interrupted: signal.aborted,
    };
    const written = await writeReports(results, files);
    progress.done();
    print(results, written, options);
    process.exitCode = signal.aborted ? interruptedStatus : exitStatusOf(results);
  } finally {
    progress.done();
  }
  await pruneResults();
}

/** 128 + SIGINT, as shells have it. */
const interruptedStatus = 130;

function reportFiles({ output, json, tap, junit }: RunOptions, started: Date): ReportFiles {
  const named = { ...(json && { json }), ...(tap && { tap }), ...(junit && { junit }) };
  if (output !== undefined) return { directory: output, ...named };
  return Object.keys(named).length > 0 ? named : { directory: newResultsDir(started) };
}

interface Resolved {
  kernel: Kernel;
  told: KernelProgress;
}

/** The kernels that were asked for, in that order, each once. */
async function resolveAll(
  { kernel, withAndWithout: pairs, mirror }: RunOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<Resolved[]> {
  const found = new Map<string, Resolved>();
  const asked = [...kernel, ...pairs.flatMap(withAndWithout)];
  for (const spec of asked.length > 0 ? asked : defaultKernels) {
    const told = progress.kernel(spec);
    const kernels = await resolveKernels(spec, {
      cacheDir: defaultCacheDir(),
      signal,
      onProgress: (phrase) => told.phase(phrase),
      ...(mirror === undefined ? {} : { mirror }),
    });
    for (const kernel of kernels)
      if (!found.has(kernel.spec))
        found.set(kernel.spec, {
          kernel,
          told: kernels.length === 1 ? told : progress.kernel(kernel.spec),
        });
  }
  return [...found.values()];
}

function print(results: RunResults, written: readonly string[], { verbose }: RunOptions): void {
  const colour = wantsColour(process.stdout, process.env);
  const width = process.stdout.columns ?? 100;
  process.stdout.write(renderTable(results, { width, colour, verbose }));
  process.stdout.write(`\nwritten: ${written.join('\n         ')}\n`);
}
