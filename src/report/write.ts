import { readdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileName } from '../file-name.ts';
import { jsonPieces } from './json.ts';
import type { RunResults } from './results.ts';
import { toTap } from './tap.ts';
import { orSentence, tryWriting, writeWhole } from './write-file.ts';

/** Where reports go; what is missing or null is not written. */
export interface ReportFiles {
  /** Gets results.json, results.tap, junit.xml and consoles/; made when it does not exist. */
  readonly directory?: string | null;
  readonly json?: string | null;
  readonly tap?: string | null;
  readonly junit?: string | null;
}

/**
 * Makes sure that reports can be written, by writing: permissions, read-only and full file systems
 * are found before kernels boot for minutes. Leaves nothing behind but directories.
 *
 * Throws a UsageError when a path cannot be a file, a HarnessError when the disk refuses.
 */
export async function checkWritable(files: ReportFiles): Promise<void> {
  for (const [path] of reports(files)) await tryWriting(path);
}

/**
 * Writes the reports, each whole or not at all, and returns the paths of those that people look for.
 * Throws a HarnessError of one sentence when the disk refuses.
 */
export async function writeReports(
  results: RunResults,
  files: ReportFiles,
): Promise<readonly string[]> {
  const tap = toTap(results);
  const contents = {
    json: () => jsonPieces(results),
    tap: () => tap,
    // Takes a while to load, which no kernel should wait for.
    junit: async () => (await import('./junit.ts')).toJunit(tap),
  };
  const write = async ([path, format]: [string, Format]) => {
    await writeWhole(path, await contents[format]());
    return path;
  };
  // Together: while the disk takes one, the next is made.
  const writing = reports({ directory: files.directory ?? null }).map(write);
  await Promise.allSettled(writing);
  const written = await Promise.all(writing);
  // Others may be one and the same pipe.
  for (const report of reports({ ...files, directory: null })) written.push(await write(report));
  if (files.directory) {
    const directory = resolve(files.directory, 'consoles');
    await orSentence(directory, () => removeExcerpts(directory));
    for (const [name, text] of consoles(results)) await writeWhole(join(directory, name), text);
  }
  return written;
}

type Format = 'json' | 'tap' | 'junit';

function reports({ directory, json, tap, junit }: ReportFiles): [path: string, format: Format][] {
  const inDirectory = (name: string) => (directory ? resolve(directory, name) : null);
  const all: [string | null | undefined, Format][] = [
    [inDirectory('results.json'), 'json'],
    [inDirectory('results.tap'), 'tap'],
    [inDirectory('junit.xml'), 'junit'],
    [json, 'json'],
    [tap, 'tap'],
    [junit, 'junit'],
  ];
  return all.flatMap(([path, format]): [string, Format][] =>
    path ? [[resolve(path), format]] : [],
  );
}

/** What kernels wrote on their consoles when they had a problem or crashed; bytes as they came. */
function consoles({ kernels }: RunResults): [name: string, text: string][] {
  return kernels.flatMap(({ kernel, problem, cases }) => {
    const crashes = cases.flatMap(({ id, crash }): [string, string][] =>
      crash === null
        ? []
        : [[fileName(`${kernel.spec} ${id}.txt`), `${crash.title}\n${crash.log}`]],
    );
    const own: [string, string][] =
      problem === null || problem.console === ''
        ? []
        : [[fileName(`${kernel.spec}.txt`), problem.console]];
    return [...own, ...crashes];
  });
}

/** Those of an earlier run would be taken for this one's; whole consoles (*.log) are the run's own. */
async function removeExcerpts(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) if (name.endsWith('.txt')) await rm(join(directory, name));
  // Stays where there are logs, too.
  await rmdir(directory).catch(() => undefined);
}
