import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HarnessError, UsageError } from '../error.ts';
import { toJson } from './json.ts';
import { toJunit } from './junit.ts';
import type { RunResults } from './results.ts';
import { toTap } from './tap.ts';

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
  for (const [path] of reports(files)) {
    await orSentence(path, async () => {
      const target = await targetOf(path);
      if (!target.replaceable) return;
      await mkdir(dirname(target.path), { recursive: true });
      const probe = temporaryName(target.path);
      try {
        await writeFile(probe, 'x'.repeat(4096), { flag: 'wx' });
      } finally {
        await rm(probe, { force: true });
      }
    });
  }
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
  const contents = { json: () => toJson(results), tap: () => tap, junit: () => toJunit(tap) };
  const written: string[] = [];
  for (const [path, format] of reports(files)) {
    await writeWhole(path, contents[format]());
    written.push(path);
  }
  if (files.directory) {
    const directory = resolve(files.directory, 'consoles');
    // Those of an earlier run would be taken for this one's.
    await orSentence(directory, () => rm(directory, { recursive: true, force: true }));
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

function fileName(text: string): string {
  return text.replace(/[^\w.+@-]+/g, '_').slice(-200);
}

async function writeWhole(path: string, text: string): Promise<void> {
  await orSentence(path, async () => {
    const target = await targetOf(path);
    if (!target.replaceable) return writeFile(path, text);
    await mkdir(dirname(target.path), { recursive: true });
    const temporary = temporaryName(target.path);
    try {
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(text);
        // A full disk may say so only now.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/** Behind symbolic links; devices and pipes ("/dev/stdout") must not be replaced by a file. */
async function targetOf(path: string): Promise<{ path: string; replaceable: boolean }> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (there === null) return { path, replaceable: true };
  if (there.isDirectory())
    throw Object.assign(new Error(`${path} is a directory`), { code: 'EISDIR' });
  if (!there.isFile()) return { path, replaceable: false };
  return { path: await realpath(path), replaceable: true };
}

function temporaryName(path: string): string {
  return join(
    dirname(path),
    `.${basename(path).slice(-100)}.${randomBytes(6).toString('hex')}.tmp`,
  );
}

const sentences: Readonly<Record<string, string>> = {
  EACCES: 'is not allowed to be written',
  EPERM: 'is not allowed to be written',
  EROFS: 'lies on a read-only file system',
  ENOSPC: 'cannot be written because the disk is full',
  EDQUOT: 'cannot be written because the disk quota is used up',
};
const impossible: Readonly<Record<string, string>> = {
  EISDIR: 'is a directory',
  ENOTDIR: 'has something in its path that is no directory',
  EEXIST: 'has something in its path that is no directory',
  ENAMETOOLONG: 'has too long a name',
  ELOOP: 'has a loop of symbolic links in its path',
  ENOENT: 'has a path that cannot be made',
};

async function orSentence<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (impossible[code] !== undefined) {
      throw new UsageError(`${path} ${impossible[code]}; name another place for results.`, error);
    }
    if (sentences[code] === undefined && code === '') throw error;
    const what = sentences[code] ?? `cannot be written (${code})`;
    throw new HarnessError(`${path} ${what}; name another place for results or make room.`, error);
  }
}
