import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { execa } from 'execa';

export interface Fifo {
  /** What the writers write; ends when the last one is gone. */
  readonly reader: Socket;
  /** A descriptor for a child to write to. */
  readonly writeFd: number;
  /** To be called when the child has its own. */
  closeWriteFd(): void;
}

/**
 * A named pipe. Unlike the sockets that Node makes for a child, a child may open it again by
 * /proc/self/fd, which is how virtme-ng hands its output to QEMU.
 */
export async function makeFifo(path: string): Promise<Fifo> {
  await execa('mkfifo', ['--mode=600', path]);
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY);
  const reader = new Socket({ fd: readFd, readable: true, writable: false });
  reader.on('error', () => undefined);
  return { reader, writeFd, closeWriteFd: () => closeSync(writeFd) };
}
