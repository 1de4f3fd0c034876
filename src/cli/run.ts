import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { deviations } from '../../suites/deviations.ts';
import { allCases } from '../../suites/index.ts';
import { resolveKernels } from '../kernel/resolve.ts';
import type { Acceleration, MachineName } from '../machine/machine.ts';
import type { RunResults } from '../report/results.ts';
import { runAll } from '../run/run-all.ts';
import { interruptSignal } from './interrupt.ts';
import { selectCases } from './select-cases.ts';
import { toolVersion } from './tool.ts';

/** One kernel that has XFRM_MSG_MIGRATE_STATE and one that predates it. */
const defaultKernels = ['debian:7.3.4', 'debian:7.1.13'];

interface RunOptions {
  kernel: string[];
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
      new Option('-k, --kernel <spec...>', 'kernels to run, e.g. debian:7.3.4, tree:~/linux').default(
        defaultKernels,
        defaultKernels.join(' '),
      ),
    )
    .option('-c, --case <pattern...>', 'the same as the argument', [])
    .addOption(
      new Option('-m, --machine <name>', 'what runs the kernels').choices([
        'qemu',
        'uml',
        'vng',
        'local',
      ]),
    )
    .addOption(
      new Option('--accel <name>', 'acceleration of QEMU')
        .choices(['auto', 'kvm', 'tcg'])
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
