import type { Readable } from 'node:stream';
import { Duplex } from 'node:stream';
import { NoProgress } from './boot-attempts.ts';
import { bootDirectory } from './boot-directory.ts';
import { type BootLimits, type BootOutcome, watchBoot } from './boot-watch.ts';
import { type Child, type ChildEnd, describeEnd, startChild } from './child.ts';
import { agentChannel, runningGuest } from './guest.ts';
import { initComplaint } from './init-complaint.ts';
import { BootError, type BootOptions, type Guest, type GuestEnd } from './machine.ts';
import { findPanic } from './panic.ts';
import { Tail } from './tail.ts';
import { type UmlCommand, umlArguments, umlFd } from './uml-command.ts';
import { diagnoseUml } from './uml-diagnose.ts';

export interface UmlBoot {
  /** Path of the kernel: an executable of the host. */
  image: string;
  command: Omit<UmlCommand, 'directory'>;
  /** How errors name the kernel. */
  what: string;
  cpu: number | undefined;
  limits: BootLimits;
  retries: readonly string[];
  onConsole?: BootOptions['onConsole'];
  signal: AbortSignal;
}

/**
 * One boot, from starting the kernel to the agent's first line. Throws BootError when the kernel or
 * what we put into the guest is at fault, NoProgress when another boot may do better. Leaves nothing
 * behind when it throws.
 */
export async function bootUml(boot: UmlBoot): Promise<Guest> {
  const startedAt = performance.now();
  const directory = await bootDirectory();
  const { child, console, channel } = start(boot, directory.path);
  try {
    const outcome = await watchBoot({
      firstLine: channel.firstLine,
      gone: child.ended.then(() => null),
      console,
      limits: boot.limits,
      signal: boot.signal,
    });
    if (outcome.how !== 'up') throw await failure(boot, console.text(), outcome, child);
  } catch (error) {
    child.kill();
    await child.ended;
    await directory.remove();
    throw error;
  }
  return runningGuest({
    child,
    channel,
    console,
    report: {
      machine: 'uml',
      acceleration: 'native',
      retries: boot.retries,
      bootMs: performance.now() - startedAt,
    },
    describeEnd: async () => endOf(console.text(), await child.ended),
    diagnose: () => diagnoseUml(child.process.pid, directory.path, console),
    cleanUp: () => directory.remove(),
    signal: boot.signal,
  });
}

function start(boot: UmlBoot, directory: string) {
  const child = startChild(boot.image, umlArguments({ ...boot.command, directory }), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    // Nothing of the caller's: without a TMPDIR the guest's memory is in /dev/shm. And one short
    // variable that is not PATH: UML moves PATH, takes the address of the highest of the others for
    // the end of its stack, and cannot start a process where it guesses too low.
    env: { LC_ALL: 'C' },
    ...(boot.cpu === undefined ? {} : { cpu: boot.cpu }),
  });
  const console = new Tail(undefined, boot.onConsole);
  // The early words come on 2, the rest on 1.
  for (const stream of [child.process.stdout, child.process.stderr] as Readable[]) {
    stream.on('data', (chunk: Buffer) => console.push(chunk));
  }
  const channel = agentChannel(socketOf(child, umlFd.toHost), socketOf(child, umlFd.fromHost));
  return { child, console, channel };
}

function socketOf(child: Child, fd: number): Duplex {
  const stream = child.process.stdio[fd];
  if (stream instanceof Duplex) return stream;
  throw new Error(`fd ${fd} of the child is no socket`);
}

async function failure(
  boot: UmlBoot,
  console: string,
  outcome: Exclude<BootOutcome, { how: 'up' }>,
  child: Child,
): Promise<Error> {
  const bootError = (title: string, kernelPanicked = false) =>
    new BootError(title, { console, attempts: [...boot.retries, title], kernelPanicked });
  const complaint = initComplaint(console);
  if (complaint !== null) {
    return bootError(`${boot.what} booted, but its init could not go on: ${complaint}.`);
  }
  if (outcome.how === 'panic') {
    const { line, ours } = outcome.panic;
    return bootError(`${boot.what} panicked while it booted: ${line}.`, !ours);
  }
  if (outcome.how !== 'gone') return new NoProgress(outcome.reason, console);
  const end = describeEnd(await child.ended);
  const words = console.trim().split('\n').at(-1)?.trim() ?? '';
  return bootError(`${boot.what} does not run as UML: it ${end}${words && `: ${words}`}.`);
}

function endOf(console: string, end: ChildEnd): GuestEnd {
  const panic = findPanic(console);
  if (panic) return { how: panic.ours ? 'machine-error' : 'panic', detail: panic.line };
  const complaint = initComplaint(console);
  if (complaint !== null) return { how: 'exit', detail: complaint };
  if (end.status === 0) return { how: 'exit', detail: 'the guest ended by itself' };
  return { how: 'machine-error', detail: `the UML kernel ${describeEnd(end)}` };
}
