import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HarnessError, UsageError } from '../../../src/error.ts';
import { readResults } from '../../../src/report/json.ts';
import { checkWritable, writeReports } from '../../../src/report/write.ts';
import { orSentence } from '../../../src/report/write-file.ts';
import { crashed, kernel, run, suite } from './fixtures.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'xfrm-conform-write-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const results = run(
  kernel('debian:7.3.4', [crashed('migrate/count/none')]),
  kernel('tree:~/linux@v7.2', suite(), {
    problem: { message: 'It hung.', console: 'the end\x07' },
  }),
);

describe('writeReports', () => {
  it('writes all formats and the consoles into a directory', async () => {
    const directory = join(dir, 'new', 'results');
    expect(await writeReports(results, { directory })).toEqual(
      ['results.json', 'results.tap', 'junit.xml'].map((name) => join(directory, name)),
    );
    expect(readdirSync(directory).sort()).toEqual([
      'consoles',
      'junit.xml',
      'results.json',
      'results.tap',
    ]);
    expect(readResults(join(directory, 'results.json'))).toEqual(results);
    expect(readFileSync(join(directory, 'results.tap'), 'utf8')).toContain('TAP version 14');
    expect(readFileSync(join(directory, 'junit.xml'), 'utf8')).toContain('<testsuites');
    expect(readdirSync(join(directory, 'consoles')).sort()).toEqual([
      'debian_7.3.4_migrate_count_none.txt',
      'tree_linux@v7.2.txt',
    ]);
    expect(readFileSync(join(directory, 'consoles/tree_linux@v7.2.txt'), 'utf8')).toBe(
      'the end\x07',
    );
  });

  it('writes single files, over older ones, and nothing else', async () => {
    const json = join(dir, 'a.json');
    writeFileSync(json, 'old');
    expect(
      await writeReports(results, { json, tap: join(dir, 'a.tap'), junit: null }),
    ).toHaveLength(2);
    expect(readdirSync(dir).sort()).toEqual(['a.json', 'a.tap']);
    expect(readResults(json)).toEqual(results);
  });

  it('removes the consoles of an earlier run', async () => {
    await writeReports(results, { directory: dir });
    await writeReports(run(kernel('debian:7.3.4', suite())), { directory: dir });
    expect(readdirSync(dir).sort()).toEqual(['junit.xml', 'results.json', 'results.tap']);
  });

  it('follows a symbolic link instead of replacing it', async () => {
    writeFileSync(join(dir, 'real'), 'old');
    symlinkSync('real', join(dir, 'link'));
    await writeReports(results, { tap: join(dir, 'link') });
    expect(readFileSync(join(dir, 'real'), 'utf8')).toContain('TAP version 14');
  });

  /** What comes out of a pipe. One of our own: a regression must not be able to replace a device of the host. */
  async function throughPipe(use: (pipe: string) => Promise<unknown>): Promise<string> {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      await use(pipe);
      expect(statSync(pipe).isFIFO()).toBe(true);
      const bytes = Buffer.alloc(65_536);
      return bytes.subarray(0, readSync(reader, bytes)).toString();
    } finally {
      closeSync(reader);
    }
  }

  const empty = run(kernel('debian:7.3.4', []));

  it('writes into a pipe or device instead of replacing it', async () => {
    const text = await throughPipe(async (tap) => {
      await checkWritable({ tap });
      await writeReports(empty, { tap });
    });
    expect(text).toContain('TAP version 14');
  });

  it('writes one after the other into the same pipe', async () => {
    const text = await throughPipe((pipe) => writeReports(empty, { json: pipe, tap: pipe }));
    expect(text).toMatch(/^\{"schema"[\s\S]*\n\]\}\n\]\}\nTAP version 14\n/);
  });

  it('writes what it can of a directory when one report cannot be written', async () => {
    mkdirSync(join(dir, 'results.json', 'in'), { recursive: true });
    await expect(writeReports(results, { directory: dir })).rejects.toThrow(UsageError);
    expect(readdirSync(dir).sort()).toEqual(['junit.xml', 'results.json', 'results.tap']);
  });

  it.each([
    ['ENOSPC', HarnessError, '/x cannot be written because the disk is full; name another'],
    ['EROFS', HarnessError, '/x lies on a read-only file system; name another'],
    ['EACCES', HarnessError, '/x is not allowed to be written; name another'],
    ['EIO', HarnessError, '/x cannot be written (EIO); name another'],
    ['ENOTDIR', UsageError, '/x has something in its path that is no directory; name another'],
  ])('says %s in one sentence', async (code, kind, sentence) => {
    const refused = orSentence('/x', async () => {
      throw Object.assign(new Error('no'), { code });
    });
    await expect(refused).rejects.toThrow(sentence);
    await expect(refused).rejects.toBeInstanceOf(kind);
  });

  it('does not take a defect for a full disk', async () => {
    const defect = orSentence('/x', async () => {
      throw new TypeError('a defect');
    });
    await expect(defect).rejects.toThrow(TypeError);
  });

  it('leaves the old file when the new one cannot be put in its place', async () => {
    const tap = join(dir, 'taken');
    mkdirSync(join(tap, 'in'), { recursive: true });
    await expect(writeReports(results, { tap })).rejects.toThrow(UsageError);
    expect(readdirSync(dir)).toEqual(['taken']);
  });
});

describe('checkWritable', () => {
  it('makes directories and leaves no file', async () => {
    await checkWritable({ directory: join(dir, 'a/b'), json: join(dir, 'c/x.json'), tap: null });
    expect(readdirSync(join(dir, 'a/b'))).toEqual([]);
    expect(readdirSync(join(dir, 'c'))).toEqual([]);
    await checkWritable({});
  });

  it('keeps a file that is there', async () => {
    writeFileSync(join(dir, 'x.json'), 'old');
    await checkWritable({ json: join(dir, 'x.json') });
    expect(readFileSync(join(dir, 'x.json'), 'utf8')).toBe('old');
  });

  it.each([
    ['a directory', '', 'is a directory'],
    ['a file in its path', 'file/x.json', 'something in its path that is no directory'],
    ['too long a name', `${'x'.repeat(300)}.json`, 'too long a name'],
    ['a loop', 'loop', 'a loop of symbolic links'],
  ])('refuses %s', async (_, name, sentence) => {
    writeFileSync(join(dir, 'file'), '');
    symlinkSync('loop', join(dir, 'loop'));
    const check = checkWritable({ json: join(dir, name) });
    await expect(check).rejects.toThrow(sentence);
    await expect(check).rejects.toBeInstanceOf(UsageError);
    expect(readdirSync(dir).sort()).toEqual(['file', 'loop']);
  });

  it('says in one sentence that nothing can be written there, without being root or not', async () => {
    // No user, root included, can make a file in /proc.
    await expect(checkWritable({ json: '/proc/results.json' })).rejects.toThrow(
      /^\/proc\/results.json .*name another place for results/,
    );
  });
});
