/**
 * Measures the suites: each patch of a folder is a bug in the kernel, and one that no case notices
 * ("survives") shows a hole, or changes nothing that can be seen and is explained beside it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import * as yaml from 'yaml';
import { interruptSignal } from '../src/cli/interrupt.ts';
import { collect, positive } from '../src/cli/machine-options.ts';
import { selectCases } from '../src/cli/select-cases.ts';
import { projectDir } from '../src/cli/tool.ts';
import { HarnessError, UsageError } from '../src/error.ts';
import { defaultCacheDir } from '../src/kernel/cache.ts';
import { unpackedSource } from '../src/kernel/source.ts';
import { allCases } from '../suites/index.ts';
import { type Mutant, MutantTree } from './mutant-tree.ts';

interface Options {
  patches: string;
  case: string[];
  variant: string[];
  only?: string;
  jobs: number;
}

const signal = interruptSignal();

const command = new Command('scripts/mutate')
  .description(
    'Builds a kernel with each patch of a folder (UML), runs the cases, tells which survive.',
  )
  .argument('[tree]', 'source:VERSION or the directory of a kernel tree', 'source:7.3.4')
  .option('-p, --patches <dir>', 'the folder', `${projectDir}test/mutations`)
  .option('-c, --case <pattern>', 'only these cases (repeatable)', collect, [])
  .option('--variant <name>', 'of vm/config, e.g. kasan (repeatable)', collect, [])
  .option('--only <regexp>', 'only patches whose name matches')
  .addOption(
    new Option('-j, --jobs <n>', 'trees that are built and run side by side')
      .argParser(positive)
      .default(availableParallelism(), 'as many as there are cores'),
  )
  .action(main);

async function main(tree: string, options: Options): Promise<void> {
  const patches = await patchesIn(options.patches, options.only);
  const explained = explanations(options.patches);
  const cases = selectCases(allCases, options.case);
  const source = await sourceOf(tree);
  const jobs = Math.min(options.jobs, patches.length);
  const trees = Array.from({ length: jobs }, (_, lane) => {
    const variants = options.variant;
    return new MutantTree({ source, lane, jobs, variants, cases, signal });
  });
  say(`${patches.length} patches, ${cases.length} cases, ${jobs} trees`);
  await Promise.all(trees.map((each) => each.prepare((phrase) => say(phrase))));
  const survivors: string[] = [];
  let done = 0;
  const queue = [...patches];
  const work = async (mutants: MutantTree) => {
    for (let patch = queue.shift(); patch; patch = queue.shift()) {
      const mutant = await mutants.run(patch);
      const name = basename(patch, '.patch');
      if (mutant.how === 'survived') survivors.push(name);
      process.stdout.write(`${String(++done).padStart(3)} ${line(name, mutant, explained)}\n`);
    }
  };
  await Promise.all(trees.map(work));
  const unexplained = survivors.filter((name) => !explained.has(name));
  const killed = patches.length - survivors.length;
  process.stdout.write(
    `\n${killed} of ${patches.length} killed, ${survivors.length} survive` +
      `${survivors.length > 0 ? ` (${survivors.length - unexplained.length} explained)` : ''}\n`,
  );
  process.exitCode = unexplained.length > 0 ? 1 : 0;
}

async function sourceOf(tree: string): Promise<string> {
  const version = /^source:(.+)$/.exec(tree)?.[1];
  if (version === undefined) {
    const dir = resolve(tree.replace(/^tree:/, ''));
    if (existsSync(join(dir, 'net/xfrm'))) return dir;
    throw new UsageError(`${dir} is no kernel tree: it has no net/xfrm.`);
  }
  const onProgress = (phrase: string) => say(phrase);
  return unpackedSource(version, { cacheDir: defaultCacheDir(), signal, onProgress });
}

async function patchesIn(dir: string, only: string | undefined): Promise<string[]> {
  const names = await readdir(dir).catch(() => {
    throw new UsageError(`The folder of patches ${dir} cannot be read.`);
  });
  const wanted = new RegExp(only ?? '');
  const patches = names.filter((name) => name.endsWith('.patch') && wanted.test(name)).sort();
  if (patches.length === 0) throw new UsageError(`There is no such patch in ${dir}.`);
  return patches.map((name) => join(dir, name));
}

/** survivors.yaml beside the patches: name of a patch, why no case can notice it. */
function explanations(dir: string): Map<string, string> {
  const path = join(dir, 'survivors.yaml');
  if (!existsSync(path)) return new Map();
  return new Map(Object.entries(yaml.parse(readFileSync(path, 'utf8')) as object));
}

function line(name: string, mutant: Mutant, explained: Map<string, string>): string {
  const took = `${(mutant.ms / 1000).toFixed(0)} s`.padStart(5);
  if (mutant.how === 'survived') {
    const why = explained.get(name);
    return `${'SURVIVED'.padEnd(9)} ${took}  ${name}${why ? `: ${why}` : ''}`;
  }
  return `${mutant.how.padEnd(9)} ${took}  ${name}: ${mutant.detail}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  await command.parseAsync();
} catch (error) {
  if (signal.aborted) process.exitCode = 130;
  else if (error instanceof HarnessError || error instanceof UsageError) {
    say(`scripts/mutate: ${error.message}`);
    process.exitCode = error instanceof UsageError ? 2 : 3;
  } else throw error;
}
