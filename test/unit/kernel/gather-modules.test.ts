import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatherModules, modulesDep } from '../../../src/kernel/gather-modules.ts';
import { decompressModules, moduleDepends, moduleName } from '../../../src/kernel/module-files.ts';
import { fakeElf, fakeModule } from './fake-elf.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();
const signal = new AbortController().signal;

async function put(path: string, data: string | Buffer): Promise<string> {
  const file = join(dir(), path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, data);
  return file;
}

describe('modulesDep', () => {
  const paths = new Map(['a', 'b', 'c', 'd'].map((name) => [name, `x/${name}.ko`]));

  it('lists what a module needs, each before what it needs itself', () => {
    const depends = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', []],
    ]);
    expect(modulesDep(depends, paths).split('\n')[0]).toBe(
      'kernel/x/a.ko: kernel/x/b.ko kernel/x/c.ko kernel/x/d.ko',
    );
  });

  it('passes over what is built in, and ends when modules need each other', () => {
    const depends = new Map([
      ['a', ['b', 'built_in']],
      ['b', ['a']],
    ]);
    expect(modulesDep(depends, paths)).toBe(
      'kernel/x/a.ko: kernel/x/b.ko\nkernel/x/b.ko: kernel/x/a.ko\n',
    );
  });
});

describe('moduleDepends', () => {
  it('reads hard and soft dependencies as the kernel spells them', async () => {
    const modinfo = 'depends=xfrm-algo,udp_tunnel\0softdep=pre: crypto-hash aead post: later\0';
    const path = await put('a.ko', fakeElf({ sections: { '.modinfo': modinfo } }));
    expect(await moduleDepends(path)).toEqual(['xfrm_algo', 'udp_tunnel', 'crypto_hash', 'aead']);
  });

  it('is null for what is no module', async () => {
    expect(await moduleDepends(await put('a.ko', 'text'))).toBeNull();
  });
});

it('spells names as the kernel does', () => {
  expect(moduleName('/x/aesni-intel.ko.xz')).toBe('aesni_intel');
});

it('refuses a module that is none', async () => {
  await put('from/kernel/net/xfrm/xfrm_user.ko', 'text');
  await expect(gatherModules(join(dir(), 'from'), join(dir(), 'to'), signal)).rejects.toThrow(
    /xfrm_user\.ko is not a kernel module/,
  );
});

it('leaves out softly needed modules that the kernel does not have', async () => {
  await put('from/net/key/af_key.ko', fakeModule({ release: '7.3.4', depends: 'built_in' }));
  await gatherModules(join(dir(), 'from'), join(dir(), 'to'), signal);
  expect(await moduleDepends(join(dir(), 'to/kernel/net/key/af_key.ko'))).toEqual(['built_in']);
});

it('says which tool cannot decompress a damaged module', async () => {
  const path = await put('a.ko.xz', 'not xz at all');
  await expect(decompressModules([path], signal)).rejects.toThrow(
    /^xz cannot decompress kernel modules: .*a\.ko\.xz/,
  );
});
