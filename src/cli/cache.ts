import { Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../error.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import { type CacheEntryInfo, cacheKinds, listCache, removeEntry } from '../kernel/cache-list.ts';
import { interruptSignal } from './interrupt.ts';

interface CacheOptions {
  prune: boolean;
  olderThan?: number;
  maxSize?: number;
  kind?: string[];
}

const dayMs = 24 * 3600_000;
const defaultDays = 30;

/** `xfrm-conform cache` */
export function cacheCommand(): Command {
  const kinds = Object.entries(cacheKinds).map(([name, what]) => `  ${name.padEnd(9)} ${what}`);
  return new Command('cache')
    .description('Show what the cache holds, or remove what is no longer needed.')
    .option('--prune', 'remove entries; never one that a run is using', false)
    .option(
      '--older-than <days>',
      `with --prune: those not used for so long (default: ${defaultDays}, without --max-size)`,
      days,
    )
    .option(
      '--max-size <GB>',
      'with --prune: the longest unused ones, until the rest is smaller',
      size,
    )
    .addOption(
      new Option('--kind <kind...>', 'only entries of these kinds').choices(
        Object.keys(cacheKinds),
      ),
    )
    .addHelpText('after', `\nKinds:\n${kinds.join('\n')}`)
    .action(cache);
}

function days(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('Give a number of days, 0 or more.');
  return value;
}

function size(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('Give a number of gigabytes, 0 or more.');
  return value;
}

async function cache(options: CacheOptions): Promise<void> {
  if (!options.prune && (options.olderThan !== undefined || options.maxSize !== undefined)) {
    throw new UsageError('--older-than and --max-size say what --prune removes: give --prune too');
  }
  const cacheDir = defaultCacheDir();
  const signal = interruptSignal();
  const all = await listCache(cacheDir, signal);
  const entries = all.filter(({ kind }) => options.kind?.includes(kind) ?? true);
  if (!options.prune) {
    process.stdout.write(`${cacheDir}\n${table(entries)}`);
    return;
  }
  let freed = 0;
  for (const entry of chooseToPrune(entries, options, Date.now())) {
    if (!(await removeEntry(cacheDir, entry.name, signal))) continue;
    freed += entry.bytes;
    process.stdout.write(`removed ${entry.name} (${gigabytes(entry.bytes)})\n`);
  }
  process.stdout.write(`${gigabytes(freed)} freed\n`);
}

/** What is to go, the longest unused first; nothing that is in use. */
export function chooseToPrune(
  entries: readonly CacheEntryInfo[],
  options: { olderThan?: number; maxSize?: number },
  now: number,
): CacheEntryInfo[] {
  const { olderThan, maxSize } = options;
  const limit = olderThan ?? (maxSize === undefined ? defaultDays : null);
  let left = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const chosen: CacheEntryInfo[] = [];
  const byAge = [...entries].sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime());
  for (const entry of byAge) {
    const isOld = limit !== null && now - entry.lastUsed.getTime() >= limit * dayMs;
    const isTooMuch = maxSize !== undefined && left > maxSize * 1e9;
    if (entry.inUse || !(isOld || isTooMuch)) continue;
    left -= entry.bytes;
    chosen.push(entry);
  }
  return chosen;
}

function table(entries: readonly CacheEntryInfo[]): string {
  const lines = entries.map((entry) => {
    const age = entry.inUse ? 'in use' : ago(Date.now() - entry.lastUsed.getTime());
    return `  ${gigabytes(entry.bytes).padStart(8)}  ${age.padEnd(12)}  ${entry.name}\n`;
  });
  const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return `${lines.join('')}  ${gigabytes(total).padStart(8)}  in all\n`;
}

function ago(ms: number): string {
  const whole = Math.floor(ms / dayMs);
  if (whole === 0) return 'today';
  return whole === 1 ? '1 day ago' : `${whole} days ago`;
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
