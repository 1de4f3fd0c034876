import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type KconfigEntry, parseKconfig } from './kconfig.ts';
import { shownSource } from './source-view.ts';
import type { UntakenOption } from './untaken.ts';

type Config = Readonly<Record<string, string>>;

/**
 * Why an option did not take, from the tree's Kconfig files: what selects it, or which of the
 * options that it depends on are in the way. One clause: "SLUB_TINY=y is in the way (…)".
 */
export async function explainOption(
  tree: string,
  option: UntakenOption,
  config: Config,
): Promise<string> {
  const entries = await entriesThatMention(tree, option.symbol);
  const own = entries.filter((entry) => entry.symbol === option.symbol);
  if (own.length === 0) return 'this tree has no such option';
  return selectedBy(entries, option.symbol, config) ?? blockedBy(own, config);
}

/** grep finds the few Kconfig files that matter among about 1,700. */
async function entriesThatMention(view: string, symbol: string): Promise<KconfigEntry[]> {
  const tree = await shownSource(view);
  const pattern = `^\\s*((menu)?config|select)\\s+${symbol}\\b`;
  const args = ['-rlE', '--include=Kconfig*', pattern, '.'];
  const { stdout } = await execa('grep', args, { cwd: tree, reject: false });
  const files = stdout.split('\n').filter((path) => path !== '');
  const parsed = files.map(async (path) =>
    parseKconfig(await readFile(join(tree, path), 'utf8'), path.replace(/^\.\//, '')),
  );
  return (await Promise.all(parsed)).flat();
}

/** "NET_KEY_MIGRATE=y selects it (net/key/Kconfig:21)", or null when nothing that is on does. */
export function selectedBy(
  entries: readonly KconfigEntry[],
  symbol: string,
  config: Config,
): string | null {
  const selectors = entries.filter(
    (entry) =>
      config[entry.symbol] !== undefined && entry.selects.some((each) => each.symbol === symbol),
  );
  if (config[symbol] === undefined || selectors.length === 0) return null;
  const names = selectors.map(
    (entry) => `${entry.symbol}=${config[entry.symbol]} (${entry.place})`,
  );
  return `it is selected by ${names.join(', ')}`;
}

/** "it depends on SYSFS && !SLUB_TINY (lib/Kconfig.kasan:46), and the config has SLUB_TINY=y". */
export function blockedBy(own: readonly KconfigEntry[], config: Config): string {
  const entry = own[0];
  const conditions = [...new Set(own.flatMap((each) => each.dependsOn))];
  if (entry === undefined || conditions.length === 0) {
    return `nothing in ${entry?.place ?? 'the tree'} says why: the tree may set it by itself`;
  }
  const symbols = new Set(conditions.join(' ').match(/\b[A-Z][A-Z0-9_]*\b/g) ?? []);
  const values = [...symbols].map((symbol) => `${symbol}=${config[symbol] ?? 'n'}`);
  const all = conditions.map((each) => (conditions.length > 1 ? `(${each})` : each)).join(' && ');
  const needs = `it depends on ${all} (${entry.place})`;
  // Only symbols and "&&": whether that holds is plain to see.
  const isPlain = conditions.every((each) => /^\w+( && \w+)*$/.test(each));
  if (isPlain && [...symbols].every((symbol) => (config[symbol] ?? 'n') !== 'n'))
    return `${needs}, which the config has: no other Kconfig file reads that one, or a menu around it is off`;
  return `${needs}, and the config has ${values.join(', ')}`;
}
