import { Command, Option } from 'commander';
import { allCases } from '../../suites/index.ts';
import { type Comparison, compareSides, isIncomplete, type Side } from '../compare/comparison.ts';
import { renderJson } from '../compare/json.ts';
import { renderMarkdown } from '../compare/markdown.ts';
import { renderTerminal } from '../compare/terminal.ts';
import { exitStatus, UsageError } from '../error.ts';
import { createProgress } from '../report/progress.ts';
import { wantsColour } from '../report/style.ts';
import { checkWritable, writeReports } from '../report/write.ts';
import { tryWriting, writeWhole } from '../report/write-file.ts';
import { columns } from './columns.ts';
import { interruptSignal } from './interrupt.ts';
import { addMachineOptions, caseOption, type MachineOptions } from './machine-options.ts';
import { type Recorded, recordedKernel } from './recorded.ts';
import { type Resolved, resolveSpec, runKernels } from './run-kernels.ts';
import { runResults } from './run-results.ts';
import { selectCases } from './select-cases.ts';
import { tool } from './tool.ts';

interface DiffOptions extends MachineOptions {
  case: string[];
  format: 'terminal' | 'markdown' | 'json';
  output?: string;
  record?: string;
  verbose: boolean;
}

/** `xfrm-conform diff` */
export function diffCommand(): Command {
  const command = new Command('diff')
    .description('Show what two kernels, run now or recorded earlier, do differently.')
    .argument('<before>', 'a kernel, e.g. debian:7.1.13, or a results.json (FILE#SPEC of several)')
    .argument('<after>', 'the other one')
    .argument('[case...]', 'cases to compare: ids, their beginnings, or patterns with *')
    .addOption(caseOption())
    .addOption(
      new Option('-f, --format <name>', 'how to show it')
        .choices(['terminal', 'markdown', 'json'] satisfies DiffOptions['format'][])
        .default('terminal'),
    )
    .option('-o, --output <file>', 'write it here, not to standard output')
    .option('--record <file>', 'keep what was run as a results.json, to be compared again')
    .option('-v, --verbose', 'every case, every place and every value in full', false)
    .addHelpText(
      'after',
      '\nExit status: 0 nothing differs; 1 something does; 2 the call was wrong;\n3 the harness or a machine broke, so that not everything could be compared.',
    )
    .action(diff);
  return addMachineOptions(command);
}

async function diff(
  before: string,
  after: string,
  patterns: string[],
  options: DiffOptions,
): Promise<void> {
  const { output, record } = options;
  const asked = [before, after].map((spec) => recordedKernel(spec) ?? spec);
  if (record !== undefined && !asked.some((each) => typeof each === 'string'))
    throw new UsageError('--record keeps what is run, but both sides are recorded already.');
  if (output !== undefined) await tryWriting(output);
  await checkWritable({ json: record ?? null });
  const [a, b] = await sidesOf(asked, [...patterns, ...options.case], options);
  const comparison = compareSides(a!, b!);
  const text = render(comparison, options);
  if (output === undefined) process.stdout.write(text);
  else await writeWhole(output, text);
  process.exitCode = statusOf(comparison);
}

/** A difference is a fact, whatever else could not be compared. */
function statusOf(comparison: Comparison): number {
  if (comparison.differences.length > 0) return exitStatus.failed;
  return isIncomplete(comparison) ? exitStatus.broken : exitStatus.ok;
}

function render(comparison: Comparison, { format, output, verbose }: DiffOptions): string {
  if (format === 'json') return renderJson(comparison);
  if (format === 'markdown') return renderMarkdown(comparison, { verbose });
  const colour = output === undefined && wantsColour(process.stdout, process.env);
  return renderTerminal(comparison, {
    width: output === undefined ? columns() : 100,
    colour,
    verbose,
  });
}

/** Runs the kernels that are named by a spec, side by side; takes the others from their files. */
async function sidesOf(
  asked: readonly (Recorded | string)[],
  patterns: readonly string[],
  options: DiffOptions,
): Promise<Side[]> {
  const files = asked.filter((each) => typeof each !== 'string');
  const specs = asked.filter((each) => typeof each === 'string');
  const cases = chosenCases(files, specs.length > 0, patterns);
  const fresh = specs.length === 0 ? [] : await runNow(specs, cases, options);
  return asked.map((each) =>
    typeof each === 'string' ? fresh.shift()! : recordedSide(each, cases),
  );
}

/**
 * The ids of the cases that the patterns name among those at hand: in the files, or in the suites
 * when both sides are run. A side that is run next to a file runs what the file holds.
 */
function chosenCases(
  files: readonly Recorded[],
  someRun: boolean,
  patterns: readonly string[],
): ReadonlySet<string> {
  const held = files.flatMap(({ result }) => result.cases.map(({ id }) => id));
  const ids = new Set(files.length > 0 ? held : allCases.map(({ id }) => id));
  const chosen = selectCases(
    [...ids].map((id) => ({ id })),
    patterns,
  ).map(({ id }) => id);
  if (someRun && !allCases.some(({ id }) => chosen.includes(id)))
    throw new UsageError(
      `${files[0]?.path ?? 'The file'} holds no case that this xfrm-conform has: run that side again.`,
    );
  return new Set(chosen);
}

function recordedSide({ path, result, results }: Recorded, ids: ReadonlySet<string>): Side {
  return {
    result: { ...result, cases: result.cases.filter(({ id }) => ids.has(id)) },
    origin: `recorded in ${path}`,
    tool: results.tool,
  };
}

async function runNow(
  specs: readonly string[],
  ids: ReadonlySet<string>,
  options: DiffOptions,
): Promise<Side[]> {
  const signal = interruptSignal();
  const started = new Date();
  const progress = createProgress({
    stream: process.stderr,
    colour: wantsColour(process.stderr, process.env),
  });
  try {
    const kernels: Resolved[] = [];
    for (const spec of specs) kernels.push(await oneKernel(spec, { ...options, signal, progress }));
    const cases = allCases.filter(({ id }) => ids.has(id));
    const results = await runKernels(kernels, cases, options, signal);
    if (options.record !== undefined)
      await writeReports(runResults(results, started, { interrupted: signal.aborted }), {
        json: options.record,
      });
    signal.throwIfAborted();
    return results.map((result) => ({ result, origin: 'run now', tool: tool() }));
  } finally {
    progress.done();
  }
}

async function oneKernel(
  spec: string,
  resolving: Parameters<typeof resolveSpec>[1],
): Promise<Resolved> {
  // Before dozens of kernels are fetched.
  if (spec.endsWith(':all')) throw tooMany(spec);
  const [kernel, ...more] = await resolveSpec(spec, resolving);
  if (kernel === undefined || more.length > 0) throw tooMany(spec);
  return kernel;
}

function tooMany(spec: string): UsageError {
  return new UsageError(
    `${spec} names several kernels, and diff compares one with one: name one of them.`,
  );
}
