import { readFile } from 'node:fs/promises';
import { ElfFile } from './elf.ts';

/** The symbols that tell kernels apart; af_key's pfkey_migrate among them would say nothing more. */
const ofInterest = /xfrm.*migrate/;

/** The names among these that are of interest, each once, without what the compiler added. Pure. */
export function pickMigrateSymbols(names: Iterable<string>): string[] {
  const picked = new Set<string>();
  for (const name of names) {
    // _R begins the mangled names of Rust, whose bindings mention every C structure.
    if (ofInterest.test(name) && !name.startsWith('_R')) picked.add(sourceName(name));
  }
  return [...picked].sort();
}

/** "__pfx_xfrm_do_migrate" and "xfrm_do_migrate.cold" are xfrm_do_migrate in the source. */
function sourceName(symbol: string): string {
  return symbol.replace(/^__(pfx|cfi)_/, '').replace(/\..*$/, '');
}

/** Symbols of /proc/kallsyms or System.map; null for a stub, as Debian's packages carry. Pure. */
export function migrateSymbolsOfMap(text: string): string[] | null {
  const names: string[] = [];
  for (const line of text.split('\n')) {
    // Address, type, name; kallsyms adds "[module]". The stub has a sentence for a name.
    const match = /^[0-9a-fA-F]+ \w (\S+)(\t\[\S+\])?$/.exec(line);
    if (match) names.push(match[1]!);
  }
  return names.length > 0 ? pickMigrateSymbols(names) : null;
}

/**
 * Symbols of a System.map, a vmlinux or a module. A stripped vmlinux still names what it exports to
 * modules (__ksymtab_strings). Null when the file tells nothing.
 */
export async function migrateSymbolsOfElf(path: string): Promise<string[] | null> {
  return ElfFile.read(path, async (elf) => {
    const symbols = await elf.symbols();
    if (symbols) return pickMigrateSymbols(symbols);
    const exported = await elf.section('__ksymtab_strings');
    return exported && pickMigrateSymbols(exported.toString('latin1').split('\0'));
  });
}

/** Symbols of the map in this file; null when it is missing or a stub. */
export async function migrateSymbolsOfMapFile(path: string): Promise<string[] | null> {
  const text = await readFile(path, 'latin1').catch(() => null);
  return text === null ? null : migrateSymbolsOfMap(text);
}
