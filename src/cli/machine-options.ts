import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Acceleration, MachineName } from '../machine/machine.ts';

/** How kernels are had and run: the same for every command that boots some. */
export interface MachineOptions {
  machine?: MachineName;
  accel: Acceleration;
  jobs: number;
  mirror?: string;
  /** Seconds. */
  caseTimeout?: number;
}

export function addMachineOptions(command: Command): Command {
  return addGuestOptions(command, ['qemu', 'uml', 'vng', 'local'])
    .option('-j, --jobs <n>', 'guests to run side by side', positive, availableParallelism())
    .option('--mirror <url>', "Debian mirror (default: the one of this machine's apt)");
}

/** For commands that build the kernels that they run. */
export function addBuildOptions(command: Command): Command {
  return addGuestOptions(command, ['qemu', 'uml', 'vng']).option(
    '-j, --jobs <n>',
    'parallel jobs of make (default: the number of CPUs)',
    positive,
  );
}

function addGuestOptions(command: Command, machines: readonly MachineName[]): Command {
  return command
    .addOption(
      new Option('-m, --machine <name>', 'what runs the kernels (default: what fits each)').choices(
        machines,
      ),
    )
    .addOption(
      new Option('--accel <name>', 'acceleration of QEMU')
        .choices(['auto', 'kvm', 'tcg'] satisfies Acceleration[])
        .default('auto'),
    )
    .option('--case-timeout <seconds>', 'silence after which a guest counts as hung', positive);
}

/** -c: more patterns beside the arguments. */
export function caseOption(none: 'all' | 'none' = 'all'): Option {
  return new Option('-c, --case <pattern>', 'the same as the argument; may be repeated')
    .argParser(collect)
    .default([], none);
}

/** Not variadic options: those would take the cases that follow for more values. */
export function collect(value: string, earlier: string[]): string[] {
  return [...earlier, ...value.split(/\s+/).filter(Boolean)];
}

/** An option's value as a whole number of at least 1. */
export function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return number;
}
