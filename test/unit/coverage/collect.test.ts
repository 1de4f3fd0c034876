import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readProfiles } from '../../../src/coverage/collect.ts';
import { gaps, mergeCoverage, shareOf } from '../../../src/coverage/coverage.ts';
import { toLcov } from '../../../src/coverage/lcov.ts';
import { coverageLines } from '../../../src/coverage/render.ts';
import { createStyle } from '../../../src/report/style.ts';

/** Lines 1 to 8. */
const program = `int migrate(int way)
{
	if (way == 1)
		return 2;
	return 3;
}
int other(void) { return 4; }
int main(int argc, char **argv) { return migrate(argc); }
`;

let dir: string;
let tree: string;
let notesDir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coverage-test-'));
  tree = join(dir, 'tree');
  notesDir = join(dir, 'notes');
  await mkdir(tree);
  await mkdir(join(notesDir, 'net'), { recursive: true });
  await writeFile(join(tree, 'xfrm.c'), program);
  const object = join(notesDir, 'net', 'xfrm.o');
  await execa('gcc', ['--coverage', '-c', join(tree, 'xfrm.c'), '-o', object]);
  await execa('gcc', ['--coverage', object, '-o', join(dir, 'program')]);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a guest would send that has run the program so. */
async function profile(...args: string[]) {
  const path = join(notesDir, 'net', 'xfrm.gcda');
  await execa(join(dir, 'program'), args, { reject: false });
  const data = await readFile(path);
  await rm(path);
  return [{ path, data }];
}

const signal = new AbortController().signal;

async function coverageOf(...guests: Awaited<ReturnType<typeof profile>>[]) {
  return mergeCoverage(await readProfiles(guests, { notesDir, view: tree, tree }, signal), {
    view: tree,
    tree,
  });
}

test('the counters of several guests are summed, line by line', async () => {
  const [file] = await coverageOf(await profile(), await profile(), await profile('two'));
  expect(file?.file).toBe('xfrm.c');
  expect(file?.path).toBe(join(tree, 'xfrm.c'));
  const counts = [...file!.lines].map(([number, { count }]) => [number, count]);
  expect(Object.fromEntries(counts)).toEqual({ 1: 3, 3: 3, 4: 2, 5: 1, 7: 0, 8: 3 });
  expect(shareOf(file!.functions.values())).toEqual({ hit: 2, of: 3 });
});

test('the lines that nothing reached are told with their function', async () => {
  const files = await coverageOf(await profile('two'));
  expect(gaps(files, () => true)).toEqual([
    { file: 'xfrm.c', function: 'migrate', first: 4, last: 4 },
    { file: 'xfrm.c', function: 'other', first: 7, last: 7 },
  ]);
  const style = createStyle(false);
  const kernel = { spec: 'tree:/l+gcov', files, lostCases: 24 };
  expect(coverageLines(kernel, { width: 80, style })).toEqual([
    'coverage of tree:/l+gcov, without 24 cases of a guest that crashed',
    '                     lines         functions',
    '  xfrm.c         4/6  66 %         2/3  66 %',
    '  Lines in functions of migration that were not executed:',
    '    xfrm.c:4 in migrate',
  ]);
});

test('lcov gets every line, function and branch', async () => {
  const text = toLcov(await coverageOf(await profile()), 'tree:/l+gcov');
  const lines = text.trim().split('\n');
  expect(lines.slice(0, 2)).toEqual(['TN:tree__l_gcov', `SF:${join(tree, 'xfrm.c')}`]);
  expect(lines).toEqual(
    expect.arrayContaining(['FN:1,migrate', 'FNDA:0,other', 'FNF:3', 'FNH:2', 'DA:4,1', 'DA:5,0']),
  );
  expect(lines).toEqual(expect.arrayContaining(['BRDA:3,0,0,1', 'BRDA:3,0,1,0', 'LF:6', 'LH:4']));
  expect(lines.at(-1)).toBe('end_of_record');
});

test('sources outside of the tree are none of the kernel', async () => {
  const objects = await readProfiles([await profile()], { notesDir, view: tree, tree }, signal);
  expect(mergeCoverage(objects, { view: '/elsewhere', tree })).toEqual([]);
});

test('counters that gcov cannot read end in one sentence', async () => {
  const guest = [{ path: '/build/net/xfrm.gcda', data: Buffer.from('no counters of any gcc') }];
  await expect(readProfiles([guest], { notesDir, view: tree, tree }, signal)).rejects.toThrow(
    /^gcov cannot read what the kernel counted \(.*\): use the gcov of the gcc that built it$/,
  );
});
