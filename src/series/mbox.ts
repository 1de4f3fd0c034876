import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HarnessError, UsageError } from '../error.ts';
import { runTool } from '../kernel/host-tool.ts';

/** One message of an mbox, taken apart by git. */
export interface Mail {
  /** The message as it is. */
  readonly raw: Buffer;
  /** Decoded, with all its tags: "Re: [PATCH v2 1/3] xfrm: …". */
  readonly subject: string;
  /** "Name <address>" */
  readonly author: string;
  /** The decoded patch; empty when there is none in it. */
  readonly patch: string;
}

/**
 * The messages of an mbox, as mailing-list archives give them (plain or compressed with gzip), or of
 * a file of `git format-patch --stdout`. git takes them apart: nothing of MIME is known here.
 */
export async function readMbox(file: string, signal: AbortSignal): Promise<Mail[]> {
  const bytes = await contentOf(file);
  const dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-mbox-'));
  try {
    const mbox = join(dir, 'mbox');
    const messages = join(dir, 'messages');
    await writeFile(mbox, bytes);
    await mkdir(messages);
    // lore's archives quote "From " at the beginning of a line, and say so.
    const quoted = /^From mboxrd@z /m.test(bytes.subarray(0, 4096).toString('latin1'));
    const split = ['mailsplit', '-b', ...(quoted ? ['--mboxrd'] : []), `-o${messages}`, mbox];
    const result = await git(dir, split, signal);
    const names = (await readdir(messages)).sort();
    if (result.exitCode !== 0 || names.length === 0)
      throw new UsageError(
        `${file} is no mbox: download the thread as mbox, or use git format-patch`,
      );
    const mails: Mail[] = [];
    for (const name of names) mails.push(await readMail(join(messages, name), signal));
    return mails;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function contentOf(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read (${error.code}): name the file of the mbox`);
  });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    throw new UsageError(`${file} is cut short or damaged (gzip): download it again`);
  }
}

async function readMail(path: string, signal: AbortSignal): Promise<Mail> {
  // git mailinfo reads the message from its standard input; the tool runner gives none.
  const command = 'git mailinfo -k "$0.msg" "$0.patch" < "$0"';
  const options = { signal, timeoutMs: 60_000, package: 'git' };
  const { exitCode, stdout } = await runTool('sh', ['-c', command, path], options);
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return {
    raw: await readFile(path),
    subject: field('Subject'),
    author: `${field('Author')} <${field('Email')}>`,
    patch: exitCode === 0 ? await readFile(`${path}.patch`, 'utf8') : '',
  };
}

async function git(cwd: string, args: readonly string[], signal: AbortSignal) {
  const result = await runTool('git', args, { cwd, signal, timeoutMs: 60_000, package: 'git' });
  if (result.exitCode === 127)
    throw new HarnessError('git is not installed: install the package git.');
  return result;
}
