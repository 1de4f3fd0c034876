import { Command, Option } from 'commander';
import { allCases } from '../../suites/index.ts';
import { bisect, type CaseBisection, type Teller } from '../bisect/bisect.ts';
import { Examiner, type Obtained } from '../bisect/examiner.ts';
import { ListSearch } from '../bisect/list-search.ts';
import { releasesBetween } from '../bisect/releases.ts';
import { endSummary, renderBisections, sideWord } from '../bisect/render.ts';
import { Repository, short } from '../bisect/repository.ts';
import type { EndNames, First } from '../bisect/side.ts';
import { bisectStateDir, treeStateDir } from '../bisect/state-dir.ts';
import { StepStore } from '../bisect/step-store.ts';
import { openTreeSearch, termsOf } from '../bisect/tree-search.ts';
import { TwinFinder } from '../bisect/twin.ts';
import type { Case } from '../case/case.ts';
import { HarnessError, UsageError } from '../error.ts';
import { defaultCacheDir } from '../kernel/cache.ts';
import { resolveKernels } from '../kernel/resolve.ts';
import type { Acceleration, MachineName } from '../machine/machine.ts';
import { forTerminal } from '../report/escape.ts';
import { plural, seconds, shorten } from '../report/layout.ts';
import { createStyle, wantsColour } from '../report/style.ts';
import { CommitBuilder } from './commit-builder.ts';
import { interruptSignal } from './interrupt.ts';
import { judgeId } from './judge-id.ts';
import { kernelRunner } from './kernel-runner.ts';
import { addBuildOptions, caseOption, positive } from './machine-options.ts';
import { selectCases } from './select-cases.ts';
import { type StepProgress, stepProgress } from './step-progress.ts';
import { treeOption } from './tree-option.ts';

interface BisectOptions {
  tree?: string;
  releases?: boolean;
  good?: string;
  bad?: string;
  old?: string;
  new?: string;
  first: First;
  runs: number;
  firstParent?: boolean;
  fresh?: boolean;
  case: string[];
  jobs?: number;
  machine?: MachineName;
  accel: Acceleration;
  caseTimeout?: number;
  mirror?: string;
}

/** `xfrm-conform bisect` */
export function bisectCommand(): Command {
  const command = new Command('bisect')
    .description(
      'Find the commit, or the release, at which cases start to fail, to pass, to differ.',
    )
    .argument(
      '[case...]',
      'cases to judge by: ids, their beginnings, or patterns with * (default: all)',
    )
    .option(
      '--tree <dir>',
      'a kernel git tree, maybe with +VARIANT; builds and boots commits of it',
    )
    .option('--releases', 'go over the prebuilt Debian kernels instead; nothing is built')
    .option('--good <rev>', 'the older end, e.g. v7.2; of releases e.g. debian:7.1.13')
    .option('--bad <rev>', 'the newer end, e.g. HEAD')
    .addOption(new Option('--old <rev>', 'another name for --good').conflicts('good'))
    .addOption(new Option('--new <rev>', 'another name for --bad').conflicts('bad'))
    .addOption(
      new Option(
        '--first <what>',
        'what is looked for: where a case starts to fail, to pass, or to differ',
      )
        .choices(['fail', 'pass', 'change'] satisfies First[])
        .default('fail'),
    )
    .option(
      '--runs <n>',
      'runs of each kernel, which must agree, for cases that are flaky',
      positive,
      1,
    )
    .option('--first-parent', 'follow only the first parent of merges')
    .option('--fresh', 'judge again what earlier runs have judged')
    .addOption(caseOption())
    .option('--mirror <url>', "Debian mirror (default: the one of this machine's apt)")
    .addHelpText(
      'after',
      `
Exit status: 0 found; 1 only commits are left that cannot be judged; 2 the call was wrong, or the ends
do not differ; 3 the harness or the machine broke; 130 interrupted. What was judged is kept: the same
command goes on from there.`,
    )
    .action(run);
  return addBuildOptions(command);
}

async function run(patterns: string[], options: BisectOptions): Promise<void> {
  const cases = selectCases(allCases, [...patterns, ...options.case]);
  const names = endNames(options);
  const signal = interruptSignal();
  const progress = stepProgress(process.stderr);
  const world: World = { cases, names, options, signal, progress };
  try {
    const found = options.releases
      ? await bisectReleases(world)
      : await bisectTree(world, options.tree!);
    process.exitCode = found.every(({ outcome }) => outcome.kind === 'found') ? 0 : 1;
  } finally {
    progress.end();
  }
}

interface World {
  cases: readonly Case[];
  names: EndNames;
  options: BisectOptions;
  signal: AbortSignal;
  progress: StepProgress;
}

function endNames(options: BisectOptions): EndNames {
  const old = options.good ?? options.old;
  const recent = options.bad ?? options.new;
  if ((options.releases === true) === (options.tree !== undefined))
    throw new UsageError('Say what to bisect: either --tree DIR or --releases.');
  if (old === undefined || recent === undefined)
    throw new UsageError(
      'Name both ends: --good REV, the older one, and --bad REV, the newer one.',
    );
  return { old, new: recent };
}

async function bisectTree(world: World, treeText: string): Promise<CaseBisection[]> {
  const { names, options, signal, progress } = world;
  const spec = await treeOption(treeText);
  const tree = spec.path;
  const repository = await Repository.open(tree, signal);
  const stateDir = treeStateDir(tree, [spec.arch, ...spec.variants]);
  const { first, firstParent = false } = options;
  const searchOptions = { repository, names, first, firstParent, stateDir, signal };
  const { ends, search, notes, close } = await openTreeSearch(searchOptions);
  try {
    for (const note of notes) progress.note(forTerminal(note));
    const builder = new CommitBuilder(spec, world.options, signal, progress);
    const twins = new TwinFinder(repository, spec.arch);
    const examiner = await examinerFor(
      world,
      stateDir,
      (id) => builder.obtain(id),
      (id, judged) => twins.twinOf(id, judged),
    );
    const describe = async (id: string) => {
      const { subject, author, date } = await repository.info(id);
      return { title: `${short(id)} ${subject}`, more: `commit ${id}\nauthor ${author}, ${date}` };
    };
    const told = new Told(world, describe, builder);
    const found = await bisect({
      ...{ cases: world.cases.map(({ id }) => id), first, ends, names, examiner, search, told },
    });
    await print(found, world, describe, 'commit');
    return found;
  } catch (error) {
    tellKept(error, world, stateDir);
    throw error;
  } finally {
    await close();
  }
}

async function bisectReleases(world: World): Promise<CaseBisection[]> {
  const { names, options, signal, progress } = world;
  const resolving = {
    cacheDir: defaultCacheDir(),
    signal,
    onProgress: (phrase: string) => progress.phase(phrase),
    ...(options.mirror === undefined ? {} : { mirror: options.mirror }),
  };
  const releases = await releasesBetween(names.old, names.new, resolving);
  const stateDir = bisectStateDir('releases', [options.machine ?? '', options.accel]);
  const obtain = async (id: string): Promise<Obtained> => {
    const [kernel] = await resolveKernels(id, resolving);
    return { kernel: kernel!, artifact: null };
  };
  try {
    const examiner = await examinerFor(world, stateDir, obtain);
    const describe = async (id: string) => ({ title: id, more: '' });
    const ends = { old: releases[0]!, new: releases.at(-1)! };
    progress.note(`${plural(releases.length, 'release')} from ${ends.old} to ${ends.new}`);
    const found = await bisect({
      ...{ cases: world.cases.map(({ id }) => id), first: options.first, ends, names: ends },
      ...{ examiner, search: new ListSearch(releases), told: new Told(world, describe, null) },
    });
    await print(found, world, describe, 'release');
    return found;
  } catch (error) {
    tellKept(error, world, stateDir);
    throw error;
  }
}

async function examinerFor(
  world: World,
  stateDir: string,
  obtain: (id: string) => Promise<Obtained>,
  twinOf?: ConstructorParameters<typeof Examiner>[0]['twinOf'],
): Promise<Examiner> {
  const { cases, options, signal, progress } = world;
  const store = new StepStore(stateDir, await judgeId());
  if (options.fresh) await store.clear();
  const onProgress = (phrase: string) => progress.phase(phrase);
  const run = kernelRunner(options, { signal, onProgress });
  return new Examiner({
    ...{ store, cases, runs: options.runs, signal, obtain, run },
    ...(twinOf === undefined ? {} : { twinOf }),
  });
}

type Describe = (id: string) => Promise<{ title: string; more: string }>;

/** Writes what is learned, a line a step. */
class Told implements Teller {
  readonly #world: World;
  readonly #describe: Describe;
  readonly #builder: CommitBuilder | null;
  #started = performance.now();
  #number = 0;

  constructor(world: World, describe: Describe, builder: CommitBuilder | null) {
    this.#world = world;
    this.#describe = describe;
    this.#builder = builder;
  }

  end(name: string, id: string, standings: Parameters<Teller['end']>[2]): void {
    const at = name === id || id.startsWith(name) ? name : `${name} (${short(id)})`;
    this.#note(`${forTerminal(at)}: ${endSummary(standings)}${this.#took()}`);
  }

  chosen(cases: readonly string[], not: ReadonlyMap<string, string>): void {
    const few = this.#world.cases.length <= 10;
    for (const [id, why] of not) if (few) this.#note(`${id} is left out: ${forTerminal(why)}`);
    if (!few)
      this.#note(`${plural(cases.length, 'case')} of ${this.#world.cases.length} can be bisected.`);
  }

  begins(caseId: string, stepsLeft: number): void {
    if (stepsLeft > 0) this.#note(`${caseId}, about ${plural(stepsLeft, 'step')}:`);
    this.#begin(stepsLeft);
  }

  async step({ id, side, source, stepsLeft }: Parameters<Teller['step']>[0]): Promise<void> {
    const { first } = this.#world.options;
    const word = sideWord(side, termsOf[first]).padEnd(6);
    const how =
      source === 'run'
        ? this.#took()
        : source === 'kept'
          ? ' (known)'
          : ` (builds the same kernel as ${short(source.sameAs)})`;
    const { title } = await this.#describe(id);
    const columns = (process.stderr.columns ?? 100) - word.length - how.length - 4;
    this.#note(`  ${word} ${shorten(forTerminal(title), Math.max(40, columns))}${how}`);
    if (typeof side !== 'string') this.#note(`         ${forTerminal(side.undecided)}`);
    this.#begin(stepsLeft);
  }

  #begin(stepsLeft: number): void {
    this.#number++;
    const left = stepsLeft > 1 ? `, about ${stepsLeft - 1} more` : '';
    this.#world.progress.subject(`step ${this.#number}${left}`);
  }

  #took(): string {
    const now = performance.now();
    const took = now - this.#started;
    this.#started = now;
    const made = this.#builder?.takeMakeSeconds() ?? 0;
    if (took < 1000) return '';
    const make = made === 0 ? '' : `, of which make ${seconds(made * 1000)}`;
    return ` (${seconds(took)}${make})`;
  }

  #note(text: string): void {
    this.#world.progress.note(text);
  }
}

function tellKept(error: unknown, { signal, progress }: World, stateDir: string): void {
  if (signal.aborted || error instanceof HarnessError)
    progress.note(`What was judged is kept in ${stateDir}: the same command goes on from there.`);
}

async function print(
  found: readonly CaseBisection[],
  { options, progress }: World,
  describe: Describe,
  unit: string,
): Promise<void> {
  progress.end();
  const texts = new Map<string, string>();
  for (const { outcome } of found)
    for (const id of outcome.kind === 'undecided' ? outcome.commits : [outcome.commit]) {
      const { title, more } = await describe(id);
      texts.set(id, [title, ...more.split('\n').filter(Boolean)].map(forTerminal).join('\n'));
    }
  const style = createStyle(wantsColour(process.stdout, process.env));
  const width = process.stdout.columns ?? 100;
  process.stdout.write(
    renderBisections(found, {
      ...{ width, style, first: options.first, unit },
      describe: (id) => texts.get(id) ?? id,
    }),
  );
}
