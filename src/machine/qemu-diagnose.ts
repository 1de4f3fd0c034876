import type { Qmp } from './qmp.ts';
import type { Tail } from './tail.ts';

export interface Diagnosable {
  qmp: Qmp;
  console: Tail;
  keyboard: NodeJS.WritableStream;
}

/** SysRq keys: backtraces of all CPUs, then the tasks that are blocked. */
const sysrqKeys = ['l', 'w'];
/** A kernel that can still answer has done so after this silence, in milliseconds. */
const quietMs = 300;
const longestMs = 5000;

/**
 * What can be learned of a guest that hangs: QEMU's view of it, where its CPUs are, and what the
 * kernel itself answers to SysRq on its console. Never rejects.
 */
export async function diagnoseQemu({ qmp, console, keyboard }: Diagnosable): Promise<string> {
  const ask = (command: string, args?: Record<string, unknown>) =>
    qmp.execute(command, args).catch((error: Error) => error.message);
  const status = await ask('query-status');
  const registers = await ask('human-monitor-command', { 'command-line': 'info registers -a' });
  const answer = await askKernel(qmp, console, keyboard);
  return [
    `QEMU: ${JSON.stringify(status)}`,
    `CPUs: ${instructionPointers(String(registers)).join(', ') || 'no answer'}`,
    answer === '' ? 'The kernel does not answer SysRq.' : `The kernel answers SysRq:\n${answer}`,
  ].join('\n');
}

/** "RIP=…" of each CPU in the output of "info registers -a". */
export function instructionPointers(registers: string): string[] {
  return registers.match(/\bRIP=[0-9a-f]+/g) ?? [];
}

async function askKernel(
  qmp: Qmp,
  console: Tail,
  keyboard: NodeJS.WritableStream,
): Promise<string> {
  const before = console.total;
  for (const key of sysrqKeys) {
    try {
      await qmp.execute('chardev-send-break', { id: 'console' });
    } catch {
      break;
    }
    keyboard.write(key);
    await untilQuiet(console);
  }
  const said = console.total - before;
  return said === 0 ? '' : console.text(Math.min(said, 64 * 1024));
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
