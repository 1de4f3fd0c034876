import { Command, Option } from 'commander';
import { allCases } from '../../suites/index.ts';
import { createProgress } from '../report/progress.ts';
import type { RunResults } from '../report/results.ts';
import { wantsColour } from '../report/style.ts';
import { renderTable } from '../report/table.ts';
import { checkWritable, type ReportFiles, writeReports } from '../report/write.ts';
import { exitStatusOf } from '../verdict/exit-status.ts';
import { interruptSignal } from './interrupt.ts';
import { addMachineOptions, collect, type MachineOptions } from './machine-options.ts';
import { newResultsDir, pruneResults } from './results-dir.ts';
import { resolveAll, runKernels } from './run-kernels.ts';
import { selectCases } from './select-cases.ts';
import { tool } from './tool.ts';
import { withAndWithout } from './with-and-without.ts';

/** One kernel that has XFRM_MSG_MIGRATE_STATE and one that predates it. */
const defaultKernels = ['debian:7.3.4', 'debian:7.1.13'];

interface RunOptions extends MachineOptions {
  kernel: string[];
  withAndWithout: string[];
  case: string[];
  output?: string;
  json?: string;
  tap?: string;
  junit?: string;
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
    .addOption(
      new Option('-c, --case <pattern>', 'the same as the argument; may be repeated')
        .argParser(collect)
        .default([], 'all'),
    )
    .option('-o, --output <dir>', 'directory for results.json, results.tap and junit.xml')
    .option('--json <file>', 'also write the results as JSON here')
    .option('--tap <file>', 'also write TAP 14 here')
    .option('--junit <file>', 'also write JUnit XML here')
    .option('-v, --verbose', 'show every case, not only those that did not pass', false)
    .action(run);
  return addMachineOptions(command);
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
    const { mirror } = options;
    const kernels = await resolveAll(specsOf(options), { mirror, signal, progress });
    const results: RunResults = {
      schema: 'xfrm-conform/results/1',
      tool: tool(),
      startedAt: started.toISOString(),
      kernels: await runKernels(kernels, cases, options, signal),
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

function specsOf({ kernel, withAndWithout: pairs }: RunOptions): readonly string[] {
  const asked = [...kernel, ...pairs.flatMap(withAndWithout)];
  return asked.length > 0 ? asked : defaultKernels;
}

function print(results: RunResults, written: readonly string[], { verbose }: RunOptions): void {
  const colour = wantsColour(process.stdout, process.env);
  const width = process.stdout.columns ?? 100;
  process.stdout.write(renderTable(results, { width, colour, verbose }));
  process.stdout.write(`\nwritten: ${written.join('\n         ')}\n`);
}
