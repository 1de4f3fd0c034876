import { execa } from 'execa';
import { HarnessError } from '../../error.ts';
import { diskError } from '../disk-error.ts';
import { type BuildFailure, firstBuildError, isObjectStep } from './compile-error.ts';

export interface MakeOptions {
  /** Root of the kernel source, never written to. */
  tree: string;
  /** Build directory, as O=. */
  output: string;
  arch: 'um' | 'x86';
  targets: readonly string[];
  /** Further "NAME=value" arguments. */
  variables?: readonly string[];
  jobs: number;
  signal: AbortSignal;
  /** Told the number of object files made so far. */
  onObjects?: (objects: number) => void;
}

/** make went wrong: the sentence names the first error, the excerpt shows it. */
export class BuildError extends HarnessError {
  override readonly name = 'BuildError';
  readonly failure: BuildFailure;

  constructor(what: string, failure: BuildFailure) {
    const startsWithTitle = failure.excerpt.startsWith(failure.title);
    const text = startsWithTitle ? failure.excerpt : `${failure.title}\n${failure.excerpt}`;
    super(`${what} failed: ${text}`);
    this.failure = failure;
  }
}

/** How long make has to finish what it does after it was told to stop. */
const graceMs = 5_000;

/**
 * Runs the tree's make. Ends the whole process group when the signal aborts: make removes the target
 * it was at, so that the next call goes on from there. Throws BuildError, or what the signal says.
 *
 * Returns the number of object files that were made.
 */
export async function runMake(options: MakeOptions): Promise<number> {
  options.signal.throwIfAborted();
  let objects = 0;
  const output: string[] = [];
  // In a process group of its own, so that one signal reaches make, its shells and the compilers;
  // and with a parent-death signal, so that nothing compiles on when this process is killed.
  const child = execa('setpriv', ['--pdeathsig', 'TERM', 'make', ...makeArguments(options)], {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    all: true,
    stdin: 'ignore',
    env: { LC_ALL: 'C', ...buildIdentity, ...ccacheSettings },
  });
  const stop = stopper(child.pid);
  options.signal.addEventListener('abort', stop.begin, { once: true });
  try {
    for await (const line of child.iterable({ from: 'all' })) {
      output.push(line);
      if (isObjectStep(line)) options.onObjects?.(++objects);
    }
    const result = await child;
    options.signal.throwIfAborted();
    if (result.failed) {
      throwIfHostFailed(output, options.output);
      throw new BuildError(`make ${options.targets.join(' ')}`, firstBuildError(output));
    }
    return objects;
  } finally {
    options.signal.removeEventListener('abort', stop.begin);
    stop.done();
  }
}

/** A full disk, or a compiler that the host killed, says nothing about the source. */
function throwIfHostFailed(output: readonly string[], directory: string): void {
  const full = output.find((line) => /No space left on device|Disk quota exceeded/.test(line));
  if (full !== undefined) throw diskError(new Error(full), directory);
  const killed = output.find((line) => /Killed signal terminated program/.test(line));
  if (killed !== undefined)
    throw new HarnessError(
      `the compiler was killed, most likely because memory ran out: end what else uses it, and build again (${killed.trim()})`,
    );
}

/** Keeps the builder's names and clock out of the kernel: two builds of one source are alike. */
const buildIdentity = {
  KBUILD_BUILD_USER: 'xfrm-conform',
  KBUILD_BUILD_HOST: 'xfrm-conform',
};

/**
 * ccache hands to the compiler what it has preprocessed already, in order to look it up: a build from
 * nothing is faster by a sixth.
 */
const ccacheSettings = { CCACHE_NOCPP2: '1' };

function makeArguments(options: MakeOptions): string[] {
  return [
    '-C',
    options.tree,
    `O=${options.output}`,
    `ARCH=${options.arch}`,
    // An empty LOCALVERSION keeps kbuild from asking git for a suffix.
    'LOCALVERSION=',
    ...(options.variables ?? []),
    `-j${options.jobs}`,
    // Each object's messages stay together.
    '--output-sync=target',
    ...options.targets,
  ];
}

function stopper(pid: number | undefined): { begin: () => void; done: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const kill = (signal: NodeJS.Signals) => {
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone.
    }
  };
  return {
    begin: () => {
      kill('SIGTERM');
      timer = setTimeout(kill, graceMs, 'SIGKILL');
    },
    done: () => clearTimeout(timer),
  };
}
