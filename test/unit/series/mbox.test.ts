import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPatches } from '../../../src/series/apply.ts';
import { readMbox } from '../../../src/series/mbox.ts';
import { type PatchSeries, patchesOf } from '../../../src/series/patches.ts';
import { TinyHistory } from '../bisect/tiny-history.ts';

const { signal } = new AbortController();
let history: TinyHistory;
let dir: string;
/** Messages of git format-patch, the cover letter first. */
let messages: string[];

beforeEach(() => {
  history = new TinyHistory();
  dir = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
  history.commits(3);
  history.git('checkout', '--quiet', '-b', 'topic');
  history.write('net/xfrm/xfrm_user.c', 'int number = 10;\n');
  history.commit('xfrm: ten, with a name that needs encoding: größer');
  history.write('net/xfrm/new.c', 'int fresh;\n');
  history.commit('xfrm: a new file');
  history.write('net/xfrm/xfrm_user.c', 'int number = 11;\n');
  history.commit('xfrm: eleven');
  const mbox = history.git('format-patch', '--stdout', '--cover-letter', 'master..topic');
  messages = mbox.split(/\n(?=From [0-9a-f]{40} )/);
  history.git('checkout', '--quiet', 'master');
});
afterEach(() => {
  history.remove();
  rmSync(dir, { recursive: true, force: true });
});

async function series(...texts: string[]): Promise<PatchSeries> {
  const file = join(dir, 'thread.mbox');
  writeFileSync(file, `${texts.join('\n')}\n`);
  return patchesOf(await readMbox(file, signal), 'thread.mbox');
}

const reply = `From mailer@z Thu Jan  1 00:00:00 2026
From: A Reviewer <reviewer@example.org>
Date: Thu, 1 Jan 2026 10:00:00 +0000
Subject: Re: [PATCH 2/3] xfrm: a new file

> diff --git a/net/xfrm/new.c b/net/xfrm/new.c
Looks good, or rather:

diff --git a/x b/x
--- a/x
+++ b/x
@@ -1 +1 @@
-a
+b
`;

describe('a thread becomes a series', () => {
  test('without its cover letter and replies, in the order of the numbers', async () => {
    const { patches, notes } = await series(
      messages[0]!,
      messages[3]!,
      reply,
      messages[1]!,
      messages[2]!,
    );
    expect(
      patches.map(({ number, subject }) => [number, subject.replace(/^\[.*?\] /, '')]),
    ).toEqual([
      [1, 'xfrm: ten, with a name that needs encoding: größer'],
      [2, 'xfrm: a new file'],
      [3, 'xfrm: eleven'],
    ]);
    expect(notes).toEqual([expect.stringContaining('not in their order')]);
  });

  test('of its latest version, each patch once though it came by two lists', async () => {
    const older = messages[1]!;
    const newer = messages.slice(1).map((text) => text.replace('[PATCH ', '[PATCH net-next v2 '));
    const { patches, notes } = await series(older, ...newer, newer[1]!);
    expect(patches).toHaveLength(3);
    expect(patches[0]?.subject).toContain('v2');
    expect(notes).toEqual(['1 message with patches of versions before v2 left out.']);
  });

  test('compressed, as an archive gives it', async () => {
    const file = join(dir, 't.mbox.gz');
    writeFileSync(file, gzipSync(messages.join('\n')));
    expect(patchesOf(await readMbox(file, signal), file).patches).toHaveLength(3);
  });

  const sentence = (...texts: string[]) =>
    series(...texts).then(
      () => 'no error',
      (error: Error) => error.message,
    );

  test('unless something is missing, twice, or not there at all', async () => {
    expect(await sentence(messages[1]!, messages[3]!)).toMatch(/^thread.mbox lacks patch 2\/3/);
    const other = messages[2]!.replace('int fresh', 'int other');
    expect(await sentence(...messages, other)).toMatch(/has patch 2\/3 twice/);
    expect(await sentence(messages[0]!, reply)).toMatch(/has no patch among its 2 messages/);
    await expect(readMbox(join(dir, 'nowhere'), signal)).rejects.toThrow(
      /cannot be read \(ENOENT\)/,
    );
  });
});

describe('a series is applied', () => {
  async function apply(patches: PatchSeries['patches'], base = 'master') {
    return applyPatches(history.path, history.git('rev-parse', base), base, patches, signal);
  }

  test('beside the checkout, always as the same commits', async () => {
    const { patches } = await series(...messages);
    const before = history.snapshot();
    const first = await apply(patches);
    expect(first.commits).toHaveLength(3);
    expect(history.git('show', `${first.commits[2]}:net/xfrm/xfrm_user.c`)).toBe(
      'int number = 11;',
    );
    // What the patches do not touch is there, too.
    expect(history.git('show', `${first.commits[2]}:Makefile`)).toContain('VERSION = 7');
    await first.close();
    expect(history.snapshot()).toBe(before);
    const again = await apply(patches);
    await again.close();
    expect(again.commits).toEqual(first.commits);
  });

  test('or the patch that does not apply is named, with the file', async () => {
    const { patches } = await series(...messages);
    const before = history.snapshot();
    await expect(apply(patches, 'master~1')).rejects.toThrow(
      /^patch 1\/3 \("xfrm: ten.*\) does not apply to master~1: net\/xfrm\/xfrm_user.c near line 1; name the base/,
    );
    const wrong = patches.map((each) =>
      each.number === 3
        ? {
            ...each,
            raw: Buffer.from(
              readFileSync(join(dir, 'thread.mbox'), 'latin1')
                .split(/\n(?=From [0-9a-f]{40} )/)[3]!
                .replace('-int number = 10', '-int number = 12'),
              'latin1',
            ),
          }
        : each,
    );
    await expect(apply(wrong)).rejects.toThrow(
      /^patch 3\/3 .* does not apply to master with the ones before it/,
    );
    expect(history.snapshot()).toBe(before);
  });
});
