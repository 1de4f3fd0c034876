import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NoProgress } from './boot-attempts.ts';
import { bootDirectory } from './boot-directory.ts';
import { type BootLimits, type BootOutcome, watchBoot } from './boot-watch.ts';
import { type Child, type ChildEnd, describeEnd, startChild } from './child.ts';
import { makeFifo } from './fifo.ts';
import { type AgentChannel, agentChannel, runningGuest } from './guest.ts';
import { initComplaint } from './init-complaint.ts';
import { BootError, type BootOptions, type Guest, type GuestEnd } from './machine.ts';
import { listenForOne } from './one-connection.ts';
import { findPanic } from './panic.ts';
import { instructionPointers } from './qemu-diagnose.ts';
import { type Qmp, qmpOn } from './qmp.ts';
import { Tail } from './tail.ts';
import { type VngCommand, vngArguments } from './vng-command.ts';

export interface VngBoot {
  /** Path of vng. */
  vng: string;
  command: Omit<VngCommand, 'eventSocket' | 'monitorSocket'>;
  /** How errors name the kernel. */
  what: string;
  limits: BootLimits;
  retries: readonly string[];
  onConsole?: BootOptions['onConsole'];
  signal: AbortSignal;
}

/** virtme-ng is Python, looks at the host for a while, and then starts QEMU. */
const startMs = 30_000;

/** virtme-ng's exit status when the guest handed none back: a panic, a hang, a lost console. */
const noStatus = 255;

/**
 * One boot, from starting vng to the agent's first line. Throws BootError when the kernel, virtme-ng
 * or what runs in the guest is at fault, NoProgress when another boot may do better. Leaves nothing
 * behind when it throws.
 */
export async function bootVng(boot: VngBoot): Promise<Guest> {
  const startedAt = performance.now();
  const directory = await bootDirectory();
  let child: Child | null = null;
  try {
    const running = await start(boot, directory.path);
    child = running.child;
    const { console, connect } = running;
    const { channel, qmp } = await connect;
    const outcome = await watchBoot({
      firstLine: channel.firstLine,
      gone: child.ended.then(() => null),
      console,
      limits: boot.limits,
      signal: boot.signal,
    });
    if (outcome.how !== 'up') throw await failure(boot, console.text(), outcome, child);
    const { ended } = child;
    return runningGuest({
      child,
      channel,
      console,
      report: {
        machine: 'vng',
        acceleration: boot.command.accelerator,
        retries: boot.retries,
        bootMs: performance.now() - startedAt,
      },
      describeEnd: async () => endOf(console.text(), await ended),
      diagnose: () => diagnose(qmp),
      cleanUp: () => directory.remove(),
      signal: boot.signal,
    });
  } catch (error) {
    child?.kill();
    await child?.ended;
    await directory.remove();
    throw error;
  }
}

async function start(boot: VngBoot, directory: string) {
  const [eventSocket, monitorSocket] = [join(directory, 'events'), join(directory, 'monitor')];
  const [events, monitor] = [await listenForOne(eventSocket), await listenForOne(monitorSocket)];
  const output = await makeFifo(join(directory, 'console'));
  const console = new Tail(undefined, boot.onConsole);
  output.reader.on('data', (chunk: Buffer) => console.push(chunk));
  const child = startChild(
    boot.vng,
    vngArguments({ ...boot.command, eventSocket, monitorSocket }),
    { stdio: ['ignore', output.writeFd, output.writeFd], cwd: directory },
  );
  output.closeWriteFd();
  void child.ended.then(() => output.reader.destroy());
  const connect = connected(boot, child, console, events.connected, monitor.connected).finally(
    () => {
      events.close();
      monitor.close();
    },
  );
  return { child, console, connect };
}

async function connected(
  boot: VngBoot,
  child: Child,
  console: Tail,
  events: Promise<Socket>,
  monitor: Promise<Socket>,
): Promise<{ channel: AgentChannel; qmp: Qmp }> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, boot.signal]);
  try {
    const outcome = await Promise.race([
      Promise.all([events, monitor]),
      child.ended.then(() => 'gone' as const),
      delay(startMs, 'late' as const, { signal }),
    ]);
    if (outcome === 'late') {
      throw new NoProgress(`virtme-ng did not start QEMU in ${startMs / 1000} s`, console.text());
    }
    if (outcome === 'gone') {
      throw await failure(boot, console.text(), { how: 'gone', reason: null }, child);
    }
    const [eventSocket, monitorSocket] = outcome;
    const qmp = qmpOn(monitorSocket, () => undefined);
    return { channel: agentChannel(eventSocket, eventSocket), qmp };
  } catch (error) {
    boot.signal.throwIfAborted();
    throw error;
  } finally {
    done.abort();
  }
}

async function failure(
  boot: VngBoot,
  console: string,
  outcome: Exclude<BootOutcome, { how: 'up' }>,
  child: Child,
): Promise<Error> {
  const bootError = (title: string, kernelPanicked = false) =>
    new BootError(title, { console, attempts: [...boot.retries, title], kernelPanicked });
  const complaint = initComplaint(console);
  if (complaint !== null) {
    return bootError(`${boot.what} booted, but the agent could not be started: ${complaint}.`);
  }
  if (outcome.how === 'panic') {
    const { line, ours } = outcome.panic;
    return bootError(`${boot.what} panicked while it booted: ${line}.`, !ours);
  }
  if (outcome.how !== 'gone') return new NoProgress(outcome.reason, console);
  const words = console.trim().split('\n').at(-1)?.trim() ?? '';
  const end = endSentence(await child.ended);
  return bootError(`virtme-ng cannot run ${boot.what}: it ${end}${words && `: ${words}`}.`);
}

function endOf(console: string, end: ChildEnd): GuestEnd {
  const panic = findPanic(console);
  if (panic) return { how: panic.ours ? 'machine-error' : 'panic', detail: panic.line };
  if (end.status === 0) return { how: 'exit', detail: 'the guest ended by itself' };
  // Not the agent's status: with 255 nobody knows what became of the guest.
  const how = end.status === noStatus || end.status === null ? 'machine-error' : 'exit';
  return { how, detail: `virtme-ng ${endSentence(end)}` };
}

function endSentence(end: ChildEnd): string {
  return end.status === noStatus
    ? 'exited with status 255, which means that the guest handed back none'
    : describeEnd(end);
}

/** Where the CPUs of a guest are that hangs; virtme-ng's console takes no SysRq. Never rejects. */
async function diagnose(qmp: Qmp): Promise<string> {
  const ask = (command: string, args?: Record<string, unknown>) =>
    qmp.execute(command, args).catch((error: Error) => error.message);
  const status = await ask('query-status');
  const registers = await ask('human-monitor-command', { 'command-line': 'info registers -a' });
  const pointers = instructionPointers(String(registers)).join(', ');
  return `QEMU: ${JSON.stringify(status)}\nCPUs: ${pointers || 'no answer'}`;
}
