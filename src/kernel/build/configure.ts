import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../../error.ts';
import { explainOption } from './explain-option.ts';
import { mergeOptions, parseFragment } from './fragment.ts';
import { runMake } from './make.ts';
import { untakenOptions } from './untaken.ts';

export interface ConfigureOptions {
  tree: string;
  output: string;
  arch: 'um' | 'x86';
  cc: string;
  /** Paths of the fragments, in the order of merging. */
  fragments: readonly string[];
  signal: AbortSignal;
}

/** An option that is needed did not take: this source cannot be built as it is asked for. */
export class ConfigError extends HarnessError {
  override readonly name = 'ConfigError';
}

/**
 * Writes OUTPUT/.config: the tree's tinyconfig, the fragments merged by the tree's own
 * merge_config.sh, then olddefconfig. Returns the final config, symbols without CONFIG_.
 *
 * Throws a ConfigError that names the first option that did not take and what stands in its way.
 */
export async function configure(options: ConfigureOptions): Promise<Record<string, string>> {
  const config = join(options.output, '.config');
  const make = (target: string) =>
    runMake({ ...options, targets: [target], variables: [`CC=${options.cc}`], jobs: 1 });
  await make('tinyconfig');
  await execa(
    join(options.tree, 'scripts/kconfig/merge_config.sh'),
    ['-m', '-O', options.output, config, ...options.fragments],
    { cwd: options.output, cancelSignal: options.signal, stdin: 'ignore' },
  );
  await make('olddefconfig');
  const final = parseConfig(await readFile(config, 'utf8'));
  await checkFragments(options, final);
  return final;
}

async function checkFragments(
  options: ConfigureOptions,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const fragments = await Promise.all(
    options.fragments.map(async (path) =>
      parseFragment(await readFile(path, 'utf8'), basename(path)),
    ),
  );
  const untaken = untakenOptions(mergeOptions(fragments), config);
  const [first] = untaken;
  if (first === undefined) return;
  const others = untaken.slice(1).map((each) => each.symbol);
  const rest = others.length === 0 ? '' : `; neither did ${others.join(', ')}`;
  throw new ConfigError(
    `option ${first.symbol}=${first.value} of ${first.fragment} did not take (the final config has ` +
      `${first.symbol}=${first.got}): ${await explainOption(options.tree, first, config)}${rest}`,
  );
}

/** Reads a .config: symbols without CONFIG_, values as they stand there. */
export function parseConfig(text: string): Record<string, string> {
  const config: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, symbol, value] = /^CONFIG_(\w+)=(.*)$/.exec(line) ?? [];
    if (symbol !== undefined && value !== undefined) config[symbol] = value;
  }
  return config;
}
