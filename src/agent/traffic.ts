import { Worker } from 'node:worker_threads';
import { patienceMs } from '../case/patience.ts';
import { SetupError } from '../case/xfrm-client.ts';
import { NativeMemory, tryCall } from './libc.ts';
import { beforeNextSend } from './netlink-socket.ts';

/** Cells of the memory that both threads have. */
const cell = { thread: 0, go: 1, sent: 2, done: 3 } as const;

const datagrams = 16;

/** Runs in the other thread: sends so many datagrams when it is told to. */
const program = `
const { readlinkSync, writeSync } = require('node:fs');
const { fd, memory, cell, datagrams } = require('node:worker_threads').workerData;
const cells = new Int32Array(memory);
const datagram = Buffer.alloc(32);
const tell = (which, value) => {
  Atomics.store(cells, which, value);
  Atomics.notify(cells, which);
};
tell(cell.thread, Number(readlinkSync('/proc/thread-self').split('/').pop()));
Atomics.wait(cells, cell.go, 0);
for (let i = 0; i < datagrams; i++) {
  try {
    writeSync(fd, datagram);
    Atomics.add(cells, cell.sent, 1);
  } catch {}
}
tell(cell.done, 1);
`;

const [SCHED_OTHER, SCHED_FIFO] = [0, 1];
const schedParam = new NativeMemory(4);
/** Masks of CPUs: those of before, and one. */
const [allCpus, oneCpu] = [new NativeMemory(128), new NativeMemory(128)];

/** Of a thread; 0: this one. Whether it may be set: that takes root. */
function setPriority(thread: number, priority: number): boolean {
  schedParam.bytes.writeInt32LE(priority);
  const policy = priority === 0 ? SCHED_OTHER : SCHED_FIFO;
  return tryCall('sched_setscheduler', thread, policy, schedParam) === 0;
}

function setCpus(thread: number, mask: NativeMemory): void {
  tryCall('sched_setaffinity', thread, mask.bytes.length, mask);
}

/** Puts another thread on the CPU of this one, to run whenever this one waits. Whether that may be. */
function putBehind(thread: number): boolean {
  tryCall('sched_getaffinity', 0, allCpus.bytes.length, allCpus);
  const cpu = Math.max(tryCall('sched_getcpu'), 0);
  oneCpu.bytes.fill(0);
  oneCpu.bytes[cpu >> 3] = 1 << (cpu & 7);
  for (const each of [0, thread]) setCpus(each, oneCpu);
  return setPriority(0, 2) && setPriority(thread, 1);
}

function asBefore(): void {
  setPriority(0, 0);
  setCpus(0, allCpus);
}

/**
 * Makes a request, and sends datagrams over a connected socket as soon as the kernel has to wait for
 * another of its threads meanwhile: by a thread that comes after this one and before those of the kernel.
 * So it is where the agent is root; elsewhere the datagrams go out at any time.
 *
 * @returns what was done, and whether the kernel did not wait, so that nothing was sent meanwhile; that
 *   cannot be told of an agent that is not root
 */
export function sendMeanwhile<T>(fd: number, act: () => T): { result: T; missed: boolean } {
  const cells = new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT));
  const awaitCell = (which: number, what: string) => {
    if (Atomics.wait(cells, which, 0, patienceMs) === 'timed-out')
      throw new SetupError(`the thread that is to send does not ${what}`);
  };
  const workerData = { fd, memory: cells.buffer, cell, datagrams };
  new Worker(program, { eval: true, workerData }).unref();
  awaitCell(cell.thread, 'start');
  const ordered = putBehind(Atomics.load(cells, cell.thread));
  const go = () => {
    Atomics.store(cells, cell.go, 1);
    Atomics.notify(cells, cell.go);
  };
  // Not sooner: a garbage collection makes this thread wait, too.
  beforeNextSend(go);
  let sent: number;
  let result: T;
  try {
    result = act();
  } finally {
    sent = Atomics.load(cells, cell.sent);
    beforeNextSend(null);
    asBefore();
    go();
    awaitCell(cell.done, 'end');
  }
  return { result, missed: ordered && sent === 0 };
}
