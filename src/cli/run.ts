import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { allCases } from '../../suites/index.ts';
import { coverageLines, type KernelCoverage } from '../coverage/render.ts';
import { plural } from '../report/layout.ts';
import { createProgress } from '../report/progress.ts';
import type { RunResults, Shard } from '../report/results.ts';
import { createStyle, wantsColour } from '../report/style.ts';
import { renderTable } from '../report/table.ts';
import { checkWritable, writeReports } from '../report/write.ts';
import { exitStatusOf } from '../verdict/exit-status.ts';
import { columns } from './columns.ts';
import { RunCoverage, writeTracefiles } from './coverage.ts';
import { interruptSignal } from './interrupt.ts';
import { addMachineOptions, caseOption, collect, type MachineOptions } from './machine-options.ts';
import { addReportOptions, type ReportOptions, reportFilesOf } from './report-options.ts';
import { newResultsDir, pruneResults } from './results-dir.ts';
import { resolveAll, runKernels } from './run-kernels.ts';
import { runResults } from './run-results.ts';
import { selectCases } from './select-cases.ts';
import { inShard, shardOption } from './shard.ts';
import { withAndWithout } from './with-and-without.ts';

/** One kernel that has XFRM_MSG_MIGRATE_STATE and one that predates it. */
const defaultKernels = ['debian:7.3.4', 'debian:7.1.13'];

interface RunOptions extends MachineOptions, ReportOptions {
  kernel: string[];
  withAndWithout: string[];
  case: string[];
  shard?: Shard;
  seed?: number;
  verbose: boolean;
}

/** `xfrm-conform run` */
export function runCommand(): Command {
  const command = new Command('run')
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
    .addOption(caseOption())
    .addOption(shardOption())
    .addOption(
      new Option(
        '--seed <n>',
        'of the cases that choose at random (default: the same every time)',
      ).argParser(wholeNumber),
    )
    .option('-v, --verbose', 'show every case, not only those that did not pass', false)
    .action(run);
  return addMachineOptions(addReportOptions(command));
}

async function run(patterns: string[], options: RunOptions): Promise<void> {
  const { shard } = options;
  const cases = inShard(selectCases(allCases, [...patterns, ...options.case]), shard);
  const started = new Date();
  const files = reportFilesOf(options) ?? { directory: newResultsDir(started) };
  await checkWritable(files);
  const signal = interruptSignal();
  const progress = createProgress({
    stream: process.stderr,
    colour: wantsColour(process.stderr, process.env),
  });
  try {
    const { mirror } = options;
    // A shard without cases needs no kernel.
    const specs = isEmptyShard(cases, shard) ? [] : specsOf(options);
    const kernels = await resolveAll(specs, { mirror, signal, progress });
    const consoleDir = files.directory ? join(files.directory, 'consoles') : undefined;
    if (consoleDir) await rm(consoleDir, { recursive: true, force: true });
    const coverage = new RunCoverage();
    const more = { consoleDir, seed: options.seed, coverage };
    const kernelResults = await runKernels(kernels, cases, options, signal, more);
    const interrupted = signal.aborted;
    const results = runResults(kernelResults, started, { interrupted, ...(shard && { shard }) });
    progress.done();
    // The verdicts first: the reports take as long to write as a third of a fast run.
    print(results, options);
    const consoles = consoleDir && existsSync(consoleDir) ? [`${consoleDir}/`] : [];
    const written = [...(await writeReports(results, files)), ...consoles];
    process.stdout.write(`\nwritten: ${written.join('\n         ')}\n`);
    if (interrupted) process.exitCode = interruptedStatus;
    else if (!isEmptyShard(cases, shard)) process.exitCode = exitStatusOf(results);
    if (!interrupted) await tellCoverage(await coverage.read(signal), files.directory);
  } finally {
    progress.done();
  }
  await pruneResults();
}

async function tellCoverage(
  coverage: readonly KernelCoverage[],
  directory: string | null | undefined,
): Promise<void> {
  if (coverage.length === 0) return;
  const style = createStyle(wantsColour(process.stdout, process.env));
  for (const each of coverage)
    process.stdout.write(`\n${coverageLines(each, { width: columns(), style }).join('\n')}\n`);
  if (!directory) return;
  const written = await writeTracefiles(coverage, directory);
  process.stdout.write(`\nwritten: ${written.join('\n         ')} (for genhtml of lcov)\n`);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number < 2 ** 32) return number;
  throw new InvalidArgumentError('It must be a whole number below 2^32.');
}

/** 128 + SIGINT, as shells have it. */
const interruptedStatus = 130;

/** More shards than cases are no failure: the others have them. */
function isEmptyShard(cases: readonly unknown[], shard: Shard | undefined): boolean {
  return shard !== undefined && cases.length === 0;
}

function specsOf({ kernel, withAndWithout: pairs }: RunOptions): readonly string[] {
  const asked = [...kernel, ...pairs.flatMap(withAndWithout)];
  return asked.length > 0 ? asked : defaultKernels;
}

function print(results: RunResults, options: RunOptions): void {
  const { verbose, shard } = options;
  const colour = wantsColour(process.stdout, process.env);
  const width = process.stdout.columns ?? 100;
  process.stdout.write(renderTable(results, { width, colour, verbose }));
  if (shard) process.stdout.write(`\n${shardLine(results, shard)}\n`);
}

function shardLine({ kernels: [kernel] }: RunResults, { index, count }: Shard): string {
  const cases = kernel === undefined ? 'none of the cases' : plural(kernel.cases.length, 'case');
  return `shard ${index}/${count}: ${cases}; "xfrm-conform merge" puts the shards together`;
}
