import { readFile, writeFile } from 'node:fs/promises';
import type { BuildHistory } from './progress.ts';

/** What earlier builds in one build directory took. */
export interface DirectoryHistory {
  /** Whether a build in it was ever finished: the next one only rebuilds what changed. */
  complete: boolean;
  /** The largest build: the one from nothing. */
  full: BuildHistory | null;
}

/** Beside the directories: a new one of the same tree may go by what its neighbour took. */
function pathOf(output: string): string {
  return `${output}.history.json`;
}

export async function readHistory(output: string): Promise<DirectoryHistory> {
  const text = await readFile(pathOf(output), 'utf8').catch(() => 'null');
  const found: unknown = parse(text);
  return isHistory(found)
    ? { complete: true, full: { objects: found.objects, seconds: found.seconds } }
    : { complete: false, full: null };
}

/** Keeps the larger one: an incremental build says nothing about a whole one. */
export async function writeHistory(
  output: string,
  before: DirectoryHistory,
  latest: BuildHistory,
): Promise<void> {
  const isLargest = before.full === null || latest.objects >= before.full.objects;
  if (isLargest) await writeFile(pathOf(output), JSON.stringify(latest));
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
