import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { debugfs } from './debugfs.ts';

/** The longest period that the kernel allows, nanoseconds (dl_server_period_max in kernel/sched/debug.c). */
const longestPeriod = 2 ** 22 * 1000;

/**
 * Each CPU's fair server gives threads without a priority 50 ms of a second in which they had to wait, even
 * while one with a priority runs. Since Linux 6.17 that second goes on from one wait to the next. Has it
 * begin anew, and last as long as it can. Older kernels are left alone: they begin it with each wait, and
 * 6.12 warns of its own doing then. So is a host's own kernel, whose scheduler is none of ours.
 *
 * @returns what sets it back
 */
export function delayFairServers(): () => void {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const old = major < 6 || (major === 6 && minor < 17);
  const servers = old || process.env.XFRM_CONFORM_SHARED ? null : debugfs('sched/fair_server');
  if (servers === null) return () => {};
  const files = readdirSync(servers).map((cpu) => `${servers}/${cpu}/period`);
  const before = files.map((file) => readFileSync(file, 'latin1'));
  for (const file of files) writeFileSync(file, `${longestPeriod}`);
  return () => {
    for (const [i, file] of files.entries()) writeFileSync(file, before[i]!);
  };
}
