import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/error.ts';
import { image, isConfigOf, parseImageSpec } from '../../../src/kernel/image.ts';
import { fakeBzImage } from './fake-bzimage.ts';
import { fakeElf, fakeModule } from './fake-elf.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
const text = '7.3.4-mine (me@host) #1 SMP';
const stripped = fakeElf({ sections: { __ksymtab_strings: 'xfrm_migrate\0' } });
const bzImage = fakeBzImage(text, gzipSync(stripped));
const symbols = ['xfrm_do_migrate', 'xfrm_do_migrate_state', 'xfrm_migrate'];
const config = 'CONFIG_XFRM_USER=y\nCONFIG_XFRM_MIGRATE=y\n';

async function put(path: string, data: string | Buffer): Promise<string> {
  const file = join(dir(), path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
  return file;
}

async function resolve(spec: string) {
  const signal = new AbortController().signal;
  const [kernel] = await image.resolve(spec, { cacheDir: join(dir(), 'cache'), signal });
  return kernel!;
}

describe('an image', () => {
  it('of a build directory gets config and symbols from there', async () => {
    const path = await put('build/arch/x86/boot/bzImage', bzImage);
    await put('build/.config', config);
    await put('build/System.map', symbols.map((name) => `ffff0000 t ${name}\n`).join(''));
    const kernel = await resolve(path);
    expect(kernel).toMatchObject({
      spec: `image:${path}`,
      image: path,
      modulesDir: null,
      facts: {
        release: '7.3.4-mine',
        version: '7.3.4',
        arch: 'x86_64',
        config: { XFRM_MIGRATE: 'y' },
        migrateSymbols: symbols,
        origin: { config: '.config', symbols: 'System.map and bzImage' },
      },
    });
  });

  it('as distributions install it gets the files of its version', async () => {
    const path = await put('boot/vmlinuz-7.3.4-mine', bzImage);
    await put('boot/config-7.3.4-mine', config);
    await put('boot/config-7.3.4', 'CONFIG_XFRM_USER=m\n');
    expect((await resolve(path)).facts.config).toHaveProperty('XFRM_MIGRATE');
  });

  it('leaves to the agent what the host cannot know', async () => {
    const { facts } = await resolve(await put('bzImage', bzImage));
    expect(facts).toMatchObject({ config: null, migrateSymbols: null });
  });

  it('does not take the config of another version', async () => {
    const path = await put('bzImage', bzImage);
    await put('.config', `# Linux/x86 7.2.0 Kernel Configuration\n${config}`);
    expect((await resolve(path)).facts.config).toBeNull();
  });

  it('can be a vmlinux or a user-mode Linux', async () => {
    const banner = `Linux version ${text}\n\0`;
    const vmlinux = await put('vmlinux', fakeElf({ sections: { '.rodata': banner }, symbols }));
    expect((await resolve(vmlinux)).facts).toMatchObject({
      release: '7.3.4-mine',
      arch: 'x86_64',
      migrateSymbols: symbols,
    });
    const sections = { '.rodata': banner, '.uml.setup.init': 'x' };
    const uml = await put('linux', fakeElf({ sections, symbols }));
    expect((await resolve(uml)).facts.arch).toBe('um');
  });

  it('may be named from the directory that is worked in', async () => {
    const path = await put('bzImage', bzImage);
    const relative = join(dir(), '../'.repeat(3), path);
    expect((await resolve(relative)).spec).toBe(`image:${path}`);
  });
});

describe('modules', () => {
  const release = '7.3.4-mine';

  it('that are plain are used where they lie', async () => {
    const path = await put('bzImage', bzImage);
    await put('mods/kernel/net/xfrm/xfrm_user.ko', fakeModule({ release, symbols }));
    const kernel = await resolve(`${path},modules=${join(dir(), 'mods')}`);
    expect(kernel.modulesDir).toBe(join(dir(), 'mods'));
    expect(kernel.facts.migrateSymbols).toEqual(symbols);
    expect(kernel.spec).toBe(`image:${path},modules=${join(dir(), 'mods')}`);
  });

  it('that are compressed are decompressed into the cache', async () => {
    const path = await put('bzImage', bzImage);
    const user = await put('mods/net/xfrm/xfrm_user.ko', fakeModule({ release, symbols }));
    execFileSync('xz', [user]);
    const kernel = await resolve(`${path},modules=${join(dir(), 'mods')}`);
    expect(kernel.modulesDir).toMatch(join(dir(), 'cache/modules'));
    expect(await readdir(join(kernel.modulesDir!, 'kernel/net/xfrm'))).toEqual(['xfrm_user.ko']);
    expect(await readdir(join(dir(), 'mods/net/xfrm'))).toEqual(['xfrm_user.ko.xz']);
    expect(kernel.facts.migrateSymbols).toEqual(symbols);
  });

  it('of another kernel are refused', async () => {
    const path = await put('bzImage', bzImage);
    await put('mods/xfrm_user.ko', fakeModule({ release: '7.1.13', symbols }));
    await expect(resolve(`${path},modules=${join(dir(), 'mods')}`)).rejects.toThrow(
      new UsageError(
        `The modules in ${join(dir(), 'mods')} are for 7.1.13, but ${path} is 7.3.4-mine: name the modules that were built with it.`,
      ),
    );
  });

  it.each([
    ['missing', 'is not a directory'],
    ['empty', 'holds no kernel modules'],
  ])('in a directory that is %s are refused', async (name, why) => {
    const path = await put('bzImage', bzImage);
    await mkdir(join(dir(), 'empty'));
    const spec = `${path},modules=${join(dir(), name)}`;
    await expect(resolve(spec)).rejects.toThrow(why);
  });
});

describe('what is no kernel image', () => {
  it('is refused in one sentence', async () => {
    const file = await put('notes.txt', 'Linux version %s, and so on\n');
    await expect(resolve(file)).rejects.toThrow(`${file} is not a Linux kernel`);
    await expect(resolve(join(dir(), 'nope'))).rejects.toThrow('There is no kernel image');
    await expect(resolve(dir())).rejects.toThrow(`is not a file: name a kernel image, or a source`);
    await expect(resolve('')).rejects.toThrow('"image:" names no image');
    const empty = await put('empty', '');
    await expect(resolve(empty)).rejects.toThrow(UsageError);
  });
});

describe('parseImageSpec', () => {
  it('takes path and modules apart', () => {
    expect(parseImageSpec('/a,b,modules=/c,d')).toEqual({ path: '/a,b', modules: '/c,d' });
    expect(parseImageSpec('/a')).toEqual({ path: '/a', modules: null });
    expect(parseImageSpec('~/linux').path).toBe(`${process.env.HOME}/linux`);
    expect(() => parseImageSpec('/a,modules=')).toThrow('names no directory of modules');
  });
});

describe('isConfigOf', () => {
  const of = (version: string) => `#\n# Linux/x86 ${version} Kernel Configuration\n#\n`;
  it.each([
    ['7.3.4', '7.3.4-mine (me@host) #1', true],
    ['7.3.4', '7.3.40 (me@host) #1', false],
    ['6.1.176', '6.1.0-50-cloud-amd64 (d@x) #1 SMP Debian 6.1.176-1 (2026)', true],
    ['7.3.0-rc7', '7.3.0-rc7-00012-gabc (me@host) #1', true],
  ])('%s of %s: %s', (version, versionText, expected) => {
    expect(isConfigOf(of(version), versionText)).toBe(expected);
  });
});
