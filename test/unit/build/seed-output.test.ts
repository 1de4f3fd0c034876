import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canSeed, seedOutput } from '../../../src/kernel/build/seed-output.ts';
import { flavourOf, siblingsOf } from '../../../src/kernel/build/variants.ts';

let dir: string;
let donor: string;
let output: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
  donor = join(dir, 'um');
  output = join(dir, 'um+no-migrate');
});
afterEach(() => rm(dir, { recursive: true }));

async function finishedDonor(): Promise<void> {
  await mkdir(join(donor, 'net'), { recursive: true });
  await writeFile(join(donor, 'net/a.o'), 'object');
  await utimes(join(donor, 'net/a.o'), 1000, 1000);
  await writeFile(`${donor}.history.json`, '{"objects":839,"seconds":300}');
}

test('a new build directory begins with the objects and the history of its sibling', async () => {
  await finishedDonor();
  expect(canSeed(output, donor)).toBe(true);
  await seedOutput(output, donor, new AbortController().signal);
  expect(await readFile(join(output, 'net/a.o'), 'utf8')).toBe('object');
  expect((await stat(join(output, 'net/a.o'))).mtimeMs).toBe(1_000_000);
  expect(await readFile(`${output}.history.json`, 'utf8')).toContain('839');
  expect(canSeed(output, donor)).toBe(false);
});

test('what a killed copy left is not part of the next', async () => {
  await finishedDonor();
  await mkdir(`${output}.partial`);
  await writeFile(join(`${output}.partial`, 'rest'), '');
  await seedOutput(output, donor, new AbortController().signal);
  await expect(stat(join(output, 'rest'))).rejects.toThrow('ENOENT');
  await expect(stat(join(output, 'net/a.o'))).resolves.toBeDefined();
});

test('a sibling that was never finished is none to begin with', async () => {
  expect(canSeed(output, donor)).toBe(false);
  await finishedDonor();
  await rm(`${donor}.history.json`);
  expect(canSeed(output, donor)).toBe(false);
});

test('siblings differ in CONFIG_XFRM_MIGRATE, or in what is profiled', () => {
  expect(flavourOf('um', ['migrate'])).toBe('um');
  expect(siblingsOf('um', [])).toEqual(['um+no-migrate', 'um+gcov']);
  expect(siblingsOf('um', ['no-migrate'])).toEqual(['um', 'um+gcov+no-migrate']);
  expect(siblingsOf('um', ['gcov'])).toEqual(['um+gcov+no-migrate', 'um']);
  expect(siblingsOf('x86', ['kasan', 'no-migrate'])).toEqual([
    'x86+kasan',
    'x86+gcov+kasan+no-migrate',
  ]);
  expect(siblingsOf('um', ['migrate', 'kasan'])[0]).toBe('um+kasan+no-migrate');
});
