import { call, NativeMemory } from './libc.ts';

const POLLIN = 1;
/** `struct pollfd`: int fd, short events, short revents. */
const pollfdBytes = 8;
const room = 16;
const set = new NativeMemory(room * pollfdBytes);

/**
 * Which of at most 16 descriptors have something to read, or an error to tell (poll(2)).
 *
 * @param timeoutMs how long to wait for the first
 */
export function readable(fds: readonly number[], timeoutMs = 0): number[] {
  if (fds.length === 0) return [];
  if (fds.length > room) throw new RangeError(`${fds.length} descriptors to poll`);
  for (const [i, fd] of fds.entries()) {
    set.bytes.writeInt32LE(fd, i * pollfdBytes);
    set.bytes.writeInt32LE(POLLIN, i * pollfdBytes + 4);
  }
  if (call('poll', set, fds.length, Math.ceil(timeoutMs)) === 0) return [];
  return fds.filter((_, i) => set.bytes.readInt16LE(i * pollfdBytes + 6) !== 0);
}
