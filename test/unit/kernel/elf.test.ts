import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ElfFile } from '../../../src/kernel/elf.ts';
import { fakeElf } from './fake-elf.ts';
import { temporaryDir } from './temporary-dir.ts';

const dir = temporaryDir();

async function read(bytes: Buffer) {
  const path = join(dir(), 'file');
  await writeFile(path, bytes);
  return ElfFile.read(path, async (elf) => ({
    symbols: await elf.symbols(),
    modinfo: await elf.section('.modinfo'),
  }));
}

describe('ElfFile', () => {
  it('reads the names of all symbols, and a section', async () => {
    const bytes = fakeElf({
      sections: { '.modinfo': 'license=GPL\0' },
      symbols: ['xfrm_do_migrate', 'xfrm_migrate'],
    });
    const elf = await read(bytes);
    expect(elf?.symbols).toEqual(['xfrm_do_migrate', 'xfrm_migrate']);
    expect(elf?.modinfo?.toString()).toBe('license=GPL\0');
  });

  it('reads a module with its signature behind it', async () => {
    const signed = Buffer.concat([fakeElf({ symbols: ['a'] }), Buffer.from('signature~\n')]);
    expect((await read(signed))?.symbols).toEqual(['a']);
  });

  it('has no symbols in a stripped file', async () => {
    expect(await read(fakeElf({ sections: { '.text': 'code' } }))).toEqual({
      symbols: null,
      modinfo: null,
    });
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('#!/bin/sh\n'.repeat(20))],
    ['a 32-bit file', Buffer.concat([Buffer.from('\x7fELF\x01\x01'), Buffer.alloc(100)])],
    ['a file cut off in the middle', fakeElf({ symbols: ['a'] }).subarray(0, 200)],
    ['a section table beyond the file', withField(fakeElf({}), 40, 1n << 40n)],
    ['a section table at an absurd place', withField(fakeElf({}), 40, (1n << 64n) - 1n)],
  ])('is null for %s', async (_what, bytes) => {
    expect(await read(bytes)).toBeNull();
  });

  it('has no symbols when the string table of a damaged file lies beyond its end', async () => {
    const bytes = fakeElf({ symbols: ['a', 'b'] });
    // Headers come last: null, .symtab, .strtab, .shstrtab; the offset is at 24.
    bytes.writeBigUInt64LE(1n << 30n, bytes.length - 2 * 64 + 24);
    expect((await read(bytes))?.symbols).toBeNull();
  });
});

function withField(bytes: Buffer, offset: number, value: bigint): Buffer {
  bytes.writeBigUInt64LE(value, offset);
  return bytes;
}
