import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ElfFile } from '../kernel/elf.ts';

/** A kernel module that a guest loads. */
export interface ModuleFile {
  /** As the kernel spells it: "xfrm_user". */
  name: string;
  path: string;
}

/**
 * The files of the modules that are wanted and of all that they depend on, dependencies first.
 *
 * Names that have no file in `modulesDir` are passed over: such a module is built in or absent.
 * Dependencies are read from the modules themselves (.modinfo), because distribution packages
 * come without the modules.dep that depmod makes at installation.
 */
export async function resolveModules(
  modulesDir: string,
  wanted: readonly string[],
): Promise<ModuleFile[]> {
  const files = await moduleFiles(modulesDir);
  const ordered = new Map<string, ModuleFile>();
  const visiting = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    const path = files.get(name);
    if (path === undefined || ordered.has(name) || visiting.has(name)) return;
    visiting.add(name);
    for (const dependency of await dependenciesOf(path)) await visit(dependency);
    ordered.set(name, { name, path });
  };
  for (const name of wanted) await visit(normalize(name));
  return [...ordered.values()];
}

/** The names that a module's .modinfo asks for: hard dependencies, and soft ones to load before. */
async function dependenciesOf(path: string): Promise<string[]> {
  const info = await ElfFile.read(path, (elf) => elf.section('.modinfo'));
  return modinfoDependencies(info?.toString('latin1') ?? '');
}

/** Pure part of the above: a .modinfo section, its fields separated by NUL. */
export function modinfoDependencies(info: string): string[] {
  const names: string[] = [];
  for (const field of info.split('\0')) {
    if (field.startsWith('depends=')) names.push(...field.slice('depends='.length).split(','));
    const soft = /^softdep=.*?\bpre: ([\w\- ]*?)(?: post:|$)/.exec(field);
    if (soft) names.push(...soft[1]!.split(' '));
  }
  return names.filter((name) => name !== '').map(normalize);
}

async function moduleFiles(modulesDir: string): Promise<Map<string, string>> {
  const entries = await readdir(modulesDir, { recursive: true });
  const files = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.endsWith('.ko')) continue;
    files.set(normalize(basename(entry, '.ko')), join(modulesDir, entry));
  }
  return files;
}

/** The kernel takes "-" and "_" in module names as the same. */
function normalize(name: string): string {
  return name.trim().replaceAll('-', '_');
}
