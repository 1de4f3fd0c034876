import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tail } from './tail.ts';

/** SysRq keys: registers and stack of the running task, then the tasks that are blocked. */
const sysrqKeys = ['p', 'w'];
/** A kernel that can still answer has done so after this silence, in milliseconds. */
const quietMs = 300;
const longestMs = 5000;

/**
 * What can be learned of a guest that hangs: what the host sees of its process, and what the kernel
 * answers on its console to SysRq, asked through its control socket. Never rejects.
 */
export async function diagnoseUml(
  pid: number | undefined,
  directory: string,
  console: Tail,
): Promise<string> {
  const before = console.total;
  for (const key of sysrqKeys) {
    if (!(await tellKernel(join(directory, 'uml', 'mconsole'), `sysrq ${key}`))) break;
    await untilQuiet(console);
  }
  const said = console.total - before;
  const answer =
    said === 0
      ? 'The kernel does not answer SysRq.'
      : `The kernel answers SysRq:\n${console.text(Math.min(said, 64 * 1024))}`;
  return [`Host process ${pid}: ${await hostState(pid)}`, answer].join('\n');
}

/** "state R (running), waiting in 0": whether the kernel spins or sleeps. */
async function hostState(pid: number | undefined): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const state = /^State:\s*(.*)$/m.exec(status)?.[1];
  if (state === undefined) return 'gone';
  // After the name in parentheses; user and system time in clock ticks of 10 ms.
  const [userTicks = 0, systemTicks = 0] = stat.split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return `${state}, ${(Number(userTicks) + Number(systemTicks)) / 100} s of CPU time used`;
}

/** Sends one command to UML's management console (arch/um/drivers/mconsole.h). False: nobody there. */
async function tellKernel(socketPath: string, command: string): Promise<boolean> {
  // Loaded only here: few guests hang.
  const { DataType, load, open } = await import('ffi-rs');
  const request = Buffer.alloc(4 + 4 + 4 + 512);
  request.writeUInt32LE(0xcafebabe, 0);
  request.writeUInt32LE(2, 4);
  request.writeUInt32LE(command.length, 8);
  request.write(command, 12);
  const address = Buffer.alloc(110);
  address.writeUInt16LE(1, 0); // AF_UNIX
  address.write(socketPath, 2);
  // Node has no datagram sockets of this family.
  open({ library: 'uml-libc', path: 'libc.so.6' });
  const call = (funcName: string, args: (number | Buffer)[]) =>
    load({
      library: 'uml-libc',
      funcName,
      retType: DataType.I32,
      paramsType: args.map((each) => (typeof each === 'number' ? DataType.I32 : DataType.U8Array)),
      paramsValue: args,
    }) as number;
  const datagram = 2;
  const dontWait = 0x40;
  const fd = call('socket', [1, datagram, 0]);
  if (fd < 0) return false;
  const sent = call('sendto', [fd, request, request.length, dontWait, address, address.length]);
  call('close', [fd]);
  return sent > 0;
}

/** Wait until the console has been quiet for a moment: that an answer is complete is no event. */
async function untilQuiet(console: Tail): Promise<void> {
  const start = performance.now();
  for (;;) {
    const now = performance.now();
    const silentFor = now - Math.max(start, console.lastAt ?? 0);
    if (silentFor >= quietMs || now - start >= longestMs) return;
    await new Promise((resolve) => setTimeout(resolve, quietMs - silentFor));
  }
}
