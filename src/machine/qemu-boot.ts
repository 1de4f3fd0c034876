import { Duplex, type Readable } from 'node:stream';
import { NoProgress } from './boot-attempts.ts';
import { type BootLimits, type BootOutcome, watchBoot } from './boot-watch.ts';
import { type Child, describeEnd, startChild } from './child.ts';
import { agentChannel, runningGuest } from './guest.ts';
import { initComplaint } from './init-complaint.ts';
import { BootError, type BootOptions, type Guest, type GuestEnd } from './machine.ts';
import { findPanic } from './panic.ts';
import { type QemuCommand, qemuArguments, qemuFd } from './qemu-command.ts';
import { diagnoseQemu } from './qemu-diagnose.ts';
import { type Qmp, type QmpEvent, qmpOn } from './qmp.ts';
import { Tail } from './tail.ts';

export interface QemuBoot {
  /** Path of qemu-system-x86_64. */
  qemu: string;
  command: QemuCommand;
  /** How errors name the kernel. */
  what: string;
  limits: BootLimits;
  retries: readonly string[];
  /** The one that its threads may run on. They wait for each other where the CPU is emulated. */
  cpu?: number | undefined;
  onConsole?: BootOptions['onConsole'];
  signal: AbortSignal;
}

/** QEMU or KVM gave up, which the kernel has no part in. */
export class MachineStopped extends BootError {}

/**
 * One boot, from starting QEMU to the agent's first line. Throws BootError when the kernel or what
 * we put into the guest is at fault, NoProgress when another boot may do better. Leaves nothing
 * behind when it throws.
 */
export async function bootQemu(boot: QemuBoot): Promise<Guest> {
  const startedAt = performance.now();
  const running = start(boot);
  const { child, console, channel, signal } = { ...running, signal: boot.signal };
  try {
    const outcome = await watchBoot({
      firstLine: channel.firstLine,
      gone: Promise.race([running.fault, child.ended.then(() => null)]),
      console,
      limits: boot.limits,
      signal,
    });
    if (outcome.how !== 'up') throw await failure(boot, running, outcome);
  } catch (error) {
    child.kill();
    await child.ended;
    throw error;
  }
  return runningGuest({
    child,
    channel,
    console,
    report: {
      machine: 'qemu',
      acceleration: boot.command.accelerator,
      retries: boot.retries,
      bootMs: performance.now() - startedAt,
    },
    describeEnd: async () => endOf(running, describeEnd(await child.ended)),
    diagnose: () => diagnoseQemu(running),
    signal,
  });
}

/** A QEMU and the conversations with it. */
export interface RunningQemu {
  child: Child;
  console: Tail;
  /** Towards the guest's serial port. */
  keyboard: NodeJS.WritableStream;
  channel: ReturnType<typeof agentChannel>;
  qmp: Qmp;
  /** Settles with a sentence when QEMU stopped the guest by itself. */
  fault: Promise<string>;
  faultSeen: () => string | null;
  /** Why the guest shut down, as QEMU tells it: "guest-reset", "guest-shutdown", … */
  shutdownReason: () => string | null;
}

function start(boot: QemuBoot): RunningQemu {
  const child = startChild(boot.qemu, qemuArguments(boot.command), {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    ...(boot.cpu === undefined ? {} : { cpu: boot.cpu }),
  });
  const console = new Tail(undefined, boot.onConsole);
  (child.process.stdout as Readable).on('data', (chunk: Buffer) => console.push(chunk));
  const events = socketOf(child, qemuFd.events);
  let fault: string | null = null;
  let shutdownReason: string | null = null;
  let reportFault: (sentence: string) => void = () => {};
  const faultPromise = new Promise<string>((resolve) => {
    reportFault = resolve;
  });
  const onEvent = async ({ name, data }: QmpEvent) => {
    if (name === 'SHUTDOWN') shutdownReason = String(data.reason);
    // A guest that pauses by itself stays so for ever: nobody here has asked for it.
    if (name !== 'STOP' || shutdownReason !== null) return;
    const status = await statusOf(qmp);
    fault = `QEMU stopped the guest (${status}): ${child.stderr.text(300).trim().split('\n')[0] ?? ''}`;
    reportFault(fault);
    child.kill();
  };
  const qmp = qmpOn(socketOf(child, qemuFd.monitor), (event) => void onEvent(event));
  return {
    child,
    console,
    keyboard: child.process.stdin!,
    channel: agentChannel(events, events),
    qmp,
    fault: faultPromise,
    faultSeen: () => fault,
    shutdownReason: () => shutdownReason,
  };
}

async function statusOf(qmp: Qmp): Promise<string> {
  const answer = await qmp.execute('query-status').catch(() => null);
  const status = (answer as { status?: unknown } | null)?.status;
  return typeof status === 'string' ? status : 'no answer';
}

function socketOf(child: Child, fd: number): Duplex {
  const stream = child.process.stdio[fd];
  if (stream instanceof Duplex) return stream;
  throw new Error(`fd ${fd} of the child is no socket`);
}

async function failure(
  boot: QemuBoot,
  running: RunningQemu,
  outcome: Exclude<BootOutcome, { how: 'up' }>,
): Promise<Error> {
  const console = running.console.text();
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
  if (outcome.reason !== null) return machineStopped(boot, outcome.reason, console);
  return exitFailure(boot, running, bootError);
}

function machineStopped(boot: QemuBoot, title: string, console: string): MachineStopped {
  const attempts = [...boot.retries, title];
  return new MachineStopped(title, { console, attempts, kernelPanicked: false });
}

async function exitFailure(
  boot: QemuBoot,
  { child, console, shutdownReason }: RunningQemu,
  bootError: (title: string) => BootError,
): Promise<Error> {
  const end = await child.ended;
  if (end.status === 0) {
    const why = shutdownReason() ?? 'no reason given';
    // Nothing said and reset: the way in which a triple fault in early boot shows.
    return console.total === 0
      ? new NoProgress(`the guest ended before its first output (${why})`, '')
      : bootError(`${boot.what} ended before its agent started (${why}).`);
  }
  const words = child.stderr.text(2000).trim().split('\n').at(-1) ?? '';
  const title = `QEMU cannot run ${boot.what}: it ${describeEnd(end)}${words && `: ${words}`}`;
  return machineStopped(boot, title, console.text());
}

function endOf(running: RunningQemu, processEnd: string): GuestEnd {
  const console = running.console.text();
  const panic = findPanic(console);
  if (panic) return { how: panic.ours ? 'machine-error' : 'panic', detail: panic.line };
  const fault = running.faultSeen();
  if (fault !== null) return { how: 'machine-error', detail: fault };
  const complaint = initComplaint(console);
  if (complaint !== null) return { how: 'exit', detail: complaint };
  const reason = running.shutdownReason();
  if (reason !== null) return { how: 'exit', detail: `the guest ended by itself (${reason})` };
  return { how: 'machine-error', detail: `qemu-system-x86_64 ${processEnd}` };
}
