import { Command } from 'commander';
import { createColors } from 'picocolors';
import { defaultCacheDir } from '../kernel/cache.ts';
import { type ListedKernel, listKernels } from '../kernel/list.ts';
import { resolveKernels, schemes } from '../kernel/resolve.ts';
import type { ResolveOptions } from '../kernel/scheme.ts';
import { interruptSignal } from './interrupt.ts';

const mirrorOption = [
  '--mirror <url>',
  "Debian mirror (default: the one of this machine's apt)",
] as const;

/** `xfrm-conform kernels` and `xfrm-conform kernels fetch` */
export function kernelsCommand(): Command {
  const list = new Command('list')
    .description('list the kernels that can be had')
    .option('--json', 'as JSON', false)
    .option(...mirrorOption)
    .action(printList);
  const fetch = new Command('fetch')
    .description('fetch kernels into the cache, so that a run needs no network')
    .argument('<spec...>', 'kernels, e.g. debian:7.3.4, debian:all')
    .option(...mirrorOption)
    .action(fetchKernels);
  return new Command('kernels')
    .description('List the kernels that can be had, or fetch some.')
    .addCommand(list, { isDefault: true })
    .addCommand(fetch)
    .addHelpText('after', `\nWays to name a kernel:\n${usage()}`);
}

function usage(): string {
  return schemes.map((scheme) => `  ${scheme.usage}\n      ${scheme.summary}\n`).join('');
}

async function printList(options: { json: boolean; mirror?: string }): Promise<void> {
  const { kernels, problem } = await withProgress(options.mirror, listKernels);
  if (problem) process.stderr.write(`xfrm-conform: only what is in the cache: ${problem}\n`);
  const isColored = process.stdout.isTTY && !process.env.NO_COLOR;
  const text = options.json
    ? `${JSON.stringify(kernels, null, 2)}\n`
    : kernelTable(kernels, isColored);
  process.stdout.write(text);
}

async function fetchKernels(specs: string[], options: { mirror?: string }): Promise<void> {
  const started = performance.now();
  const fetched = await withProgress(options.mirror, async (resolve) => {
    const kernels = [];
    for (const spec of specs) kernels.push(...(await resolveKernels(spec, resolve)));
    return kernels;
  });
  for (const { spec, notes } of fetched) {
    process.stdout.write(`${[spec, ...notes].join('\n  ')}\n`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${fetched.length} kernel(s) ready in ${seconds} s\n`);
}

/** Shows on a terminal what is being done, and wipes it afterwards. */
async function withProgress<T>(
  mirror: string | undefined,
  work: (options: ResolveOptions) => Promise<T>,
): Promise<T> {
  const terminal = process.stderr.isTTY ? process.stderr : null;
  const columns = terminal?.columns ?? 80;
  try {
    return await work({
      cacheDir: defaultCacheDir(),
      signal: interruptSignal(),
      onProgress: (phrase) => terminal?.write(`\r\x1b[K${phrase.slice(0, columns - 1)}`),
      ...(mirror === undefined ? {} : { mirror }),
    });
  } finally {
    terminal?.write('\r\x1b[K');
  }
}

const heading = ['KERNEL', 'MIGRATE_STATE', 'MIGRATE', 'CACHED', 'SIZE', 'FROM'];

/** Fits into 80 columns. What is not cached is dim, where the terminal has that. */
export function kernelTable(kernels: readonly ListedKernel[], isColored: boolean): string {
  const color = createColors(isColored);
  const rows = [heading, ...kernels.map(cells)];
  const widths = heading.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  return lines
    .map((line, i) => {
      if (i === 0) return color.bold(line);
      return kernels[i - 1]!.isCached ? line : color.dim(line);
    })
    .join('\n')
    .concat('\n');
}

function cells({ spec, kinds, isCached, size, isMore, from }: ListedKernel): string[] {
  return [
    spec,
    kinds?.['migrate-state'].kind ?? '-',
    kinds?.migrate.kind ?? '-',
    isCached ? 'yes' : '-',
    size === null ? '-' : `${Math.max(1, Math.round(size / 1e6))}${isMore ? '+' : ''} MB`,
    from,
  ];
}
