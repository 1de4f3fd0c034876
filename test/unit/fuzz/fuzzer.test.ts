import { describe, expect, it } from 'vitest';
import { Fuzzer } from '../../../src/fuzz/fuzzer.ts';
import { changed } from '../../../src/fuzz/world.ts';
import { viewOf } from '../../../src/netlink/codec.ts';
import { type Bug, FakeKernel } from './fake-kernel.ts';

const run = (bug?: Bug, logEach = false) =>
  new Fuzzer('migrate-state', new FakeKernel(bug)).run(1, { from: 0, count: 400, logEach });
/** The reserved field of struct xfrm_user_migrate_state. */
const reserved = (payload: Uint8Array) =>
  payload.length >= 132 ? viewOf(payload).getUint16(130, true) : 0;

describe('the fuzzer', () => {
  it('finds nothing in a kernel that does as the oracle says', () => {
    const report = run();
    expect(report.failures).toEqual([]);
    expect(report.succeeded).toBeGreaterThan(100);
    expect(report.refused).toBeGreaterThan(100);
  });

  it('finds what is accepted and must not be, and makes it small', () => {
    const { failures } = run(({ payload }) => (reserved(payload) !== 0 ? 'accept' : undefined));
    const [first] = failures;
    expect(first?.reason).toContain('accepted, and not refused with');
    expect(first?.reason).toContain('Reserved field must be zero');
    expect(first?.mutations).toHaveLength(1);
    expect(first?.bytes).toMatch(/^[0-9a-f]+$/);
  });

  it('finds what is refused and must not be', () => {
    const { failures } = run(({ payload }) =>
      payload.length >= 132 && viewOf(payload).getUint32(120, true) === 77 ? 'refuse' : undefined,
    );
    expect(failures[0]?.reason).toMatch(/^refused with EINVAL "", and not success/);
    // The request was valid as it was: no mutation is at fault.
    expect(failures[0]?.mutations).toEqual([]);
  });

  it('finds a bystander that was changed', () => {
    const { failures } = run((_, kernel) => {
      if (kernel.world.sas.length === 0) return undefined;
      const [first, ...others] = kernel.world.sas;
      if (kernel.announced === 0) return undefined;
      kernel.world = {
        ...kernel.world,
        sas: [changed(first!, [[208, Uint8Array.of(99)]]), ...others],
      };
      return undefined;
    });
    expect(failures).not.toEqual([]);
  });

  it('finds a refused request that changed something', () => {
    const { failures } = run(({ payload }, kernel) => {
      const [first, ...others] = kernel.world.sas;
      if (first && reserved(payload) !== 0)
        kernel.world = {
          ...kernel.world,
          sas: [changed(first, [[208, Uint8Array.of(99)]]), ...others],
        };
      return undefined;
    });
    expect(failures[0]?.reason).toMatch(/^refused, but SAs: SA 0x100. is not as it must be/);
  });

  it('finds a success that nobody is told of', () => {
    const kernel = new FakeKernel();
    kernel.heard = () => 0;
    const { failures } = new Fuzzer('migrate-state', kernel).run(1, {
      ...{ from: 0, count: 50, logEach: false },
    });
    expect(failures[0]?.reason).toBe('done, but nobody was notified');
  });

  it('finds a warning in the kernel log', () => {
    const bug: Bug = ({ payload }, kernel) => {
      if (reserved(payload) !== 0) kernel.logged.push('WARNING: CPU: 0 at net/xfrm/xfrm_user.c:1');
      return undefined;
    };
    expect(run(bug, true).failures[0]?.reason).toMatch(/the kernel log says: WARNING/);
  });

  it('finds a leak, and which request it is owed to', () => {
    let memory = 1000;
    const kernel = new FakeKernel(({ payload }) => {
      if (reserved(payload) !== 0) memory += 1;
      return undefined;
    });
    kernel.slab = () => memory;
    const { failures } = new Fuzzer('migrate-state', kernel).leaks(1, 300, [0, 1]);
    expect(failures[0]?.reason).toBe('leaks: 100 KiB more after it was sent 100 times');
    expect(new Fuzzer('migrate-state', new FakeKernel()).leaks(1, 300, [0, 1]).failures).toEqual(
      [],
    );
  });

  it('takes no leak for what is still being freed', () => {
    let waiting = 5;
    const kernel = new FakeKernel();
    kernel.slab = () => 1000 + 100 * Math.max(0, waiting--);
    const counts = { from: 0, count: 20, logEach: false };
    expect(new Fuzzer('migrate-state', kernel).run(1, counts).slab).toBe(1000);
  });

  it('replays a failure', () => {
    const bug: Bug = ({ payload }) => (reserved(payload) !== 0 ? 'accept' : undefined);
    const { bytes } = run(bug).failures[0]!;
    expect(new Fuzzer('migrate-state', new FakeKernel(bug)).replay(bytes).failures).toHaveLength(1);
    expect(new Fuzzer('migrate-state', new FakeKernel()).replay(bytes).failures).toEqual([]);
  });
});
