import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { findProgram } from './find-program.ts';
import { Tail } from './tail.ts';

/** How a child process ended. */
export interface ChildEnd {
  /** null when a signal ended it or it never started. */
  status: number | null;
  signal: NodeJS.Signals | null;
  /** Why it could not be started; null when it was. */
  startError: NodeJS.ErrnoException | null;
}

export interface Child {
  readonly process: ChildProcess;
  /** What it wrote on stderr, the last 64 KiB; empty when its stderr is not a pipe. */
  readonly stderr: Tail;
  /** Settles when it is gone; never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** SIGKILL to it and its process group. It is gone when `ended` settles. */
  kill(): void;
}

export interface ChildOptions {
  /** As of child_process.spawn; a 'pipe' is a socket that works both ways. */
  stdio: ('ignore' | 'pipe' | number)[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The one CPU it may run on (with util-linux's taskset). */
  cpu?: number;
}

/** Children that are alive: none may outlive this process, however it exits. */
const alive = new Set<ChildProcess>();

/**
 * Start a program in a process group of its own, one that ends with us: by `kill`, when this
 * process exits, and (through setpriv of util-linux, where it is installed) even when this process
 * is ended by SIGKILL.
 */
export function startChild(file: string, args: readonly string[], options: ChildOptions): Child {
  const command = [...lifeline(), ...pinning(options.cpu), file, ...args];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: options.stdio,
    detached: true,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  keepTrack(child);
  const stderr = new Tail(64 * 1024);
  (child.stderr as Readable | null)?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // Writing to a program that is gone is no news: its end is.
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  return { process: child, stderr, ended: endOf(child), kill: () => killGroup(child) };
}

/** "exited with status 1", "was ended by SIGSEGV", "could not be started (EACCES)" */
export function describeEnd(end: ChildEnd): string {
  if (end.startError) return `could not be started (${end.startError.code ?? end.startError})`;
  return end.signal ? `was ended by ${end.signal}` : `exited with status ${end.status}`;
}

function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('error', (startError) => {
      if (child.pid !== undefined) return;
      resolve({ status: null, signal: null, startError });
    });
    // 'close' and not 'exit': the last bytes of its pipes have been read by then.
    child.once('close', (status, signal) => resolve({ status, signal, startError: null }));
  });
}

function keepTrack(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (alive.size === 0) process.on('exit', killAll);
  alive.add(child);
  child.once('exit', () => {
    alive.delete(child);
    if (alive.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of alive) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  // Once it has been reaped, its number may be somebody else's.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, constants.signals.SIGKILL);
  } catch {
    child.kill('SIGKILL');
  }
}

function lifeline(): string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}

function pinning(cpu: number | undefined): string[] {
  if (cpu === undefined) return [];
  const taskset = findProgram('taskset');
  return taskset === null ? [] : [taskset, '-c', String(cpu)];
}
