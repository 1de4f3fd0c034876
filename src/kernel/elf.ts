import { type FileHandle, open } from 'node:fs/promises';

/** A section of an ELF file: where its bytes lie. */
interface Section {
  name: string;
  type: number;
  offset: number;
  size: number;
  /** For a symbol table: index of its string table. */
  link: number;
}

const sectionHeaderBytes = 64;
const symbolBytes = 24;
const sectionType = { symtab: 2, nobits: 8 };
/** More is no kernel, and would only fill our memory. */
const maxSectionBytes = 512 * 1024 * 1024;

/**
 * Reads sections and symbols of a 64-bit little-endian ELF file (gABI), as kernels and their
 * modules are. Only what is asked for is read: a vmlinux with debug information is huge.
 */
export class ElfFile {
  readonly #file: FileHandle;
  readonly #sections: readonly Section[];

  private constructor(file: FileHandle, sections: readonly Section[]) {
    this.#file = file;
    this.#sections = sections;
  }

  /** Do something with an ELF file; null when the file is not one or is cut off. */
  static async read<T>(path: string, use: (elf: ElfFile) => Promise<T>): Promise<T | null> {
    const file = await open(path, 'r');
    try {
      const sections = await readSections(file);
      return sections && (await use(new ElfFile(file, sections)));
    } finally {
      await file.close();
    }
  }

  /** The bytes of a section; null when there is no such section, or it lies beyond the file. */
  async section(name: string): Promise<Buffer | null> {
    const section = this.#sections.find((each) => each.name === name);
    return section ? this.#bytesOf(section) : null;
  }

  /** The names in the symbol table, defined here or not; null when it has none (stripped). */
  async symbols(): Promise<string[] | null> {
    const table = this.#sections.find((section) => section.type === sectionType.symtab);
    const strings = table && this.#sections[table.link];
    if (!table || !strings) return null;
    const [entries, names] = [await this.#bytesOf(table), await this.#bytesOf(strings)];
    if (!entries || !names) return null;
    const symbols: string[] = [];
    for (let at = 0; at + symbolBytes <= entries.length; at += symbolBytes) {
      const name = stringAt(names, entries.readUInt32LE(at));
      if (name) symbols.push(name);
    }
    return symbols;
  }

  async #bytesOf(section: Section): Promise<Buffer | null> {
    if (section.type === sectionType.nobits) return null;
    return readExactly(this.#file, section.offset, section.size);
  }
}

async function readSections(file: FileHandle): Promise<Section[] | null> {
  const header = await readExactly(file, 0, 64);
  // Class 2: 64 bits; data 1: little-endian.
  if (header?.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return null;
  const [tableOffset, entryBytes] = [Number(header.readBigUInt64LE(40)), header.readUInt16LE(58)];
  const [count, nameIndex] = [header.readUInt16LE(60), header.readUInt16LE(62)];
  if (entryBytes !== sectionHeaderBytes) return null;
  const table = await readExactly(file, tableOffset, count * sectionHeaderBytes);
  if (!table) return null;
  const headers = Array.from({ length: count }, (_, i) =>
    table.subarray(i * sectionHeaderBytes, (i + 1) * sectionHeaderBytes),
  );
  const sections = headers.map((each) => ({
    nameOffset: each.readUInt32LE(0),
    type: each.readUInt32LE(4),
    offset: Number(each.readBigUInt64LE(24)),
    size: Number(each.readBigUInt64LE(32)),
    link: each.readUInt32LE(40),
  }));
  const nameSection = sections[nameIndex];
  const names = nameSection && (await readExactly(file, nameSection.offset, nameSection.size));
  if (!names) return null;
  return sections.map((each) => ({ ...each, name: stringAt(names, each.nameOffset) }));
}

function stringAt(strings: Buffer, offset: number): string {
  const end = strings.indexOf(0, offset);
  return offset < strings.length && end >= 0 ? strings.toString('latin1', offset, end) : '';
}

async function readExactly(file: FileHandle, offset: number, length: number) {
  if (length > maxSectionBytes || !Number.isSafeInteger(offset)) return null;
  const { size } = await file.stat();
  if (offset + length > size) return null;
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return bytesRead === length ? buffer : null;
}
