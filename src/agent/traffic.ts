import { NativeMemory, tryCall } from './libc.ts';
import { MachineCode } from './machine-code.ts';
import { beforeNextSend } from './netlink-socket.ts';

const SYS_write = 1;
/** How many datagrams are sent meanwhile, and how long each is. */
const [datagrams, datagramBytes] = [16, 32];

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

/**
 * Makes a request, and sends datagrams over a connected socket as soon as the kernel has to wait for
 * another of its threads meanwhile: by a process that comes after this thread and before those of the
 * kernel. So it is where the agent is root; elsewhere the datagrams go out at any time.
 *
 * @returns what was done, and whether the kernel did not wait, so that nothing was sent meanwhile; that
 *   cannot be told of an agent that is not root
 */
export function sendMeanwhile<T>(fd: number, act: () => T): { result: T; missed: boolean } {
  const code = MachineCode.get();
  const send = [SYS_write, fd, code.zeros, datagramBytes] as const;
  const sender = code.beside(Array.from({ length: datagrams }, () => send));
  const ordered = putBehind(sender.pid);
  // Not sooner: a garbage collection makes this thread wait, too.
  beforeNextSend(sender.go);
  let sent: boolean;
  let result: T;
  try {
    result = act();
  } finally {
    sent = sender.results().some((length) => length !== null && length >= 0);
    beforeNextSend(null);
    asBefore();
    sender.go();
    sender.end();
  }
  return { result, missed: ordered && !sent };
}
