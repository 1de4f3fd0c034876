import { readFile, writeFile } from 'node:fs/promises';
import type { BuildHistory } from './progress.ts';

/** What earlier builds in one build directory took. */
export interface DirectoryHistory {
  /** Whether a build in it was ever finished: the next one only rebuilds what changed. */
  complete: boolean;
  /** The largest build: the one from nothing. */
  full: BuildHistory | null;
}

/** Where the history of a build directory is: beside it, which may be removed. */
export function historyPath(output: string): string {
  return `${output}.history.json`;
}

/** @param neighbour a directory of the same tree and architecture, to go by when this one is new */
export async function readHistory(output: string, neighbour: string): Promise<DirectoryHistory> {
  const own = await readBuild(output);
  return { complete: own !== null, full: own ?? (await readBuild(neighbour)) };
}

async function readBuild(output: string): Promise<BuildHistory | null> {
  const text = await readFile(historyPath(output), 'utf8').catch(() => 'null');
  const found: unknown = parse(text);
  return isHistory(found) ? { objects: found.objects, seconds: found.seconds } : null;
}

/** Keeps the larger one: an incremental build says nothing about a whole one. */
export async function writeHistory(
  output: string,
  before: DirectoryHistory,
  latest: BuildHistory,
): Promise<void> {
  const isLargest = !before.complete || latest.objects >= (before.full?.objects ?? 0);
  if (isLargest) await writeFile(historyPath(output), JSON.stringify(latest));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isHistory(value: unknown): value is BuildHistory {
  return (
    typeof value === 'object' &&
    value !== null &&
    'objects' in value &&
    typeof value.objects === 'number' &&
    'seconds' in value &&
    typeof value.seconds === 'number'
  );
}
