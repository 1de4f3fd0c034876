import type { Writable } from 'node:stream';
import { exitStatus } from '../error.ts';

/**
 * Lets a command go on to its end when what it prints has nowhere to go: its reports are still to be
 * written.
 *
 * A reader that has left (`| head`) has seen enough, which changes nothing. Any other failure of
 * stdout, such as a full disk, is told once on stderr.
 *
 * @returns the exit status to end with, whatever the command itself came to; null when all is well
 */
export function watchOutput(stdout: Writable, stderr: Writable): () => number | null {
  let lost: string | null = null;
  stderr.on('error', () => undefined);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || lost !== null) return;
    lost = error.code ?? error.message;
    stderr.write(
      `xfrm-conform: the output cannot be written (${lost}): free some space, or let it go elsewhere.\n`,
    );
  });
  return () => (lost === null ? null : exitStatus.broken);
}
