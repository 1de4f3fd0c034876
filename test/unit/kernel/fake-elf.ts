/** Makes small 64-bit little-endian ELF files, as the readers under test expect of kernels. */
export interface FakeElf {
  /** Contents by section name. */
  sections?: Readonly<Record<string, string | Buffer>>;
  /** Names for .symtab; no symbol table when left out. */
  symbols?: readonly string[];
}

const headerBytes = 64;

export function fakeElf({ sections = {}, symbols }: FakeElf): Buffer {
  const all: { name: string; type: number; data: Buffer; link: number }[] = [
    { name: '', type: 0, data: Buffer.alloc(0), link: 0 },
  ];
  for (const [name, data] of Object.entries(sections)) {
    all.push({ name, type: 1, data: Buffer.from(data as string), link: 0 });
  }
  if (symbols) {
    const strings = table(symbols);
    const entries = symbols.map((name) => {
      const entry = Buffer.alloc(24);
      entry.writeUInt32LE(strings.offsets.get(name)!, 0);
      return entry;
    });
    const data = Buffer.concat([Buffer.alloc(24), ...entries]);
    all.push({ name: '.symtab', type: 2, data, link: all.length + 1 });
    all.push({ name: '.strtab', type: 3, data: strings.data, link: 0 });
  }
  const names = table([...all.map(({ name }) => name), '.shstrtab']);
  all.push({ name: '.shstrtab', type: 3, data: names.data, link: 0 });

  let offset = headerBytes;
  const headers = all.map(({ name, type, data, link }) => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(names.offsets.get(name)!, 0);
    header.writeUInt32LE(type, 4);
    header.writeBigUInt64LE(BigInt(offset), 24);
    header.writeBigUInt64LE(BigInt(data.length), 32);
    header.writeUInt32LE(link, 40);
    offset += data.length;
    return header;
  });
  const head = Buffer.alloc(headerBytes);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeBigUInt64LE(BigInt(offset), 40);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(all.length, 60);
  head.writeUInt16LE(all.length - 1, 62);
  return Buffer.concat([head, ...all.map(({ data }) => data), ...headers]);
}

function table(names: readonly string[]): { data: Buffer; offsets: Map<string, number> } {
  const offsets = new Map<string, number>();
  let text = '\0';
  for (const name of names) {
    if (offsets.has(name)) continue;
    offsets.set(name, name === '' ? 0 : text.length);
    if (name !== '') text += `${name}\0`;
  }
  return { data: Buffer.from(text, 'latin1'), offsets };
}

/** A kernel module; what depmod and the kernel read of it. */
export function fakeModule(module: {
  release: string;
  depends?: string;
  symbols?: readonly string[];
}): Buffer {
  const modinfo = [
    'license=GPL',
    `depends=${module.depends ?? ''}`,
    `vermagic=${module.release} SMP preempt mod_unload modversions `,
  ];
  const elf = fakeElf({
    sections: { '.modinfo': `${modinfo.join('\0')}\0` },
    symbols: module.symbols ?? ['init_module'],
  });
  return Buffer.concat([elf, Buffer.from('~Module signature appended~\n')]);
}
