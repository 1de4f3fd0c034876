import { existsSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { execa } from 'execa';
import { historyPath } from './history.ts';

/** Whether a build directory is still to be made, and a build in the other one was finished. */
export function canSeed(output: string, donor: string): boolean {
  return !existsSync(output) && existsSync(donor) && existsSync(historyPath(donor));
}

/**
 * Begins a new build directory as a copy of one in which another variant of the same tree was
 * built: make then compiles only what reads an option that differs.
 */
export async function seedOutput(
  output: string,
  donor: string,
  cancelSignal: AbortSignal,
): Promise<void> {
  const partial = `${output}.partial`;
  await rm(partial, { recursive: true, force: true });
  // With the times of the files, by which make goes.
  await execa('cp', ['-a', '--', donor, partial], { cancelSignal, stdin: 'ignore' });
  await copyFile(historyPath(donor), historyPath(output));
  await rename(partial, output);
}
