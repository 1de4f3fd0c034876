/**
 * Makes a git history of a kernel to try bisecting and series on: Debian's sources of one version,
 * then commits of which one breaks a behaviour, one does not compile, one does not boot, and some
 * change nothing that is built. The same call always makes the same commits.
 */

import { interruptSignal } from '../src/cli/interrupt.ts';
import { defaultCacheDir } from '../src/kernel/cache.ts';
import { unpackedSource } from '../src/kernel/source.ts';
import { makeHistory } from './history/make.ts';

const usage = `usage: scripts/make-history DIR [COMMITS [SOURCE]]
Makes a git repository in DIR, which must not exist: the sources of Linux 7.3.4 (or those of the
directory SOURCE) as far as UML needs them, tagged "base", then COMMITS commits (default 40, at
least 40). Commits with a name of their own are tagged: culprit, does-not-compile, …`;

const [dir, count = '40', source] = process.argv.slice(2);
if (dir === undefined || dir.startsWith('-') || !(Number(count) >= 40)) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  const signal = interruptSignal();
  const note = (phrase: string) => process.stderr.write(`${phrase}\n`);
  const cacheDir = defaultCacheDir();
  const tree = source ?? (await unpackedSource('7.3.4', { cacheDir, signal, onProgress: note }));
  await makeHistory({ source: tree, dir, length: Number(count), signal });
  note(`made ${dir}: base..master has ${count} commits`);
}
