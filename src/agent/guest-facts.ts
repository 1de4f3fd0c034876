import { readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import type { GuestFacts } from '../kernel/kernel.ts';

/** Reads what the running kernel says of itself; what it does not say is null. */
export async function readGuestFacts(): Promise<GuestFacts> {
  // Only where it is needed: it brings all of Node's streams along.
  const { gunzipSync } = await import('node:zlib');
  return {
    release: release(),
    build: version(),
    config: orNull(() => parseConfig(gunzipSync(readFileSync('/proc/config.gz')).toString())),
    migrateSymbols: orNull(() => migrateSymbols(readFileSync('/proc/kallsyms', 'latin1'))),
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function parseConfig(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!]),
  );
}

/** Null when the kernel hides its symbols (no CONFIG_KALLSYMS). */
function migrateSymbols(text: string): string[] | null {
  if (text === '') return null;
  return [...text.matchAll(/^\S+ \S (\w*xfrm\w*migrate\w*)/gm)].map((match) => match[1]!);
}
