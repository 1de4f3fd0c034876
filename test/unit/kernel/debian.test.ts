import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HarnessError, UsageError } from '../../../src/error.ts';
import { cachedKernels, resolveDebian } from '../../../src/kernel/debian.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { loginPage, type Override, serveArchive } from './archive-server.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
let archive: Awaited<ReturnType<typeof serveArchive>>;
/** A cache that has the package lists and 7.3.4. */
let filled: string;

beforeAll(async () => {
  archive = await serveArchive();
  filled = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
  await resolve('7.3.4', { cacheDir: filled });
});
beforeEach(() => {
  archive.requests.length = 0;
  archive.answer.override = () => false;
});
afterAll(async () => {
  await archive.close();
  rmSync(filled, { recursive: true });
});

const fromFilledCache = () => cp(filled, dir(), { recursive: true });

function resolve(wanted: string, more: object = {}): Promise<Kernel[]> {
  const signal = new AbortController().signal;
  return resolveDebian(wanted, { ...archive.options, cacheDir: dir(), signal, ...more });
}

/** Requests for packages, by the beginning of their name. */
const asked = (name: string) => archive.requests.filter((path) => path.includes(`/${name}`));

function notFound(part: string): Override {
  return (path, response) => {
    if (!path.includes(part)) return false;
    response.writeHead(404).end();
    return true;
  };
}

/** As if the lists had been fetched so long ago. */
async function age(milliseconds: number): Promise<void> {
  const [root] = await readdir(join(dir(), 'apt'));
  const file = join(dir(), 'apt', root!, 'index.json');
  const index = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...index, updated: index.updated - milliseconds }));
}

const anHour = 3600_000;

describe('a kernel of the archive', () => {
  it('comes out of split packages (7.2 and later)', async () => {
    const [kernel] = await resolve('7.3.4');
    expect(kernel).toMatchObject({
      spec: 'debian:7.3.4',
      notes: [],
      facts: {
        release: '7.3.4+deb13-cloud-amd64',
        version: '7.3.4',
        arch: 'x86_64',
        config: { XFRM_USER: 'm', XFRM_MIGRATE: 'y' },
        migrateSymbols: ['xfrm_do_migrate', 'xfrm_do_migrate_state', 'xfrm_migrate'],
        origin: { config: 'config', symbols: 'xfrm_user.ko and vmlinuz' },
      },
    });
    expect(kernel).not.toHaveProperty('enforceModuleSignatures');
    expect((await readFile(kernel!.image!)).toString('latin1', 0x202, 0x206)).toBe('HdrS');
  });

  it('has the modules that matter, plain, signed, with what they need', async () => {
    await fromFilledCache();
    const [kernel] = await resolve('7.3.4');
    const modules = kernel!.modulesDir!;
    const files = (await readdir(modules, { recursive: true })).filter((file) => /\.ko/.test(file));
    expect(files.sort()).toEqual([
      'kernel/drivers/misc/helper-lib.ko',
      'kernel/net/ipv4/esp4.ko',
      'kernel/net/xfrm/xfrm_algo.ko',
      'kernel/net/xfrm/xfrm_user.ko',
    ]);
    const user = await readFile(join(modules, 'kernel/net/xfrm/xfrm_user.ko'), 'latin1');
    expect(user.startsWith('\x7fELF')).toBe(true);
    expect(user.endsWith('~Module signature appended~\n')).toBe(true);
    expect(await readFile(join(modules, 'modules.dep'), 'utf8')).toBe(
      [
        'kernel/net/ipv4/esp4.ko: kernel/drivers/misc/helper-lib.ko kernel/net/xfrm/xfrm_algo.ko',
        'kernel/drivers/misc/helper-lib.ko:',
        'kernel/net/xfrm/xfrm_algo.ko:',
        'kernel/net/xfrm/xfrm_user.ko: kernel/net/xfrm/xfrm_algo.ko',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['6.12.117', '6.12.117+deb13-cloud-amd64'],
    ['6.1.176', '6.1.0-50-cloud-amd64'],
  ])('comes out of one package (%s)', async (version, release) => {
    const [kernel] = await resolve(version);
    expect(kernel!.facts).toMatchObject({ version, release, config: { XFRM_MIGRATE: 'y' } });
    expect(existsSync(join(kernel!.modulesDir!, 'kernel/net/xfrm/xfrm_user.ko'))).toBe(true);
    expect(asked('linux-modules')).toEqual([]);
  });

  it('comes from the pool where the index has dropped a part, and says so', async () => {
    const [kernel] = await resolve('7.1.13');
    expect(kernel!.enforceModuleSignatures).toBe(true);
    expect(kernel!.notes).toEqual([expect.stringContaining('module.sig_enforce=1')]);
    expect(kernel!.facts.migrateSymbols).toEqual(['xfrm_do_migrate', 'xfrm_migrate']);
  });

  it('leaves nothing but the entry', async () => {
    await fromFilledCache();
    const [kernel] = await resolve('7.3.4');
    expect((await readdir(join(kernel!.image!, '..'))).sort()).toEqual([
      'System.map',
      'config',
      'kernel.json',
      'modules',
      'vmlinuz',
    ]);
    expect(await readdir(join(dir(), 'partial'))).toEqual([]);
  });
});

describe('versions', () => {
  it('names the newest of a series, the latest, and all', async () => {
    await fromFilledCache();
    expect((await resolve('7.1')).map(({ spec }) => spec)).toEqual(['debian:7.1.13']);
    expect((await resolve('latest')).map(({ spec }) => spec)).toEqual(['debian:7.3.4']);
    expect((await resolve('all')).map(({ spec }) => spec)).toEqual([
      'debian:7.3.4',
      'debian:7.1.13',
      'debian:6.12.117',
      'debian:6.1.176',
    ]);
  });

  it('an unknown one gets the nearest', async () => {
    await fromFilledCache();
    await expect(resolve('7.3.5')).rejects.toThrow(
      new UsageError("Debian's archive has no kernel 7.3.5: did you mean debian:7.3.4?"),
    );
  });

  it.each([
    ['lates', 'did you mean debian:latest?'],
    ['', 'write debian:7.3.4, debian:7.3 or debian:latest.'],
  ])('%j is refused before anything is fetched', async (wanted, hint) => {
    await expect(resolve(wanted)).rejects.toThrow(hint);
    expect(archive.requests).toEqual([]);
  });
});

describe('the cache', () => {
  it('serves an exact version without any request', async () => {
    await fromFilledCache();
    await resolve('7.3.4', { mirror: 'http://127.0.0.1:9/' });
    expect(archive.requests).toEqual([]);
  });

  it('fetches lists once a day, and again for a version that is missing in them', async () => {
    await fromFilledCache();
    await age(23 * anHour);
    await resolve('latest');
    expect(asked('InRelease')).toHaveLength(0);
    await expect(resolve('7.3.5')).rejects.toThrow(UsageError);
    expect(asked('InRelease')).toHaveLength(1);
    await age(25 * anHour);
    await resolve('latest');
    expect(asked('InRelease')).toHaveLength(2);
  });

  it.each(['vmlinuz', 'modules/kernel/net/xfrm/xfrm_user.ko', 'kernel.json'])(
    'makes an entry again whose %s is cut off',
    async (file) => {
      await fromFilledCache();
      const [kernel] = await resolve('7.3.4');
      const path = join(kernel!.image!, '..', file);
      const { size } = await stat(path);
      await truncate(path, Math.floor(size / 2));
      expect(await cachedKernels(dir())).toEqual([]);
      await resolve('7.3.4');
      expect((await stat(path)).size).toBe(size);
    },
  );

  it('is filled once by two runs at once', async () => {
    const [a, b] = await Promise.all([resolve('7.3.4'), resolve('7.3.4')]);
    expect(a).toEqual(b);
    expect(asked('linux-modules-7.3.4')).toHaveLength(1);
    expect(asked('InRelease')).toHaveLength(1);
  });

  it('stands in when the archive cannot be reached, and says so', async () => {
    await fromFilledCache();
    const [kernel] = await resolve('7.3', { mirror: 'file:/no/such/archive/' });
    expect(kernel!.spec).toBe('debian:7.3.4');
    expect(kernel!.notes.at(-1)).toMatch(/^Chosen from the kernels in the cache, because /);
    await expect(resolve('6.12', { mirror: 'file:/no/such/archive/' })).rejects.toThrow(
      HarnessError,
    );
  });

  it('chooses by old lists when they cannot be renewed, and says so', async () => {
    await fromFilledCache();
    await age(25 * anHour);
    archive.answer.override = notFound('/dists/');
    const [latest] = await resolve('latest');
    expect(latest!.notes).toEqual([expect.stringMatching(/^Chosen by old package lists, /)]);
    const [exact] = await resolve('6.1.176');
    expect(exact!.notes).toEqual([]);
    await expect(resolve('7.3.5')).rejects.toThrow(/^By the package lists of \d{4}-/);
  });
});

describe('a mirror', () => {
  it.each<[string, Override, string, RegExp]>([
    ['answers everything with a login page', loginPage, '7.3.4', /login page, log in first/],
    [
      'answers with a login page for packages',
      (path, response) => path.startsWith('/pool/') && loginPage(path, response),
      '7.3.4',
      /not what its signed index says/,
    ],
    [
      'answers with a login page for what no index lists',
      (path, response) => path.includes('linux-modules-7.1') && loginPage(path, response),
      '7.1.13',
      /not a Debian package for linux-modules-7\.1\.13/,
    ],
    [
      'has dropped what no index lists',
      notFound('linux-modules-7.1'),
      '7.1.13',
      /^debian:7\.1\.13 can no longer be had whole: .* has dropped linux-modules-7\.1\.13/,
    ],
    ['has no such suite', notFound('/dists/'), '7.3.4', /404 Not Found/],
    [
      'breaks every connection',
      (_path, response) => {
        response.destroy();
        return true;
      },
      '7.3.4',
      /^http:\/\/127\.0\.0\.1:\d+\/ cannot be reached /,
    ],
    [
      'breaks the connection in the middle of a package',
      (path, response) => {
        if (!path.includes('linux-binary')) return false;
        response.writeHead(200, { 'content-length': 1_000_000 });
        response.write('!<arch>\n', () => response.destroy());
        return true;
      },
      '7.3.4',
      /cannot be reached|not what its signed index says/,
    ],
  ])('that %s gets one sentence', async (_what, override, wanted, message) => {
    archive.answer.override = override;
    const failure = await resolve(wanted).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HarnessError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('\n');
    expect(await cachedKernels(dir())).toEqual([]);
    expect(await readdir(join(dir(), 'partial')).catch(() => [])).toEqual([]);
  });

  it('that sends another package than the signed index demands is caught', async () => {
    archive.answer.override = (path, response) => {
      if (!path.includes('linux-modules-7.1.13')) return false;
      response.writeHead(302, {
        location: encodeURI(
          '/pool/main/l/linux/linux-modules-7.3.4+deb13-cloud-amd64_7.3.4-1~bpo13+1_amd64.deb',
        ),
      });
      response.end();
      return true;
    };
    await expect(resolve('7.1.13')).rejects.toThrow(
      /sent linux-modules-7\.3\.4.* where the signed index asks for linux-modules-7\.1\.13/,
    );
  });

  it('whose archive others signed is not trusted', async () => {
    await writeFile(join(dir(), 'empty.gpg'), '');
    await expect(resolve('7.3.4', { keyring: join(dir(), 'empty.gpg') })).rejects.toThrow(
      /is not signed with a key of/,
    );
  });

  it('without its keys is refused', async () => {
    await expect(resolve('7.3.4', { keyring: '/no/keyring.gpg' })).rejects.toThrow(
      /install the package debian-archive-keyring/,
    );
  });

  it('that has dropped a listed package is asked for its lists again', async () => {
    await fromFilledCache();
    await rm(join(dir(), 'kernels'), { recursive: true });
    await age(anHour);
    let gone = true;
    archive.answer.override = (path, response) => {
      if (path.includes('/InRelease')) gone = false;
      return gone && notFound('linux-binary-7.3.4')(path, response);
    };
    expect((await resolve('7.3.4'))[0]!.spec).toBe('debian:7.3.4');
    expect(asked('InRelease')).toHaveLength(1);
  });
});

it('is aborted at once, in the middle of a download, and leaves nothing', async () => {
  const controller = new AbortController();
  const stalled: Override = (path, response) => {
    if (!path.includes('linux-modules')) return false;
    response.writeHead(200, { 'content-length': 1000 });
    response.write('!<arch>\n');
    controller.abort(new Error('enough'));
    return true;
  };
  archive.answer.override = stalled;
  await expect(resolve('7.3.4', { signal: controller.signal })).rejects.toThrow('enough');
  expect(await readdir(join(dir(), 'partial'))).toEqual([]);
  expect(await cachedKernels(dir())).toEqual([]);
});
