import { readFileSync } from 'node:fs';

/**
 * A counter of the namespace that this thread is in, as nstat(8) tells them: the lines of a group are
 * its names, and their values in the same order.
 */
export function counterOf(group: string, name: string): number {
  const lines = readFileSync('/proc/thread-self/net/netstat', 'latin1').split('\n');
  const [names, values] = lines
    .filter((line) => line.startsWith(`${group}: `))
    .map((line) => line.split(' '));
  const value = values?.[names!.indexOf(name)];
  if (value === undefined) throw new Error(`the kernel does not count ${group}${name}`);
  return Number(value);
}
