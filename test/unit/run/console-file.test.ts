import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConsoleFile, consoleName } from '../../../src/run/console-file.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'xfrm-conform-console-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('holds every byte of every boot, and is not made before the first', () => {
  const path = join(dir, 'console', 'a.log');
  const file = new ConsoleFile(path);
  expect(existsSync(path)).toBe(false);
  file.write(Buffer.from('one\r\n'));
  file.write(Uint8Array.of(0xff, 0x0a));
  file.close();
  expect(readFileSync(path)).toEqual(Buffer.from('one\r\n\xff\n', 'latin1'));
});

test('a flood is cut, and says so', () => {
  const path = join(dir, 'flood.log');
  const file = new ConsoleFile(path);
  for (let i = 0; i < 20; i++) file.write(Buffer.alloc(1024 * 1024, 'x'));
  file.close();
  const text = readFileSync(path, 'latin1');
  expect(text.length).toBeLessThan(16 * 1024 * 1024 + 100);
  expect(text).toMatch(/x\n\[xfrm-conform: cut after 16 MiB\]\n$/);
});

test('a file that cannot be written does not end the run', () => {
  writeFileSync(join(dir, 'file'), '');
  const file = new ConsoleFile(join(dir, 'file', 'below.log'));
  file.write(Buffer.from('lost'));
  file.close();
});

test('is named after the kernel, whatever its spec holds', () => {
  expect(consoleName('debian:7.3.4', 0)).toBe('debian_7.3.4.log');
  expect(consoleName('tree:/home/me/linux@v7.2+no-migrate', 1)).toBe(
    'tree_home_me_linux@v7.2+no-migrate.2.log',
  );
});
