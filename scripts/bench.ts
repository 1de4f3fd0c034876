/**
 * Times what users wait for, as ratios to the bare boot of the same kernel on the same machine in
 * the same run: a kernel with an initrd that powers off at once, started as anybody would.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Case } from '../src/case/case.ts';
import { interruptSignal } from '../src/cli/interrupt.ts';
import { machineFor } from '../src/cli/machines.ts';
import { projectDir } from '../src/cli/tool.ts';
import { defaultCacheDir } from '../src/kernel/cache.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { resolveKernels } from '../src/kernel/resolve.ts';
import { runAll } from '../src/run/run-all.ts';
import { deviations } from '../suites/deviations.ts';
import { allCases } from '../suites/index.ts';
import { modules } from '../suites/modules.ts';
import { bareInitrd } from './bare-initrd.ts';

const usage = `usage: scripts/bench [ROUNDS [KERNEL [KERNEL [TREE]]]]
Times the bare boot of KERNEL (default debian:7.3.4), our boot to the first case, a whole run on one
guest and on one a core, its control plane alone, KERNEL beside the second one (default debian:7.1.13),
and a run of TREE (default source:7.3.4) on UML from its spec on: medians of ROUNDS (default 3), as ratios.
The first time the tree is built, which takes minutes.`;

interface Timed {
  /** Milliseconds from the start of the machine to the first case. */
  toFirstCase: number;
  /** Milliseconds from the first case to the last verdict. */
  cases: number;
  count: number;
  /** Milliseconds of everything: preparing, booting, running, stopping. */
  whole: number;
}

interface Sample {
  bare: number;
  /** Each kernel alone with one guest, both side by side, the first with a guest a core. */
  single: Timed;
  other: Timed;
  both: Timed;
  spread: Timed;
  /** Those that send no packets, with a guest a core. */
  control: Timed;
  /** Milliseconds from the spec of an unchanged tree to all verdicts. */
  tree: number;
}

/** Cases that send no packets. */
const controlPlane = allCases.filter(
  ({ id }) => !/\/(traffic|end-to-end|nat|in-flight)\//.test(id),
);

const signal = interruptSignal();
const cores = availableParallelism();

async function bareBoot(kernel: Kernel, initrd: string): Promise<number> {
  const started = performance.now();
  const machine = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '512'];
  const devices = ['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'null'];
  const boot = ['-kernel', kernel.image!, '-initrd', initrd, '-append', 'console=ttyS0 panic=-1'];
  await execa('qemu-system-x86_64', [...machine, ...devices, ...boot], {
    timeout: 120_000,
    cancelSignal: signal,
  });

  return performance.now() - started;
}

async function timedRun(
  kernels: readonly Kernel[],
  jobs: number,
  cases: readonly Case[] = allCases,
): Promise<Timed> {
  const started = performance.now();
  let booting = 0;
  let running = 0;
  let count = 0;
  const progress = {
    phase(phrase: string) {
      // The first ones: a kernel that crashes is booted again.
      if (phrase === 'booting') booting ||= performance.now();
      if (phrase === 'running') running ||= performance.now();
    },
    judged: () => {},
  };
  const results = await runAll(
    kernels.map((kernel) => ({
      kernel,
      machine: machineFor(kernel, undefined),
      cases,
      deviations,
      payload: { agent: `${projectDir}dist/agent.cjs`, modules },
      acceleration: 'tcg' as const,
      silenceMs: null,
      signal,
      progress,
    })),
    jobs,
  );
  const ended = performance.now();
  signal.throwIfAborted();
  for (const { problem, cases } of results) {
    if (problem) throw new Error(problem.message);
    count += cases.filter(({ record }) => record !== null).length;
  }
  return { toFirstCase: running - booting, cases: ended - running, count, whole: ended - started };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function resolveOne(spec: string): Promise<Kernel> {
  const [kernel] = await resolveKernels(spec, { cacheDir: defaultCacheDir(), signal });
  return kernel!;
}

async function timedTree(spec: string): Promise<number> {
  const started = performance.now();
  await timedRun([await resolveOne(spec)], cores);
  return performance.now() - started;
}

async function main(): Promise<void> {
  const [rounds = '3', first = 'debian:7.3.4', second = 'debian:7.1.13', tree = 'source:7.3.4'] =
    process.argv.slice(2);
  if (!/^[1-9]\d*$/.test(rounds)) {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const [one, two] = await Promise.all([resolveOne(first), resolveOne(second)]);
  const directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-bench-'));
  try {
    const initrd = join(directory, 'initrd');
    await writeFile(initrd, bareInitrd());
    // Once uncounted: images are made, files come into the page cache.
    await bareBoot(one, initrd);
    await timedRun([one, two], cores);
    await timedTree(tree);
    const samples: Sample[] = [];
    for (let round = 1; round <= Number(rounds); round++) {
      process.stderr.write(`round ${round} of ${rounds} …\n`);
      samples.push({
        bare: await bareBoot(one, initrd),
        single: await timedRun([one], 1),
        other: await timedRun([two], 1),
        both: await timedRun([one, two], cores),
        spread: await timedRun([one], cores),
        control: await timedRun([one], cores, controlPlane),
        tree: await timedTree(tree),
      });
    }
    report({ one: one.spec, two: two.spec, tree }, samples);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function report(
  { one, two, tree }: { one: string; two: string; tree: string },
  samples: readonly Sample[],
): void {
  const bare = median(samples.map((sample) => sample.bare));
  const of = (pick: (sample: (typeof samples)[number]) => number) => ({
    seconds: median(samples.map(pick)) / 1000,
    ratio: median(samples.map((sample) => pick(sample) / sample.bare)),
  });
  const line = (what: string, { seconds, ratio }: { seconds: number; ratio: number }) =>
    `${what.padEnd(46)} ${seconds.toFixed(2).padStart(7)} s  ${ratio.toFixed(2).padStart(6)} x bare\n`;
  const count = samples[0]!.single.count;
  const rate = median(samples.map(({ single }) => single.count / (single.cases / 1000)));
  const side = median(
    samples.map(({ single, other, both }) => both.whole / Math.max(single.whole, other.whole)),
  );
  process.stdout.write(
    [
      `${one}, TCG, median of ${samples.length}\n`,
      line('bare boot: bzImage, initrd that powers off', { seconds: bare / 1000, ratio: 1 }),
      line(
        'our boot to the first case',
        of(({ single }) => single.toFirstCase),
      ),
      line(
        `all ${count} cases`,
        of(({ single }) => single.cases),
      ),
      line(
        'whole run, one guest',
        of(({ single }) => single.whole),
      ),
      line(
        `whole run, ${cores} guests`,
        of(({ spread }) => spread.whole),
      ),
      line(
        `control plane alone, ${cores} guests`,
        of(({ control }) => control.whole),
      ),
      line(
        `${tree} on UML, spec to verdicts`,
        of((sample) => sample.tree),
      ),
      `${'cases a second'.padEnd(46)} ${rate.toFixed(1).padStart(7)}\n`,
      `${`${one} and ${two} side by side`.padEnd(46)} ${side.toFixed(2).padStart(7)} x the slower alone\n`,
    ].join(''),
  );
}

await main().catch((error: unknown) => {
  if (!signal.aborted) throw error;
  process.stderr.write('bench: interrupted\n');
  process.exitCode = 130;
});
