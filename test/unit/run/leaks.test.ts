import { expect, test } from 'vitest';
import { leaksByCase } from '../../../src/run/leaks.ts';

/** Jiffies at so many milliseconds after the boot, at 100 Hz. */
const jiffiesAt = (ms: number) => 2 ** 32 - 300 * 100 + ms / 10;

const leak = (
  ms: number,
  size: number,
  name: string,
) => `unreferenced object 0x60c38d80 (size ${size}):
  comm "node", pid 1, jiffies ${jiffiesAt(ms)}
  hex dump (first 32 bytes):
    01 00 00 00 00 00 00 00 00 01 00 00 00 00 ad de  ................
  backtrace (crc 4a6d9c2c):
    kmemleak_alloc+0x2a/0x40
    kmem_cache_alloc_noprof+0x1d7/0x2a0
    xfrm_state_alloc+0x1b/0x210
    ${name}+0x5c/0x6a0
    xfrm_user_rcv_msg+0x1c6/0x370
`;

const windows = [
  { id: 'a', startedMs: 1000 },
  { id: 'b', startedMs: 1204 },
  { id: 'c', startedMs: 1400 },
];

test('a leak belongs to the case during which the object was allocated', () => {
  const crashes = leaksByCase(leak(1300, 1024, 'xfrm_state_clone_and_setup'), windows, 100);
  expect([...crashes.keys()]).toEqual(['b']);
  expect(crashes.get('b')).toMatchObject({
    title: 'KMEMLEAK: 1 object, 1024 bytes from xfrm_state_alloc',
    fingerprint: 'xfrm_state_alloc < xfrm_state_clone_and_setup < xfrm_user_rcv_msg',
    log: expect.stringContaining('unreferenced object 0x60c38d80 (size 1024)'),
  });
});

test('jiffies are coarser than the clock: one tick early is not another case', () => {
  expect([...leaksByCase(leak(1200, 8, 'x'), windows, 100).keys()]).toEqual(['b']);
  expect([...leaksByCase(leak(1190, 8, 'x'), windows, 100).keys()]).toEqual(['a']);
});

test('several of one case are one crash, the last case has no end, the boot has no case', () => {
  const report = leak(10, 64, 'boot') + leak(1500, 64, 'x') + leak(9000, 36, 'y');
  const crashes = leaksByCase(report, windows, 100);
  expect([...crashes.keys()]).toEqual(['c']);
  expect(crashes.get('c')?.title).toBe('KMEMLEAK: 2 objects, 100 bytes from xfrm_state_alloc');
});

test('nothing, or what is no report, is no leak', () => {
  expect(leaksByCase('', windows, 100).size).toBe(0);
  expect(leaksByCase('unreferenced object 0x1\nkmemleak is disabled\n', windows, 100).size).toBe(0);
});
