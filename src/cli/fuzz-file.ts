import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { UsageError } from '../error.ts';
import { makeDir } from '../make-dir.ts';
import type { FoundFailure } from './fuzz-campaign.ts';

const format = 'xfrm-conform/fuzz/1';
/** A command to the agent holds about so many bytes of a datagram. */
const mostBytes = 1400;

const fileSchema = v.object({
  format: v.literal(format),
  interface: v.picklist(['migrate-state', 'migrate']),
  bytes: v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/), v.maxLength(2 * mostBytes)),
});

export type FuzzFile = v.InferOutput<typeof fileSchema>;

/** Reads a request that failed. Throws a UsageError for a file that holds none. */
export async function readFuzzFile(path: string): Promise<FuzzFile> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`${path} cannot be read: ${error.message}.`);
  });
  try {
    return v.parse(fileSchema, JSON.parse(text));
  } catch (error) {
    throw new UsageError(
      `${path} is no request that "xfrm-conform fuzz" saved: ${(error as Error).message}.`,
    );
  }
}

/** Writes each failure that is one datagram to a file of its own; the paths, null where there is none. */
export async function saveFailures(
  directory: string,
  failures: readonly FoundFailure[],
  origin: { kernel: string; seed: number },
): Promise<(string | null)[]> {
  await makeDir(directory);
  return Promise.all(
    failures.map(async ({ interface: kind, index, bytes, mutations, reason }, i) => {
      if (bytes === '' || bytes.length > 2 * mostBytes) return null;
      const path = join(directory, `${kind}-${index ?? `failure-${i}`}.json`);
      const file = { format, interface: kind, bytes, mutations, reason, index, ...origin };
      await writeFile(path, `${JSON.stringify(file, null, 2)}\n`);
      return path;
    }),
  );
}
