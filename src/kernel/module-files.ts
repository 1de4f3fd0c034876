import { basename } from 'node:path';
import { HarnessError } from '../error.ts';
import { filesBelow } from '../files-below.ts';
import { ElfFile } from './elf.ts';
import { runTool } from './host-tool.ts';

const moduleFile = /\.ko(\.(xz|zst|gz))?$/;

/** Name of the module in a file, as lsmod prints it: "xfrm_user" of "…/xfrm-user.ko.xz". */
export function moduleName(path: string): string {
  return basename(path).replace(moduleFile, '').replaceAll('-', '_');
}

/** The paths of all modules below a directory, relative to it. */
export async function findModules(dir: string): Promise<string[]> {
  return (await filesBelow(dir)).filter((name) => moduleFile.test(name));
}

/** A field of a module's .modinfo; null when it has none, or the file is no module. */
export async function modinfoOf(path: string, field: string): Promise<string | null> {
  return (await modinfo(path))?.find(([name]) => name === field)?.[1] ?? null;
}

/** The modules that a module needs, or wants loaded before it. Null when the file is no module. */
export async function moduleDepends(path: string): Promise<string[] | null> {
  const fields = await modinfo(path);
  if (!fields) return null;
  const names = fields.flatMap(([field, value]) => {
    if (field === 'depends') return value.split(',');
    if (field !== 'softdep') return [];
    return /\bpre: (.*?)(?= post:|$)/.exec(value)?.[1]?.split(/\s+/) ?? [];
  });
  return names.filter((name) => name !== '').map((name) => name.replaceAll('-', '_'));
}

/** The fields of .modinfo, in their order. */
async function modinfo(path: string): Promise<[string, string][] | null> {
  const info = await ElfFile.read(path, (elf) => elf.section('.modinfo'));
  if (!info) return null;
  const entries = info.toString('latin1').split('\0');
  return entries
    .filter((entry) => entry.includes('='))
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
}

const decompressors = {
  xz: { args: ['-d'], package: 'xz-utils' },
  zst: { tool: 'zstd', args: ['-d', '-q', '--rm'], package: 'zstd' },
  gz: { tool: 'gzip', args: ['-d'], package: 'gzip' },
} as const;

/**
 * Decompress modules in place. What was compressed includes the signature behind the ELF file,
 * which stays. Returns the paths of the files that are there afterwards, in the same order.
 */
export async function decompressModules(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  for (const [suffix, how] of Object.entries(decompressors)) {
    const tool = 'tool' in how ? how.tool : suffix;
    const compressed = paths.filter((path) => path.endsWith(`.${suffix}`));
    if (compressed.length === 0) continue;
    const options = { signal, timeoutMs: 300_000, package: how.package };
    const result = await runTool(tool, [...how.args, '--', ...compressed], options);
    if (result.exitCode !== 0) {
      throw new HarnessError(
        `${tool} cannot decompress kernel modules: ${result.stderr.trim().split('\n')[0]}`,
      );
    }
  }
  return paths.map((path) => path.replace(/\.(xz|zst|gz)$/, ''));
}
