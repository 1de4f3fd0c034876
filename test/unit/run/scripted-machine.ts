import type { AgentCommand, AgentEvent, RawCaseRecord } from '../../../src/case/record.ts';
import type { Guest, GuestEnd, Machine } from '../../../src/machine/machine.ts';

/** What a scripted guest does with each command: the lines it writes, and how it then goes on. */
export type Script = (command: AgentCommand) => {
  lines: readonly (AgentEvent | string)[];
  /** `wait` for the next command; `die` with this on the console; `hang` for ever. */
  next: 'wait' | 'hang' | { die: GuestEnd; console: string };
};

export const hello: AgentEvent = {
  event: 'hello',
  protocol: 1,
  release: '7.3.4-test',
  build: '#1',
  uptimeMs: 100,
  tainted: 0,
};

export function record(id: string, parts: Partial<RawCaseRecord> = {}): RawCaseRecord {
  return {
    id,
    outcome: 'observed',
    reason: null,
    observation: { reply: { errno: 'OK', extack: null } },
    requests: [],
    notifications: [],
    kernelLog: [],
    startedMs: 0,
    durationMs: 1,
    ...parts,
  };
}

/** A machine whose boots follow scripts, one a boot; the last one goes on for ever. */
export function scriptedMachine(scripts: readonly Script[], helloParts: { tainted?: number } = {}) {
  const log = { boots: 0, stops: 0, commands: [] as AgentCommand[] };
  const machine: Machine = {
    name: 'qemu',
    prepare: async () => ({
      boot: async () => {
        const script = scripts[Math.min(log.boots++, scripts.length - 1)]!;
        return scriptedGuest(script, log, { ...hello, ...helloParts });
      },
    }),
  };
  return { machine, log };
}

function scriptedGuest(
  script: Script,
  log: { stops: number; commands: AgentCommand[] },
  firstEvent: AgentEvent,
): Guest {
  const queue: string[] = [JSON.stringify(firstEvent)];
  let wake = () => {};
  let over = false;
  let deaf = false;
  let console = '';
  let end: (how: GuestEnd) => void = () => {};
  const ended = new Promise<GuestEnd>((resolve) => {
    end = (how) => {
      over = true;
      resolve(how);
      wake();
    };
  });
  return {
    report: { machine: 'qemu', acceleration: 'native', retries: [], bootMs: 1 },
    ended,
    async *lines() {
      for (;;) {
        while (queue.length > 0) yield queue.shift()!;
        if (over) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    send(line) {
      const command = JSON.parse(line) as AgentCommand;
      log.commands.push(command);
      if (deaf) return;
      const { lines, next } = script(command);
      deaf = next !== 'wait';
      queue.push(...lines.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))));
      wake();
      if (typeof next === 'object') {
        console = next.console;
        end(next.die);
      }
    },
    consoleTail: () => console,
    diagnose: async () => 'RIP: 0010:xfrm_state_find+0x0/0x10',
    stop: async () => {
      log.stops++;
      end({ how: 'stopped', detail: 'stopped' });
    },
  };
}
