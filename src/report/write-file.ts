import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HarnessError, UsageError } from '../error.ts';
import { makeDir } from '../make-dir.ts';

/** Writes beside a file and takes it away again: permissions and space are found by trying. */
export async function tryWriting(path: string): Promise<void> {
  await orSentence(path, async () => {
    const target = await targetOf(path);
    if (!target.replaceable) return;
    await makeDir(dirname(target.path));
    const probe = temporaryName(target.path);
    try {
      await writeFile(probe, 'x'.repeat(4096), { flag: 'wx' });
    } finally {
      await rm(probe, { force: true });
    }
  });
}

/** Writes a file whole or not at all. Throws a HarnessError of one sentence when the disk refuses. */
export async function writeWhole(path: string, text: string | Iterable<string>): Promise<void> {
  await orSentence(path, async () => {
    const target = await targetOf(path);
    if (!target.replaceable) return writeFile(path, text);
    await makeDir(dirname(target.path));
    const temporary = temporaryName(target.path);
    try {
      const file = await open(temporary, 'wx');
      try {
        for (const piece of typeof text === 'string' ? [text] : inChunks(text))
          await file.writeFile(piece);
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

/** Each write takes a while of its own. Characters. */
const chunkLength = 1_000_000;

function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    chunk.push(piece);
    length += piece.length;
    if (length < chunkLength) continue;
    yield chunk.join('');
    [chunk, length] = [[], 0];
  }
  yield chunk.join('');
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

/** Does something to a path, and says in one sentence why it could not be done. */
export async function orSentence<T>(path: string, action: () => Promise<T>): Promise<T> {
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
