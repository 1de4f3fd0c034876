import { homedir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/error.ts';
import {
  formatSourceSpec,
  formatTreeSpec,
  parseSourceSpec,
  parseTreeSpec,
} from '../../../src/kernel/tree-spec.ts';

const none = () => false;

describe('parseTreeSpec', () => {
  test('a path alone: the work tree as it is, UML, migration in', () => {
    expect(parseTreeSpec('/src/linux', none)).toEqual({
      path: '/src/linux',
      revision: null,
      arch: 'um',
      variants: [],
    });
  });

  test('revision, variants and architecture', () => {
    expect(parseTreeSpec('/src/linux@v7.2+no-migrate+kasan,arch=x86', none)).toEqual({
      path: '/src/linux',
      revision: 'v7.2',
      arch: 'x86',
      variants: ['no-migrate', 'kasan'],
    });
  });

  test('revisions as people write them', () => {
    expect(parseTreeSpec('/l@HEAD~3^2', none).revision).toBe('HEAD~3^2');
    expect(parseTreeSpec('/l@net-next/main', none).revision).toBe('net-next/main');
  });

  test('~ is home, and a relative path starts here', () => {
    expect(parseTreeSpec('~/linux', none).path).toBe(`${homedir()}/linux`);
    expect(parseTreeSpec('linux', none).path).toBe(`${process.cwd()}/linux`);
  });

  test('a directory may have the signs in its name', () => {
    const isDirectory = (path: string) => path === '/src/linux@work+x,y';
    expect(parseTreeSpec('/src/linux@work+x,y', isDirectory).path).toBe('/src/linux@work+x,y');
    const spec = parseTreeSpec('/src/linux@work+x,y@v7.2+kasan', isDirectory);
    expect([spec.path, spec.revision, spec.variants]).toEqual([
      '/src/linux@work+x,y',
      'v7.2',
      ['kasan'],
    ]);
  });

  test.each([
    ['', /no path/],
    ['/l@', /no revision/],
    ['/l+kasn', /"kasn"; did you mean kasan\?; there are migrate .*gcov/],
    ['/l+migrate+no-migrate', /exclude each other/],
    ['/l,arch=arm', /unknown option "arch=arm"/],
    ['/l,jobs=3', /unknown option "jobs=3"/],
  ])('%s is refused with one sentence', (text, message) => {
    expect(() => parseTreeSpec(text, none)).toThrow(UsageError);
    expect(() => parseTreeSpec(text, none)).toThrow(message);
  });

  test.each(['/src/linux', '/src/linux@v7.2', '/src/linux@v7.2+no-migrate,arch=x86'])(
    '%s is its own canonical form',
    (text) => expect(formatTreeSpec(parseTreeSpec(text, none))).toBe(`tree:${text}`),
  );

  test('the canonical form leaves defaults out', () => {
    const spec = parseTreeSpec('/src/linux+migrate,arch=um', none);
    expect(formatTreeSpec(spec)).toBe('tree:/src/linux');
  });
});

describe('parseSourceSpec', () => {
  test('a version with a variant', () => {
    const spec = parseSourceSpec('7.3.4+no-migrate');
    expect(spec).toEqual({ version: '7.3.4', arch: 'um', variants: ['no-migrate'] });
    expect(formatSourceSpec(spec)).toBe('source:7.3.4+no-migrate');
  });

  test.each(['', 'x', '7', '7.3.4/5'])('%j is refused', (text) => {
    expect(() => parseSourceSpec(text)).toThrow(UsageError);
  });
});
