import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { findVng } from '../../src/machine/find-vng.ts';
import type { Guest } from '../../src/machine/machine.ts';
import { vng } from '../../src/machine/vng.ts';
import { childrenOf, linesOf, nextEvent } from './machine/guest.ts';
import { kernelOf, stubPayload } from './machine/kernel.ts';
import { buildTimeoutMs } from './uml/kernel.ts';

/**
 * An x86 kernel to boot, e.g. "source:7.3.4,arch=x86". Building one takes twice as long as all other
 * tests together, so these run where somebody names one and has virtme-ng.
 */
const spec = process.env.XFRM_CONFORM_TEST_X86 ?? '';

describe.skipIf(spec === '' || findVng() === null)('virtme-ng', () => {
  const { signal } = new AbortController();
  const guests: Guest[] = [];
  let kernel: Kernel;

  beforeAll(async () => {
    kernel = await kernelOf(spec);
  }, 3 * buildTimeoutMs);
  afterEach(async () => {
    await Promise.all(guests.splice(0).map((guest) => guest.stop()));
    expect(await childrenOf(process.pid)).toEqual([]);
  });

  async function boot() {
    const prepared = await vng.prepare(kernel, stubPayload, signal);
    const guest = await prepared.boot({ signal, acceleration: 'auto' });
    guests.push(guest);
    return guest;
  }

  test('a guest says hello, answers and is stopped', async () => {
    const guest = await boot();
    const lines = linesOf(guest);
    expect((await nextEvent(lines, 'hello')).release).toBe(kernel.facts.release);
    guest.send('echo über');
    expect((await nextEvent(lines, 'echo')).text).toBe('über');
    await guest.stop();
    expect(await guest.ended).toMatchObject({ how: 'stopped' });
  });

  test('a kernel that crashes has panicked, whatever status virtme-ng makes of it', async () => {
    const guest = await boot();
    guest.send('crash');
    expect(await guest.ended).toMatchObject({
      how: 'panic',
      detail: 'Kernel panic - not syncing: sysrq triggered crash',
    });
  });

  test('a guest that hangs is diagnosed', async () => {
    const guest = await boot();
    guest.send('hang');
    expect(await guest.diagnose()).toMatch(/"status":"running".*CPUs: RIP=/s);
  });

  test('a kernel that virtme-ng cannot run is refused with one sentence', async () => {
    const { '9P_FS': _, ...config } = kernel.facts.config!;
    const lacking = { ...kernel, facts: { ...kernel.facts, config } };
    await expect(vng.prepare(lacking, stubPayload, signal)).rejects.toThrow(
      /^virtme-ng cannot run .*: it lacks 9P_FS built in/,
    );
    const um = { ...kernel, facts: { ...kernel.facts, arch: 'um' as const } };
    await expect(vng.prepare(um, stubPayload, signal)).rejects.toThrow(/no x86_64 kernel image/);
  });
});
