import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/error.ts';
import { debianMirrors, fileMirrors, parseMirror } from '../../../src/kernel/apt-mirror.ts';
import { parseControl } from '../../../src/kernel/control.ts';
import { temporaryDir } from './temporary-dir.ts';

function target(fields: Record<string, string>): string {
  const all = { 'Target-Of': 'deb', Release: 'bookworm', Origin: '', Label: '', ...fields };
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

const mirrors = (...targets: string[]) => debianMirrors(parseControl(targets.join('\n\n')));

describe('debianMirrors', () => {
  it('takes Debian itself, once, and not its security archive or others', () => {
    const found = mirrors(
      target({
        'Repo-URI': 'http://m/debian-security/',
        Origin: 'Debian',
        Label: 'Debian-Security',
      }),
      target({ 'Repo-URI': 'http://node/', Origin: '. nodistro', Label: '. nodistro' }),
      target({ 'Repo-URI': 'http://m/debian/', Origin: 'Debian', Label: 'Debian' }),
      target({ 'Repo-URI': 'http://m/debian/', Origin: 'Debian', Label: 'Debian' }),
      target({
        'Repo-URI': 'http://s/debian/',
        Origin: 'Debian',
        Label: 'Debian',
        'Target-Of': 'deb-src',
      }),
    );
    expect(found).toEqual(['http://m/debian/']);
  });

  it('goes by suite and path where apt has no lists yet', () => {
    const found = mirrors(
      target({ 'Repo-URI': 'http://m/debian-security/' }),
      target({ 'Repo-URI': 'http://m/ubuntu/', Release: 'noble' }),
      target({ 'Repo-URI': 'mirror+file:/etc/apt/mirrors/debian' }),
      target({ 'Repo-URI': 'http://m/debian' }),
    );
    expect(found).toEqual(['mirror+file:/etc/apt/mirrors/debian/', 'http://m/debian/']);
  });

  it('finds none on another distribution', () => {
    expect(
      mirrors(target({ 'Repo-URI': 'http://m/ubuntu/', Origin: 'Ubuntu', Label: 'Ubuntu' })),
    ).toEqual([]);
  });
});

describe('parseMirror', () => {
  it.each(['http://m/debian', 'https://m/debian/', 'file:/srv/debian', 'mirror+file:/etc/list'])(
    'takes %s, with a slash at its end',
    (url) => {
      expect(parseMirror(url)).toBe(`${url.replace(/\/$/, '')}/`);
    },
  );

  it.each(['', 'm/debian', 'ftp://m/debian', 'http://m/de bian', '-oDir=/', 'http:'])(
    'refuses %j',
    (url) => {
      expect(() => parseMirror(url)).toThrow(UsageError);
    },
  );
});

describe('fileMirrors', () => {
  const dir = temporaryDir();

  it('expands a list of mirrors', async () => {
    const list = join(dir(), 'list');
    await writeFile(list, '# ours\nhttp://a/debian\tpriority:1\n\nhttp://b/debian/\n');
    expect(await fileMirrors(`mirror+file:${list}/`)).toEqual([
      'http://a/debian/',
      'http://b/debian/',
    ]);
  });

  it('is the mirror itself otherwise', async () => {
    expect(await fileMirrors('http://a/debian/')).toEqual(['http://a/debian/']);
  });
});
