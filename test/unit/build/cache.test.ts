import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseToPrune } from '../../../src/cli/cache.ts';
import { cachedEntry } from '../../../src/kernel/cache.ts';
import { type CacheEntryInfo, listCache, removeEntry } from '../../../src/kernel/cache-list.ts';
import { entriesInUse } from '../../../src/kernel/cache-use.ts';
import { trimGuests } from '../../../src/machine/trim-guests.ts';

const { signal } = new AbortController();
let cacheDir: string;

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

function makeEntry(name: string, bytes: number, daysAgo: number): void {
  const dir = join(cacheDir, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'file'), Buffer.alloc(bytes, 1));
  const time = Date.now() / 1000 - daysAgo * 86_400;
  utimesSync(dir, time, time);
}

test('lists kinds in their order, the largest entry first, with sizes and ages', async () => {
  makeEntry('guests/small', 10_000, 3);
  makeEntry('guests/large', 500_000, 1);
  makeEntry('kernels/one', 10_000, 0);
  makeEntry('locks/not-an-entry', 10, 0);
  const entries = await listCache(cacheDir, signal);
  expect(entries.map(({ name }) => name)).toEqual(['kernels/one', 'guests/large', 'guests/small']);
  expect(entries[1]!.bytes).toBeGreaterThanOrEqual(500_000);
  expect(entries[1]!.bytes).toBeLessThan(600_000);
  const ages = entries.map(({ lastUsed }) => Math.round((Date.now() - +lastUsed) / 86_400_000));
  expect(ages).toEqual([0, 1, 3]);
});

test('a cache that is not there has no entries', async () => {
  expect(await listCache(join(cacheDir, 'none'), signal)).toEqual([]);
});

describe('an entry in use', () => {
  test('using one marks it, and makes it young', async () => {
    makeEntry('built/x', 10, 90);
    await cachedEntry({ name: 'built/x', fill: async () => {} }, { cacheDir, signal });
    const [entry] = await listCache(cacheDir, signal);
    expect(entry?.inUse).toBe(true);
    expect(Date.now() - +entry!.lastUsed).toBeLessThan(60_000);
    expect(await removeEntry(cacheDir, 'built/x', signal)).toBe(false);
    expect(existsSync(join(cacheDir, 'built/x'))).toBe(true);
  });

  test('what a dead process used is free', async () => {
    makeEntry('built/x', 10, 90);
    const child = spawn('true');
    await new Promise((resolve) => child.once('exit', resolve));
    mkdirSync(join(cacheDir, 'uses'));
    writeFileSync(join(cacheDir, 'uses', `${child.pid}-12345`), 'built/x\n');
    // The same number, but of a process that started at another time.
    writeFileSync(join(cacheDir, 'uses', `${process.pid}-1`), 'built/x\n');
    expect(await entriesInUse(cacheDir)).toEqual(new Set());
    expect(readdirSync(join(cacheDir, 'uses'))).toEqual([]);
    expect(await removeEntry(cacheDir, 'built/x', signal)).toBe(true);
    expect(existsSync(join(cacheDir, 'built/x'))).toBe(false);
  });
});

test('of many guests the last few of each kind stay, and those in use', async () => {
  for (let age = 1; age <= 5; age++) makeEntry(`guests/initramfs-${age}`, 10, age);
  for (let age = 1; age <= 3; age++) makeEntry(`guests/root-${age}`, 10, 90 + age);
  makeEntry('guests/payload-1', 10, 90);
  await cachedEntry({ name: 'guests/initramfs-5', fill: async () => {} }, { cacheDir, signal });
  makeEntry('guests/initramfs-5', 10, 5);
  await trimGuests(cacheDir);
  expect(readdirSync(join(cacheDir, 'guests')).sort()).toEqual([
    'initramfs-1',
    'initramfs-2',
    'initramfs-3',
    'initramfs-5',
    'payload-1',
    'root-1',
    'root-2',
  ]);
});

describe('chooseToPrune', () => {
  const now = Date.now();
  const entry = (name: string, gigabytes: number, days: number, inUse = false): CacheEntryInfo => ({
    kind: 'built',
    name,
    bytes: gigabytes * 1e9,
    lastUsed: new Date(now - days * 86_400_000),
    inUse,
  });
  const entries = [entry('a', 1, 1), entry('b', 2, 40), entry('c', 3, 60, true), entry('d', 4, 50)];
  const names = (options: { olderThan?: number; maxSize?: number }) =>
    chooseToPrune(entries, options, now).map(({ name }) => name);

  test('by default what was not used for a month, but nothing in use', () => {
    expect(names({})).toEqual(['d', 'b']);
  });

  test('by age', () => {
    expect(names({ olderThan: 45 })).toEqual(['d']);
    expect(names({ olderThan: 0 })).toEqual(['d', 'b', 'a']);
  });

  test('by size: the longest unused ones, until the rest fits', () => {
    expect(names({ maxSize: 6 })).toEqual(['d']);
    expect(names({ maxSize: 5 })).toEqual(['d', 'b']);
    expect(names({ maxSize: 20 })).toEqual([]);
  });
});
