import { describe, expect, test } from 'vitest';
import type { Case } from '../../../src/case/case.ts';
import { error, ok } from '../../../src/case/match.ts';
import type { AgentEvent } from '../../../src/case/record.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { Machine } from '../../../src/machine/machine.ts';
import { type KernelRun, runKernel } from '../../../src/run/run-kernel.ts';
import type { Deviation } from '../../../src/verdict/verdict.ts';
import { record, type Script, scriptedMachine } from './scripted-machine.ts';

const kernel: Kernel = {
  spec: 'image:test',
  image: '/nowhere',
  modulesDir: null,
  facts: {
    release: '7.3.4-test',
    version: '7.3.4',
    arch: 'x86_64',
    config: { XFRM_USER: 'm', XFRM_MIGRATE: 'y' },
    migrateSymbols: ['xfrm_do_migrate_state', 'xfrm_migrate'],
  },
  notes: [],
};

function aCase(name: string, parts: Partial<Case> = {}): Case {
  const refused = { reply: error('EINVAL') };
  return {
    id: `migrate-state/test/${name}`,
    interface: 'migrate-state',
    summary: name,
    requirements: [],
    needs: {},
    run: () => ({}),
    expect: { full: { reply: ok() }, compiledOut: refused, predates: refused },
    ...parts,
  };
}

const [one, two, three] = [aCase('one'), aCase('two'), aCase('three')];

const start = (testCase: Case): AgentEvent => ({ event: 'case-start', id: testCase.id });
const ran = (testCase: Case): AgentEvent[] => [
  start(testCase),
  { event: 'case-end', record: record(testCase.id) },
];
const done: AgentEvent = { event: 'done' };

/** Runs all that it is asked to. */
const healthy: Script = (command) => ({
  lines:
    command.command === 'run'
      ? [...command.cases.flatMap((id) => ran(aCase(id.split('/').at(-1)!))), done]
      : [],
  next: 'wait',
});

function run(
  scripts: readonly Script[],
  parts: Partial<KernelRun> = {},
  machineParts: Partial<Machine> = {},
  helloParts: { tainted?: number } = {},
) {
  const scripted = scriptedMachine(scripts, helloParts);
  const { log } = scripted;
  const machine = { ...scripted.machine, ...machineParts };
  const result = runKernel({
    kernel,
    machine,
    cases: [one, two, three],
    deviations: [],
    payload: { agent: '/nowhere', modules: [] },
    acceleration: 'auto',
    cpus: [0],
    silenceMs: 200,
    signal: new AbortController().signal,
    progress: { phase() {}, judged() {} },
    ...parts,
  });
  return { result, log };
}

const statuses = async (result: ReturnType<typeof runKernel>) =>
  (await result).cases.map(({ verdict }) => verdict.status);

describe('a kernel that behaves', () => {
  test('gets a verdict for each case on one boot, and its guest is stopped', async () => {
    const { result, log } = run([healthy]);
    expect(await statuses(result)).toEqual(['pass', 'pass', 'pass']);
    expect(log).toMatchObject({ boots: 1, stops: 1 });
    expect((await result).problem).toBeNull();
  });

  test('does not boot for cases whose needs are not met', async () => {
    const needy = aCase('needy', { needs: { kconfig: ['NETDEVSIM'] } });
    const { result, log } = run([healthy], { cases: [needy] });
    expect(await statuses(result)).toEqual(['skip']);
    expect(log.boots).toBe(0);
  });
});

describe('a guest that goes down in the middle', () => {
  const oops = 'BUG: kernel NULL pointer dereference, address: 0000000000000010';
  const dying: Script = () => ({
    lines: [...ran(one), start(two)],
    next: { die: { how: 'panic', detail: 'the kernel panicked' }, console: `[    1.0] ${oops}\n` },
  });

  test('costs the case in flight and nothing else', async () => {
    const { result, log } = run([dying, healthy]);
    expect(await statuses(result)).toEqual(['pass', 'crash', 'pass']);
    expect(log).toMatchObject({ boots: 2, stops: 2 });
    expect(log.commands[1]).toEqual({ command: 'run', cases: [three.id] });
    expect((await result).cases[1]?.crash?.log).toContain(oops);
  });

  test('by a known deviation runs that case last, and boots no more', async () => {
    const fatal: Deviation = {
      id: 'MS-DEV-FATAL',
      title: 'It falls.',
      cases: [one.id],
      kernels: { from: '7.2', to: null },
      observed: {},
      crash: 'kernel BUG at net/xfrm/xfrm_user.c',
      reason: 'it says so',
      reference: 'none',
    };
    const lastDies: Script = () => ({
      lines: [...ran(two), ...ran(three), start(one)],
      next: {
        die: { how: 'panic', detail: 'the kernel panicked' },
        console: '[    1.000000] kernel BUG at net/xfrm/xfrm_user.c:3657!\n',
      },
    });
    const { result, log } = run([lastDies], { deviations: [fatal] });
    expect(await statuses(result)).toEqual(['deviation', 'pass', 'pass']);
    expect(log.commands[0]).toEqual({ command: 'run', cases: [two.id, three.id, one.id] });
    expect(log.boots).toBe(1);
  });

  test('between two cases costs none', async () => {
    const between: Script = () => ({
      lines: ran(one),
      next: { die: { how: 'exit', detail: 'it powered off' }, console: '' },
    });
    const { result } = run([between, healthy]);
    expect(await statuses(result)).toEqual(['pass', 'pass', 'pass']);
  });

  test('before any case, again and again, ends the kernel without a word about it', async () => {
    const idle: Script = () => ({
      lines: [],
      next: { die: { how: 'exit', detail: 'it powered off' }, console: '' },
    });
    const { result, log } = run([idle]);
    expect(await statuses(result)).toEqual(['broken', 'broken', 'broken']);
    expect(log.boots).toBe(2);
    expect((await result).problem?.message).toContain('it powered off');
  });
});

test('a guest that hangs is asked why, stopped, and the rest runs on a fresh boot', async () => {
  const hanging: Script = () => ({ lines: [start(one)], next: 'hang' });
  const { result, log } = run([hanging, healthy]);
  expect(await statuses(result)).toEqual(['crash', 'pass', 'pass']);
  expect(log).toMatchObject({ boots: 2, stops: 2 });
  const [hung] = (await result).cases;
  expect(hung?.crash).toMatchObject({ title: 'hang', log: expect.stringContaining('RIP') });
});

describe('what a guest may not write', () => {
  const writing =
    (...lines: (AgentEvent | string)[]): Script =>
    () => ({ lines, next: 'wait' });
  test.each<[string, Script]>([
    ['noise', writing('\u001b[31mnoise')],
    ['JSON that is no event', writing('{"event":"verdict","status":"pass"}')],
    [
      'the end of a case that did not start',
      writing({ event: 'case-end', record: record(two.id) }),
    ],
    ['a case that nobody asked for', writing(...ran(aCase('fourth')))],
    ['the end of another case', writing(start(one), { event: 'case-end', record: record(two.id) })],
  ])('%s: no verdict is made of it', async (_, script) => {
    const { result, log } = run([script]);
    expect(await statuses(result)).toEqual(['broken', 'broken', 'broken']);
    expect((await result).problem?.message).toMatch(/no event/);
    expect(log.stops).toBe(1);
  });
});

test('an interrupt stops the guest and invents no verdict', async () => {
  const controller = new AbortController();
  const hanging: Script = () => ({ lines: [...ran(one), start(two)], next: 'hang' });
  const { result, log } = run([hanging], {
    signal: controller.signal,
    silenceMs: 60_000,
    progress: { phase() {}, judged: () => controller.abort() },
  });
  expect(await statuses(result)).toEqual(['pass']);
  expect(log.stops).toBe(1);
});

test('an image whose files belong to another kernel is refused', async () => {
  const other = { ...kernel, facts: { ...kernel.facts, release: '6.1.0' } };
  const { result } = run([healthy], { kernel: other });
  expect((await result).problem?.message).toMatch(/7\.3\.4-test.*6\.1\.0/);
});

describe('a kernel with KASAN that reported an error while it booted', () => {
  const config = { ...kernel.facts.config, KASAN: 'y' };
  const watching = { ...kernel, facts: { ...kernel.facts, config } };

  test('is not believed: its lockdep is silent', async () => {
    const { result } = run([healthy], { kernel: watching }, {}, { tainted: 32 });
    expect((await result).problem?.message).toMatch(/KASAN reported an error before the first/);
    expect(await statuses(result)).toEqual(['broken', 'broken', 'broken']);
  });

  test('is believed where it had nothing to report', async () => {
    const { result } = run([healthy], { kernel: watching }, {}, { tainted: 512 });
    expect(await statuses(result)).toEqual(['pass', 'pass', 'pass']);
  });
});

describe('a kernel with lockdep', () => {
  const config = { ...kernel.facts.config, PROVE_LOCKING: 'y' };
  const watching = { ...kernel, facts: { ...kernel.facts, config } };
  const many = Array.from({ length: 100 }, (_, i) => aCase(`c${i}`));
  /** Reports something in each case whose name ends so. */
  const reporting =
    (ending: string): Script =>
    (command) => {
      if (command.command !== 'run') return { lines: [], next: 'wait' };
      const kernelLog = ['WARNING: suspicious RCU usage'];
      const ends = command.cases.flatMap((id): AgentEvent[] => [
        { event: 'case-start', id },
        { event: 'case-end', record: record(id, id.endsWith(ending) ? { kernelLog } : {}) },
      ]);
      return { lines: [...ends, done], next: 'wait' };
    };
  const count = async (result: ReturnType<typeof run>['result'], status: string) =>
    (await statuses(result)).filter((each) => each === status).length;

  test('is booted anew after a report, also for the cases that were asked for already', async () => {
    const { result, log } = run([reporting('/c5')], { kernel: watching, cases: many });
    expect(await count(result, 'crash')).toBe(1);
    expect(await count(result, 'pass')).toBe(99);
    expect(log).toMatchObject({ boots: 2, stops: 2 });
    expect((await result).kernel.notes).toEqual([]);
    const asked = log.commands.flatMap((each) => (each.command === 'run' ? each.cases : []));
    const once = asked.filter((id) => asked.indexOf(id) === asked.lastIndexOf(id));
    // Those before it, and the case itself, are not run again.
    expect(once.length).toBeGreaterThan(5 + 5);
    expect(once).toContain('migrate-state/test/c5');
    expect(once).not.toContain('migrate-state/test/c6');
  });

  test('is not believed where it was silent: each of two cases with a report has its own', async () => {
    /** Has something to report of c1 and c2, and does so once, as lockdep and WARN_ONCE do. */
    const once: Script = (command) => {
      if (command.command !== 'run') return { lines: [], next: 'wait' };
      const first = command.cases.find((id) => /[12]$/.test(id));
      const kernelLog = ['WARNING: suspicious RCU usage'];
      const ends = command.cases.flatMap((id): AgentEvent[] => [
        { event: 'case-start', id },
        { event: 'case-end', record: record(id, id === first ? { kernelLog } : {}) },
      ]);
      return { lines: [...ends, done], next: 'wait' };
    };
    const { result } = run([once], { kernel: watching, cases: many.slice(0, 6) });
    expect(await statuses(result)).toEqual(['pass', 'crash', 'crash', 'pass', 'pass', 'pass']);
  });

  test('is not booted anew for ever', async () => {
    const { result, log } = run([reporting('')], { kernel: watching, cases: many });
    expect(await count(result, 'crash')).toBe(100);
    expect(log.boots).toBe(5);
    const [note, ...more] = (await result).kernel.notes;
    expect(note).toMatch(/^After the report of migrate-state\/test\/\w+ lockdep, .* silent/);
    expect(more).toEqual([]);
  });

  test('goes on where there is no lockdep to fall silent', async () => {
    const { result, log } = run([reporting('/c5')], { cases: many });
    expect(await count(result, 'crash')).toBe(1);
    expect(log.boots).toBe(1);
  });
});

describe('many cases and two CPUs', () => {
  const many = Array.from({ length: 200 }, (_, i) => aCase(`c${i}`));
  const asked = (log: ReturnType<typeof run>['log']) =>
    log.commands.flatMap((command) => (command.command === 'run' ? command.cases : []));

  test('share two guests, and every case runs once', async () => {
    const { result, log } = run([healthy], { cases: many, cpus: [0, 1] });
    expect(new Set(await statuses(result))).toEqual(new Set(['pass']));
    expect(log).toMatchObject({ boots: 2, stops: 2 });
    expect(asked(log).sort()).toEqual(many.map(({ id }) => id).sort());
  });

  test('share none where all guests are the same kernel', async () => {
    const { result, log } = run([healthy], { cases: many, cpus: [0, 1] }, { sharesKernel: true });
    expect(new Set(await statuses(result))).toEqual(new Set(['pass']));
    expect(log.boots).toBe(1);
  });

  test('a guest that goes down leaves what it has not run to the others', async () => {
    const first: Script = (command) => ({
      lines: command.command === 'run' ? [start(aCase(command.cases[0]!.split('/').at(-1)!))] : [],
      next: { die: { how: 'panic', detail: 'the kernel panicked' }, console: 'Oops: 0000\n' },
    });
    const { result, log } = run([first, healthy], { cases: many, cpus: [0, 1] });
    const counts = await statuses(result);
    expect(counts.filter((status) => status === 'crash')).toHaveLength(1);
    expect(counts.filter((status) => status === 'pass')).toHaveLength(199);
    expect(log.stops).toBe(log.boots);
  });

  test('one guest that writes nonsense ends both', async () => {
    const nonsense: Script = () => ({ lines: ['nonsense'], next: 'wait' });
    const slow: Script = () => ({ lines: [], next: 'hang' });
    const { result, log } = run([nonsense, slow], {
      cases: many,
      cpus: [0, 1],
      silenceMs: 60_000,
    });
    expect((await result).problem?.message).toMatch(/no event/);
    expect(log).toMatchObject({ boots: 2, stops: 2 });
  });
});

describe('a kernel that watches itself', () => {
  const watching: Kernel = {
    ...kernel,
    facts: {
      ...kernel.facts,
      config: { ...kernel.facts.config, KASAN: 'y', DEBUG_KMEMLEAK: 'y', HZ: '100' },
    },
  };
  const leak = (jiffies: number) => `unreferenced object 0x60c38d80 (size 1024):
  comm "node", pid 1, jiffies ${2 ** 32 - 300 * 100 + jiffies}
  backtrace (crc 4a6d9c2c):
    xfrm_state_alloc+0x1b/0x210
`;
  /** Cases that start one second after the other, and a report of leaks. */
  const leaking =
    (report: string): Script =>
    (command) => {
      if (command.command === 'leaks') return { lines: [{ event: 'leaks', report }], next: 'wait' };
      const ids = command.command === 'run' ? command.cases : [];
      const lines = ids.flatMap((id, i): AgentEvent[] => [
        { event: 'case-start', id },
        { event: 'case-end', record: record(id, { startedMs: 1000 * (i + 1) }) },
      ]);
      return { lines: [...lines, done], next: 'wait' };
    };

  test('is given the time to take each case apart, and asked for leaks at the end', async () => {
    const { result, log } = run([leaking('')], { kernel: watching, seed: 7 });
    expect(await statuses(result)).toEqual(['pass', 'pass', 'pass']);
    expect(log.commands).toEqual([
      { command: 'run', cases: [one.id, two.id, three.id], settle: true, seed: 7 },
      { command: 'leaks' },
    ]);
  });

  test('a leak is a crash of the case that made it', async () => {
    const { result } = run([leaking(leak(250))], { kernel: watching });
    expect(await statuses(result)).toEqual(['pass', 'crash', 'pass']);
    expect((await result).cases[1]?.crash?.title).toMatch(/^KMEMLEAK: 1 object, 1024 bytes/);
  });

  test('no other kernel is asked', async () => {
    const { result, log } = run([healthy]);
    await result;
    expect(log.commands).toEqual([{ command: 'run', cases: [one.id, two.id, three.id] }]);
  });
});
