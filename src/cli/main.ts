import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { deviations } from '../../suites/deviations.ts';
import { allCases } from '../../suites/index.ts';
import { requirements } from '../../suites/requirements.ts';
import { exitStatus, UserError } from '../error.ts';
import { bisectCommand } from './bisect.ts';
import { bisectStepCommand } from './bisect-step.ts';
import { buildCommand } from './build.ts';
import { cacheCommand } from './cache.ts';
import { deviationsCommand } from './deviations.ts';
import { diffCommand } from './diff.ts';
import { fuzzCommand } from './fuzz.ts';
import { historyCommand } from './history.ts';
import { kernelsCommand } from './kernels.ts';
import { listCommand } from './list.ts';
import { watchOutput } from './lost-output.ts';
import { mergeCommand } from './merge.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { seriesCommand } from './series.ts';
import { showCommand } from './show.ts';
import { toolVersion } from './tool.ts';
import { traceCommand } from './trace.ts';

// Kernels need the cores on which V8 would optimise: what gains by it is called this often (default 132 KB).
setFlagsFromString('--interrupt-budget=1000000');

const program = new Command('xfrm-conform')
  .description('Does this kernel migrate IPsec SAs the way the interface says it does?')
  .version(toolVersion())
  .addCommand(runCommand())
  .addCommand(listCommand(allCases))
  .addCommand(showCommand(allCases))
  .addCommand(reportCommand())
  .addCommand(diffCommand())
  .addCommand(mergeCommand())
  .addCommand(historyCommand())
  .addCommand(traceCommand(allCases, requirements))
  .addCommand(deviationsCommand(deviations))
  .addCommand(kernelsCommand())
  .addCommand(bisectCommand())
  .addCommand(bisectStepCommand())
  .addCommand(seriesCommand())
  .addCommand(fuzzCommand())
  .addCommand(buildCommand())
  .addCommand(cacheCommand())
  .addHelpText(
    'after',
    `
Exit status: 0 no failure; 1 a kernel failed a case; 2 the call was wrong;
3 the harness or the machine broke, which says nothing about the kernel.`,
  );

overrideExit(program);
const statusOfOutput = watchOutput(process.stdout, process.stderr);
// What is written last may fail after the command has ended.
process.on('exit', () => {
  process.exitCode = statusOfOutput() ?? process.exitCode;
});

void main();

async function main(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Commander would exit with status 1 for a wrong call, which here is the word of a kernel. */
function overrideExit(command: Command): void {
  command.exitOverride().showHelpAfterError('(add --help for the options)');
  for (const each of command.commands) overrideExit(each);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatus.usage;
  if (error instanceof UserError) {
    process.stderr.write(`xfrm-conform: ${error.message}\n`);
    return error.exitStatus;
  }
  if (error instanceof DOMException && error.name === 'AbortError') {
    process.stderr.write('xfrm-conform: interrupted\n');
    return 130;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `xfrm-conform: a defect of xfrm-conform itself, please report it:\n${text}\n`,
  );
  return exitStatus.broken;
}
