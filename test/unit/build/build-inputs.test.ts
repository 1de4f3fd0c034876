import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildInputs } from '../../../src/kernel/build/build-inputs.ts';

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  await put('include/config/auto.conf.cmd', 'deps_config := \\\n\tKconfig \\\n\tnet/Kconfig\n');
});
afterEach(() => rm(output, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(output, path)), { recursive: true });
  await writeFile(join(output, path), text);
}

/** A record as kbuild writes it: the source, and each header that it includes. */
function record(tree: string, source: string, ...headers: string[]): string {
  const lines = headers.map(
    (path) => `  ${tree}/${path} \\\n    $(wildcard include/config/NET) \\`,
  );
  const command = `savedcmd_a.o := gcc -I${tree}/include -c ${tree}/${source}`;
  return `${command}\n\nsource_a.o := ${tree}/${source}\n\ndeps_a.o := \\\n${lines.join('\n')}\n`;
}

const kconfig = ['Kconfig', 'net/Kconfig'];

test('are the sources, the headers and the Kconfig files of the tree', async () => {
  await put('net/.a.o.cmd', record('..', 'net/a.c', 'include/x.h', 'include/y.h'));
  await put(
    '.b.o.cmd',
    'source_b.o := /usr/src/b.c\n\ndeps_b.o := \\\n  /usr/include/stdio.h \\\n',
  );
  expect(await buildInputs(output)).toEqual(
    [...kconfig, 'include/x.h', 'include/y.h', 'net/a.c'].sort(),
  );
});

test('come from newer records alone the next time', async () => {
  await put('.a.o.cmd', record('..', 'a.c'));
  await put('.b.o.cmd', record('..', 'b.c'));
  expect(await buildInputs(output)).toEqual([...kconfig, 'a.c', 'b.c'].sort());
  const [past, future] = [new Date(2000, 0), new Date(Date.now() + 60_000)];
  await put('.a.o.cmd', record('..', 'not-read-again.c'));
  await utimes(join(output, '.a.o.cmd'), past, past);
  await put('.b.o.cmd', record('..', 'changed.c'));
  await utimes(join(output, '.b.o.cmd'), future, future);
  expect(await buildInputs(output)).toEqual([...kconfig, 'a.c', 'b.c', 'changed.c'].sort());
});

test('come from all records where what was kept of the last time was cut short', async () => {
  await put('.a.o.cmd', record('..', 'a.c'));
  await buildInputs(output);
  await put('.xfrm-conform-inputs', `${Date.now() + 60_000}\na.`);
  expect(await buildInputs(output)).toEqual([...kconfig, 'a.c'].sort());
});
