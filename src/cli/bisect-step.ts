import { Command, Option } from 'commander';
import { allCases } from '../../suites/index.ts';
import { Examiner } from '../bisect/examiner.ts';
import { oneStep } from '../bisect/one-step.ts';
import { Repository, short } from '../bisect/repository.ts';
import type { First, Side } from '../bisect/side.ts';
import { describeStanding, type Standing, standingOfRuns, unknown } from '../bisect/standing.ts';
import { treeStateDir } from '../bisect/state-dir.ts';
import { resultsOf, type Step } from '../bisect/step.ts';
import { StepStore } from '../bisect/step-store.ts';
import type { Case } from '../case/case.ts';
import { HarnessError, UsageError } from '../error.ts';
import { gitCommit, runGit } from '../kernel/build/git.ts';
import type { TreeSpec } from '../kernel/tree-spec.ts';
import type { Acceleration, MachineName } from '../machine/machine.ts';
import { forTerminal } from '../report/escape.ts';
import { CommitBuilder } from './commit-builder.ts';
import { interruptSignal } from './interrupt.ts';
import { judgeId } from './judge-id.ts';
import { kernelRunner } from './kernel-runner.ts';
import { addBuildOptions, caseOption, positive } from './machine-options.ts';
import { selectCases } from './select-cases.ts';
import { stepProgress } from './step-progress.ts';
import { treeOption } from './tree-option.ts';

interface StepOptions {
  tree: string;
  first: First;
  anyFailure?: boolean;
  runs: number;
  case: string[];
  jobs?: number;
  machine?: MachineName;
  accel: Acceleration;
}

/** Such that no other way for the program to end looks like a word on a commit. */
const statuses = { old: 100, new: 101, undecided: 125 } as const;

/** `xfrm-conform bisect-step`, which scripts/bisect-step calls */
export function bisectStepCommand(): Command {
  const command = new Command('bisect-step')
    .description(
      'Judge the commit that is checked out: for git bisect run, by scripts/bisect-step.',
    )
    .argument('<case...>', 'cases to judge by: ids, their beginnings, or patterns with *')
    .option('--tree <dir>', 'the git tree, maybe with +VARIANT', '.')
    .addOption(
      new Option(
        '--first <what>',
        'what is bisected: where a case starts to fail, to pass, or to differ',
      )
        .choices(['fail', 'pass', 'change'] satisfies First[])
        .default('fail'),
    )
    .option('--any-failure', 'do not compare with how the end fails, and take any failure')
    .option('--runs <n>', 'runs of the kernel, which must agree', positive, 1)
    .addOption(caseOption('none'))
    .addHelpText(
      'after',
      `
scripts/bisect-step exits with what git bisect run wants: 0 good (old), 1 bad (new), 125 skip.
This command itself: 100 good (old), 101 bad (new), 125 skip, so that no error can look like a word.`,
    )
    .action(run);
  return addBuildOptions(command);
}

async function run(patterns: string[], options: StepOptions): Promise<void> {
  const cases = selectCases(allCases, [...patterns, ...options.case]);
  const signal = interruptSignal();
  const progress = stepProgress(process.stderr);
  try {
    const tree = await treeOption(options.tree);
    const judge = new StepJudge(tree, cases, options, signal, progress);
    const { id, side } = await judge.judge();
    progress.end();
    process.stdout.write(`${short(id)}: ${words(side, options.first)}\n`);
    process.exitCode = typeof side === 'string' ? statuses[side] : statuses.undecided;
  } finally {
    progress.end();
  }
}

function words(side: Side, first: First): string {
  if (typeof side !== 'string') return `skip: ${forTerminal(side.undecided)}`;
  if (first === 'fail') return side === 'old' ? 'good' : 'bad';
  if (first === 'pass') return side === 'old' ? 'old (fails)' : 'new (passes)';
  return side === 'old' ? 'old (unchanged)' : 'new (changed)';
}

class StepJudge {
  readonly #tree: TreeSpec;
  readonly #cases: readonly Case[];
  readonly #options: StepOptions;
  readonly #signal: AbortSignal;
  readonly #progress: ReturnType<typeof stepProgress>;

  constructor(
    tree: TreeSpec,
    cases: readonly Case[],
    options: StepOptions,
    signal: AbortSignal,
    progress: ReturnType<typeof stepProgress>,
  ) {
    this.#tree = tree;
    this.#cases = cases;
    this.#options = options;
    this.#signal = signal;
    this.#progress = progress;
  }

  async judge(): Promise<{ id: string; side: Side }> {
    const { first } = this.#options;
    const repository = await Repository.open(this.#tree.path, this.#signal);
    const unchecked = await gitCommit(this.#tree.path, 'BISECT_HEAD', this.#signal);
    const id = unchecked ?? (await repository.kernelCommit('HEAD'));
    // A fix that the user applies at each step is part of what is judged.
    const isPatched = unchecked === null && (await repository.isDirty());
    const reference = this.#options.anyFailure ? null : await this.#reference(isPatched);
    const step = await this.#examine(id, isPatched);
    if (step.problem !== null) {
      const { what, message } = step.problem;
      return { id, side: { undecided: `it does not ${what}: ${message}` } };
    }
    const standings = this.#standings(step);
    for (const [name, standing] of standings)
      this.#progress.note(`  ${name}: ${forTerminal(describeStanding(standing))}`);
    return { id, side: oneStep({ first, standings, reference }) };
  }

  /** How the cases stand at the end that shows what is looked for. */
  async #reference(isPatched: boolean): Promise<ReadonlyMap<string, Standing>> {
    const end = await this.#referenceEnd();
    this.#progress.subject(`the end, ${short(end)}`);
    const step = await this.#examine(end, false);
    this.#progress.subject('');
    if (step.problem !== null)
      throw new HarnessError(
        `The end ${short(end)} does not ${step.problem.what}${isPatched ? ' without the changes in the tree' : ''}, so that nothing is known of how it fails: take any failure (--any-failure).`,
      );
    return this.#standings(step);
  }

  /** The commit of the bad end; of a good (old) one when something starts to pass or to differ. */
  async #referenceEnd(): Promise<string> {
    const path = this.#tree.path;
    const option = this.#options.first === 'fail' ? '--term-bad' : '--term-good';
    const term = await runGit(path, ['bisect', 'terms', option], this.#signal).catch(() => '');
    const pattern = `refs/bisect/${term.trim()}${this.#options.first === 'fail' ? '' : '-*'}`;
    const args = ['for-each-ref', '--format=%(objectname)', '--sort=committerdate', pattern];
    const [end] = term === '' ? [] : (await runGit(path, args, this.#signal)).split('\n');
    if (end) return end;
    throw new UsageError(
      `No bisection is under way in ${path}, so that nothing is known of how its end fails: git bisect start, or take any failure (--any-failure).`,
    );
  }

  async #examine(id: string, isPatched: boolean): Promise<Step> {
    const { runs } = this.#options;
    const [progress, signal] = [this.#progress, this.#signal];
    const builder = new CommitBuilder(this.#tree, this.#options, signal, progress);
    const stateDir = treeStateDir(this.#tree.path, [this.#tree.arch, ...this.#tree.variants]);
    // A tree with changes has no name that it could be known by another time.
    const store = isPatched
      ? { read: async () => null, write: async () => {} }
      : new StepStore(stateDir, await judgeId());
    const onProgress = (phrase: string) => progress.phase(phrase);
    const run = kernelRunner(this.#options, { signal, onProgress });
    const obtain = (commit: string) =>
      isPatched ? builder.obtainWorkTree() : builder.obtain(commit);
    const options = { store, cases: this.#cases, runs, signal, obtain, run };
    return (await new Examiner(options).examine(id)).step;
  }

  #standings(step: Step): Map<string, Standing> {
    const observations = this.#options.first === 'change';
    return new Map(
      this.#cases.map(({ id }) => {
        const results = resultsOf(step, id);
        return [
          id,
          results.length === 0
            ? unknown('it did not run')
            : standingOfRuns(results, { observations }),
        ];
      }),
    );
  }
}
