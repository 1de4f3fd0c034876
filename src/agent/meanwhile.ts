import { closeSync } from 'node:fs';
import { delayFairServers } from './fair-server.ts';
import { call, NativeMemory, tryCall } from './libc.ts';
import { MachineCode, type Syscall, untilItSucceeds } from './machine-code.ts';
import { sendNextWith } from './socket.ts';

const SYS_read = 0;
const SYS_write = 1;
const CLOCK_MONOTONIC = 1;
const TFD_NONBLOCK = 0o4000;
/** How many datagrams are sent meanwhile, and how long each is. */
const [datagrams, datagramBytes] = [16, 32];

/**
 * How late a timer of a second may be, in ms (8 ticks where there are 100 in a second), and how long it
 * is to be over when the kernel goes on, so that nobody can doubt which was first.
 */
const [timerSlack, clearance] = [100, 30];

const [SCHED_OTHER, SCHED_FIFO] = [0, 1];
const schedParam = new NativeMemory(4);
/** Masks of CPUs: those of before, and one. */
const [allCpus, oneCpu] = [new NativeMemory(128), new NativeMemory(128)];

/** Of a process; 0: this thread. Whether it may be set: that takes root. */
function setPriority(pid: number, priority: number): boolean {
  schedParam.bytes.writeInt32LE(priority);
  const policy = priority === 0 ? SCHED_OTHER : SCHED_FIFO;
  return tryCall('sched_setscheduler', pid, policy, schedParam) === 0;
}

function setCpus(pid: number, mask: NativeMemory): void {
  tryCall('sched_setaffinity', pid, mask.bytes.length, mask);
}

/** Puts a process on the CPU of this thread, to run whenever this one waits. Whether that may be. */
function putBehind(pid: number): boolean {
  tryCall('sched_getaffinity', 0, allCpus.bytes.length, allCpus);
  const cpu = Math.max(tryCall('sched_getcpu'), 0);
  oneCpu.bytes.fill(0);
  oneCpu.bytes[cpu >> 3] = 1 << (cpu & 7);
  for (const each of [0, pid]) setCpus(each, oneCpu);
  return setPriority(0, 2) && setPriority(pid, 1);
}

function asBefore(): void {
  setPriority(0, 0);
  setCpus(0, allCpus);
}

/** What came of a request and of the system calls that another process made meanwhile. */
interface Meanwhile<T> {
  readonly result: T;
  /** None of the calls had succeeded when the request was done, though they were to be made meanwhile. */
  readonly missed: boolean;
  /** What the calls returned, each minus the errno when it failed. */
  readonly returned: readonly number[];
}

/**
 * Makes a request, and has another process make system calls as soon as the kernel has to wait for
 * another of its threads meanwhile: that process comes after this thread and before those of the
 * kernel. So it is where the agent is root; elsewhere the calls are made at any time, and whether the
 * kernel waited cannot be told.
 */
export function meanwhile<T>(calls: readonly Syscall[], act: () => T): Meanwhile<T> {
  const other = MachineCode.get().beside(calls);
  const ordered = putBehind(other.pid);
  let waited = false;
  // V8 makes this thread wait, too: for a garbage collection, for its compiler.
  sendNextWith((fd, bytes) => {
    const sent = other.goAndWrite(fd, bytes);
    waited = sent.waited;
    return Math.max(-sent.written, 0);
  });
  let done: boolean;
  let result: T;
  try {
    result = act();
  } finally {
    done = waited && other.results().some((value) => value !== null && value >= 0);
    sendNextWith(null);
    asBefore();
    other.go();
    other.end();
  }
  return { result, missed: ordered && !done, returned: other.results().map((value) => value!) };
}

/** A descriptor whose read() fails until a time of performance.now() has come. */
function alarmAt(ms: number): number {
  const alarm = call('timerfd_create', CLOCK_MONOTONIC, TFD_NONBLOCK);
  const left = BigInt(Math.round(1e6 * (ms - performance.now())));
  const itimerspec = new NativeMemory(32);
  itimerspec.bytes.fill(0);
  itimerspec.bytes.writeBigInt64LE(left / 1_000_000_000n, 16);
  itimerspec.bytes.writeBigInt64LE(left % 1_000_000_000n, 24);
  call('timerfd_settime', alarm, 0, itimerspec, 0);
  return alarm;
}

/**
 * Makes a request in the middle of which a second ends: the kernel has to wait (see `meanwhile`), and
 * goes on when it is over. "missed" also says that it went on too soon.
 *
 * @param begin begins the second
 */
export function acrossASecond<T>(begin: () => void, act: () => T): Meanwhile<T> {
  const begun = performance.now();
  begin();
  const start = performance.now();
  // What comes before the kernel waits takes the longer the slower the CPU is, and so did begin().
  const margin = Math.min(Math.max(20 * (start - begun), 50), 500);
  const over = start + 1000 + timerSlack + clearance;
  const alarm = alarmAt(over);
  call('poll', 0, 0, Math.floor(1000 - margin));
  let setBack = () => {};
  let done = 0;
  const timed = () => {
    const result = act();
    done = performance.now();
    return result;
  };
  try {
    setBack = delayFairServers();
    // The CPU is kept busy by reads that fail.
    const { address } = MachineCode.get().room;
    const made = meanwhile([[untilItSucceeds + SYS_read, alarm, address, 8]], timed);
    return { ...made, missed: made.missed || done < over };
  } finally {
    setBack();
    closeSync(alarm);
  }
}

/** Makes a request, and sends datagrams over a connected socket meanwhile. */
export function sendMeanwhile<T>(fd: number, act: () => T): { result: T; missed: boolean } {
  const send = [SYS_write, fd, MachineCode.get().zeros, datagramBytes] as const;
  return meanwhile(
    Array.from({ length: datagrams }, () => send),
    act,
  );
}
