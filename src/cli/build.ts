import { Command } from 'commander';
import { UsageError } from '../error.ts';
import { variants } from '../kernel/build/variants.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import { resolveKernels } from '../kernel/resolve.ts';
import { interruptSignal } from './interrupt.ts';

/** `xfrm-conform build` */
export function buildCommand(): Command {
  const list = Object.entries(variants).map(([name, what]) => `  +${name.padEnd(11)} ${what}`);
  return new Command('build')
    .description('Build kernels from source, so that a run finds them ready.')
    .argument('<spec...>', 'kernels, e.g. tree:~/linux, tree:~/linux@v7.2+no-migrate, source:7.3.4')
    .option('--mirror <url>', "Debian mirror (default: the one of this machine's apt)")
    .addHelpText('after', `\nVariants:\n${list.join('\n')}`)
    .action(build);
}

async function build(specs: string[], options: { mirror?: string }): Promise<void> {
  for (const spec of specs) {
    if (/^(tree|source):/.test(spec)) continue;
    throw new UsageError(`"${spec}" is not built from source: name tree:PATH or source:VERSION`);
  }
  const signal = interruptSignal();
  for (const spec of specs) {
    const started = performance.now();
    const progress = progressOn(process.stderr);
    const [kernel] = await resolveKernels(spec, {
      cacheDir: defaultCacheDir(),
      signal,
      onProgress: progress.show,
      ...options,
    }).finally(progress.end);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${kernel?.spec} ${kernel?.facts.release} ready after ${seconds} s\n`);
    process.stdout.write(`  ${kernel?.image}\n`);
  }
}

/** On a terminal one line that changes; elsewhere a line now and then, for a log. */
function progressOn(stream: NodeJS.WriteStream) {
  const everyMs = 15_000;
  let last = Number.NEGATIVE_INFINITY;
  return {
    show: (phrase: string) => {
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${phrase.slice(0, (stream.columns ?? 80) - 1)}`);
      } else if (performance.now() - last > everyMs) {
        last = performance.now();
        stream.write(`${phrase}\n`);
      }
    },
    end: () => {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
