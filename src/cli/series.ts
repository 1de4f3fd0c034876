import { Command, Option } from 'commander';
import { allCases } from '../../suites/index.ts';
import { Examiner } from '../bisect/examiner.ts';
import { Repository, short } from '../bisect/repository.ts';
import { treeStateDir } from '../bisect/state-dir.ts';
import { StepStore } from '../bisect/step-store.ts';
import { TwinFinder } from '../bisect/twin.ts';
import type { Case } from '../case/case.ts';
import { HarnessError, UsageError } from '../error.ts';
import type { TreeSpec } from '../kernel/tree-spec.ts';
import type { Acceleration, MachineName } from '../machine/machine.ts';
import { forTerminal } from '../report/escape.ts';
import { plural, shorten } from '../report/layout.ts';
import { wantsColour } from '../report/style.ts';
import { tryWriting, writeWhole } from '../report/write-file.ts';
import { applyPatches } from '../series/apply.ts';
import { toJson } from '../series/json.ts';
import {
  judgeSeries,
  type Lane,
  type PatchReport,
  type SeriesCommit,
  seriesStatus,
} from '../series/judge.ts';
import { renderMarkdown } from '../series/markdown.ts';
import { readMbox } from '../series/mbox.ts';
import { patchesOf } from '../series/patches.ts';
import { laneWords, statusWordsOf } from '../series/summary.ts';
import { renderTerminal } from '../series/terminal.ts';
import { CommitBuilder } from './commit-builder.ts';
import { interruptSignal } from './interrupt.ts';
import { judgeId } from './judge-id.ts';
import { kernelRunner } from './kernel-runner.ts';
import { addBuildOptions, caseOption } from './machine-options.ts';
import { selectCases } from './select-cases.ts';
import { type StepProgress, stepProgress } from './step-progress.ts';
import { tool, toolVersion } from './tool.ts';
import { treeOption } from './tree-option.ts';

interface SeriesOptions {
  tree: string;
  base?: string;
  mbox?: string;
  withAndWithout?: boolean;
  firstParent?: boolean;
  fresh?: boolean;
  case: string[];
  format: 'terminal' | 'markdown';
  output?: string;
  json?: string;
  junit?: string;
  jobs?: number;
  machine?: MachineName;
  accel: Acceleration;
  caseTimeout?: number;
}

/** `xfrm-conform series` */
export function seriesCommand(): Command {
  const command = new Command('series')
    .description(
      'Build and run each patch of a series, and show what it changes against the one before.',
    )
    .argument(
      '[range-or-case...]',
      'BASE..TIP of the tree, unless --mbox; then cases (default: all)',
    )
    .requiredOption('--tree <dir>', 'a kernel git tree, maybe with +VARIANT')
    .option('--base <rev>', 'what the patches of --mbox are applied to')
    .option(
      '--mbox <file>',
      'a thread as a mailing-list archive gives it, or format-patch --stdout',
    )
    .option('--with-and-without', 'each patch with CONFIG_XFRM_MIGRATE and without')
    .option('--first-parent', 'of a range with merges, only the first parents')
    .option('--fresh', 'judge again what earlier runs have judged')
    .addOption(caseOption())
    .addOption(
      new Option('-f, --format <name>', 'how to show it; markdown is fit for a reply on the list')
        .choices(['terminal', 'markdown'] satisfies SeriesOptions['format'][])
        .default('terminal'),
    )
    .option('-o, --output <file>', 'write it here, not to standard output')
    .option('--json <file>', 'also write everything as JSON here')
    .option('--junit <file>', 'also write JUnit XML here, a suite a patch')
    .addHelpText(
      'after',
      `
Exit status: 0 no patch breaks anything; 1 one does not build or boot, or a case starts to fail;
2 the call was wrong, or a patch does not apply; 3 the harness or the machine broke; 130 interrupted.
What was judged is kept: the same command goes on from there.`,
    )
    .action(series);
  return addBuildOptions(command);
}

async function series(positional: string[], options: SeriesOptions): Promise<void> {
  const { output, json, junit } = options;
  const range = options.mbox === undefined ? positional[0] : null;
  const patterns = range === null ? positional : positional.slice(1);
  const cases = selectCases(allCases, [...patterns, ...options.case]);
  for (const file of [output, json, junit]) if (file !== undefined) await tryWriting(file);
  const signal = interruptSignal();
  const progress = stepProgress(process.stderr);
  const spec = await treeOption(options.tree);
  const tree = spec.path;
  const world: World = { spec, cases, options, signal, progress };
  const repository = await Repository.open(tree, signal);
  const commits = await commitsOf(repository, range, world);
  try {
    if (await repository.isDirty())
      progress.note(`The changes in ${tree} that are not committed are not looked at.`);
    const lanes = await lanesOf(repository, world);
    const [base, ...patches] = commits.list;
    progress.subject('the base');
    const report = await judgeSeries(base!, patches, lanes, (each, total) =>
      tellPatch(each, total, progress),
    );
    progress.end();
    const text = render(report, options);
    if (output === undefined) process.stdout.write(text);
    else await writeWhole(output, text);
    if (json !== undefined) await writeWhole(json, toJson(report, tool()));
    if (junit !== undefined) {
      // Takes a while to load, also for those who want none.
      const { toJunit } = await import('../series/junit.ts');
      await writeWhole(junit, toJunit(report));
    }
    process.exitCode = seriesStatus(report);
  } catch (error) {
    if (signal.aborted || error instanceof HarnessError)
      progress.note('What was judged is kept: the same command goes on from there.');
    throw error;
  } finally {
    progress.end();
    await commits.close();
  }
}

interface World {
  spec: TreeSpec;
  cases: readonly Case[];
  options: SeriesOptions;
  signal: AbortSignal;
  progress: StepProgress;
}

function render(
  report: Parameters<typeof renderTerminal>[0],
  { format, output }: SeriesOptions,
): string {
  if (format === 'markdown')
    return renderMarkdown(report, { tool: `xfrm-conform ${toolVersion()}` });
  const colour = output === undefined && wantsColour(process.stdout, process.env);
  return renderTerminal(report, { width: process.stdout.columns ?? 100, colour });
}

interface Commits {
  /** The base first. */
  list: SeriesCommit[];
  close: () => Promise<void>;
}

async function commitsOf(
  repository: Repository,
  range: string | null | undefined,
  world: World,
): Promise<Commits> {
  if (range === null) return mboxCommits(repository, world);
  const [, from = '', to = ''] = /^(.+?)\.\.([^.].*)?$/.exec(range ?? '') ?? [];
  if (from === '')
    throw new UsageError('Name the series: BASE..TIP, e.g. v7.2..HEAD, or --base REV --mbox FILE.');
  if (world.options.base !== undefined)
    throw new UsageError('--base goes with --mbox: a range BASE..TIP names its own base.');
  return rangeCommits(
    repository,
    from,
    to === '' ? 'HEAD' : to,
    world.options.firstParent === true,
  );
}

async function rangeCommits(
  repository: Repository,
  from: string,
  to: string,
  firstParent: boolean,
): Promise<Commits> {
  const [base, tip] = [await repository.kernelCommit(from), await repository.kernelCommit(to)];
  const options = firstParent ? ['--first-parent'] : [];
  const commits = await repository.range(base, tip, options);
  if (commits.length === 0)
    throw new UsageError(`${from}..${to} is empty: the base comes first, then the tip`);
  if (!(await repository.isAncestor(base, tip)))
    throw new UsageError(
      `${from} is no ancestor of ${to}: name the commit that the series was made on (git merge-base ${from} ${to})`,
    );
  const merges = await repository.range(base, tip, ['--merges', ...options]);
  if (merges.length > 0 && !firstParent)
    throw new UsageError(
      `${from}..${to} has ${plural(merges.length, 'merge')} and is no series, in which each patch has one before it: name a range without merges, or add --first-parent`,
    );
  return { list: await described(repository, [base, ...commits]), close: async () => {} };
}

async function mboxCommits(repository: Repository, world: World): Promise<Commits> {
  const { options, signal, progress } = world;
  const { base: baseName, mbox } = options;
  if (baseName === undefined)
    throw new UsageError('--mbox needs --base REV: the commit that the patches are applied to.');
  const base = await repository.kernelCommit(baseName);
  const { patches, notes } = patchesOf(await readMbox(mbox!, signal), mbox!);
  for (const note of notes) progress.note(forTerminal(note));
  progress.phase('applying the patches');
  const applied = await applyPatches(repository.path, base, baseName, patches, signal);
  return { list: await described(repository, [base, ...applied.commits]), close: applied.close };
}

async function described(
  repository: Repository,
  commits: readonly string[],
): Promise<SeriesCommit[]> {
  const list: SeriesCommit[] = [];
  for (const [number, commit] of commits.entries()) {
    const { subject } = await repository.info(commit);
    list.push({ number, commit, subject });
  }
  return list;
}

async function lanesOf(repository: Repository, world: World): Promise<Lane[]> {
  const { spec, options } = world;
  if (!options.withAndWithout) return [await laneOf('', spec, repository, world)];
  if (spec.variants.some((each) => each.endsWith('migrate')))
    throw new UsageError('--tree names a variant, and --with-and-without both: leave it out.');
  const without = { ...spec, variants: [...spec.variants, 'no-migrate'] };
  return [
    await laneOf('with XFRM_MIGRATE', spec, repository, world),
    await laneOf('without XFRM_MIGRATE', without, repository, world),
  ];
}

async function laneOf(
  name: string,
  spec: TreeSpec,
  repository: Repository,
  { cases, options, signal, progress }: World,
): Promise<Lane> {
  const store = new StepStore(
    treeStateDir(spec.path, [spec.arch, ...spec.variants]),
    await judgeId(),
  );
  if (options.fresh) await store.clear();
  const builder = new CommitBuilder(spec, options, signal, progress);
  const twins = new TwinFinder(repository, spec.arch);
  const run = kernelRunner(options, { signal, onProgress: (phrase) => progress.phase(phrase) });
  const examiner = new Examiner({
    ...{ store, cases, runs: 1, signal, run },
    obtain: (id) => builder.obtain(id),
    twinOf: (id, judged) => twins.twinOf(id, judged),
  });
  return { name, examiner };
}

function tellPatch(report: PatchReport, total: number, progress: StepProgress): void {
  const { number, commit, subject, lanes } = report;
  const name = number === 0 ? 'base' : `${number}/${total}`;
  const words = lanes.map((lane) =>
    [lane.name, number === 0 ? statusWordsOf(lane) : laneWords(lane).join(', ')]
      .filter(Boolean)
      .join(': '),
  );
  progress.note(
    `${name} ${short(commit)} ${shorten(forTerminal(subject), 60)}: ${words.join('; ')}`,
  );
  progress.subject(`patch ${number + 1}/${total}`);
}
