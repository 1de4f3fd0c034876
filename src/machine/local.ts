import { readdir, readFile } from 'node:fs/promises';
import { Duplex, type Readable } from 'node:stream';
import { HarnessError, UsageError } from '../error.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type BootLimits, type BootOutcome, watchBoot } from './boot-watch.ts';
import { type Child, describeEnd, startChild } from './child.ts';
import { findProgram } from './find-program.ts';
import { agentChannel, runningGuest } from './guest.ts';
import { initComplaint } from './init-complaint.ts';
import {
  BootError,
  type BootOptions,
  type Guest,
  type GuestEnd,
  type Machine,
  type Payload,
  type PreparedMachine,
} from './machine.ts';
import { projectFile } from './project-file.ts';
import { Tail } from './tail.ts';

/**
 * Runs the agent on the running kernel, in network, mount and PID namespaces of its own; without
 * root rights in a user namespace, too. It never enters the host's namespaces, and it boots
 * nothing: a kernel that crashes takes this program with it.
 */
export const local: Machine = { name: 'local', sharesKernel: true, prepare };

/** The agent speaks here, so that nothing else that writes to stdout can break in. */
const agentFd = 3;

/** There is no boot, so this is the time in which Node starts. */
const limits: BootLimits = { silenceMs: 30_000, totalMs: 30_000, panicMs: 0 };

async function prepare(kernel: Kernel, payload: Payload): Promise<PreparedMachine> {
  if (kernel.image !== null) {
    throw new UsageError(`--machine local runs only the kernel "running", not ${kernel.spec}.`);
  }
  const unshare = findProgram('unshare');
  if (unshare === null) {
    throw new HarnessError('unshare is not installed: run apt-get install util-linux.');
  }
  return { boot: (options) => start(unshare, kernel.spec, payload, options) };
}

/** The arguments of unshare(1). Root needs no user namespace, and sees the kernel log without one. */
export function unshareArguments(isRoot: boolean, command: readonly string[]): string[] {
  return [
    ...(isRoot ? [] : ['--user', '--map-root-user']),
    ...['--net', '--mount', '--pid', '--fork', '--kill-child'],
    '--',
    ...command,
  ];
}

async function start(
  unshare: string,
  what: string,
  payload: Payload,
  { signal, onProgress, onConsole }: BootOptions,
): Promise<Guest> {
  signal.throwIfAborted();
  onProgress?.('starting the agent');
  const startedAt = performance.now();
  const node = [process.execPath, projectFile('vm/local.cjs'), payload.agent];
  const child = startChild(unshare, unshareArguments(process.getuid?.() === 0, node), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      XFRM_CONFORM_PORT: `${agentFd},${agentFd}`,
      XFRM_CONFORM_SHARED: '1',
    },
  });
  const console = new Tail(undefined, onConsole);
  for (const stream of [child.process.stdout, child.process.stderr] as Readable[]) {
    stream.on('data', (chunk: Buffer) => console.push(chunk));
  }
  const socket = child.process.stdio[agentFd];
  if (!(socket instanceof Duplex)) throw new Error('the agent has no socket');
  const channel = agentChannel(socket, socket);
  try {
    const gone = child.ended.then(() => null);
    const { firstLine } = channel;
    const outcome = await watchBoot({ firstLine, gone, console, limits, signal });
    if (outcome.how !== 'up') throw await failure(what, outcome, child, console.text());
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
      machine: 'local',
      acceleration: 'native',
      retries: [],
      bootMs: performance.now() - startedAt,
    },
    describeEnd: async () => endOf(describeEnd(await child.ended)),
    diagnose: () => diagnose(child.process.pid),
    signal,
  });
}

async function failure(
  what: string,
  outcome: Exclude<BootOutcome, { how: 'up' }>,
  child: Child,
  console: string,
): Promise<Error> {
  const complaint = initComplaint(console);
  if (complaint !== null) {
    return new HarnessError(`The kernel ${what} cannot be tested in place: ${complaint}.`);
  }
  const words = console.trim().split('\n').at(-1) ?? '';
  if (/^unshare: /.test(words)) {
    return new HarnessError(
      `This host lets nobody but root make namespaces (${words}): run as root, or use another machine.`,
    );
  }
  const why = outcome.how === 'gone' ? describeEnd(await child.ended) : 'did not start';
  const title = `The agent on the kernel ${what} ${why}${words && `: ${words}`}`;
  return new BootError(title, { console, attempts: [title], kernelPanicked: false });
}

function endOf(processEnd: string): GuestEnd {
  return { how: 'exit', detail: `the agent ${processEnd}` };
}

/** Where the kernel holds each process below `pid`. Never rejects. */
async function diagnose(pid: number | undefined): Promise<string> {
  const parts: string[] = [];
  for (const each of pid === undefined ? [] : await withDescendants(pid)) {
    for (const name of ['comm', 'wchan', 'syscall', 'stack']) {
      const text = await readFile(`/proc/${each}/${name}`, 'utf8').catch(() => '');
      if (text.trim() !== '') parts.push(`${each} ${name}: ${text.trim()}`);
    }
  }
  return parts.join('\n');
}

async function withDescendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''),
    ),
  );
  const children = lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
  const below = await Promise.all(children.map(withDescendants));
  return [pid, ...below.flat()];
}
