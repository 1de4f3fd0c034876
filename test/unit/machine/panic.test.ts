import { expect, test } from 'vitest';
import { findPanic } from '../../../src/machine/panic.ts';

test.each([
  ['Fatal exception in interrupt', false],
  ['sysrq triggered crash', false],
  ['Attempted to kill init! exitcode=0x0000000b', false],
  ['Attempted to kill init! exitcode=0x00000100', true],
  ['VFS: Unable to mount root fs on unknown-block(0,0)', true],
  ['No working init found.  Try passing init= option to kernel. See Linux', true],
  ['Requested init /node failed (error -2).', true],
])('"%s": ours is %s', (reason, ours) => {
  const console = `[    1.2] x\r\n[    2.137290] Kernel panic - not syncing: ${reason}\r\n[    2.2] CPU: 1`;
  expect(findPanic(console)).toEqual({ line: `Kernel panic - not syncing: ${reason}`, ours });
});

test('the first panic counts, and no panic is none', () => {
  const two = 'Kernel panic - not syncing: first\nKernel panic - not syncing: second';
  expect(findPanic(two)?.line).toContain('first');
  expect(findPanic('Oops: 0000 [#1]\nend Kernel')).toBeNull();
});
