import { LiveProgress } from './live-progress.ts';
import { PlainProgress } from './plain-progress.ts';
import type { Progress, ProgressOptions } from './progress-types.ts';

export type { KernelProgress, Progress, ProgressOptions } from './progress-types.ts';

/**
 * On a terminal: one live line for each kernel, redrawn when something changes and every second.
 * Elsewhere (a file, CI): a plain line when a kernel enters a phase, and when it is through.
 */
export function createProgress(options: ProgressOptions): Progress {
  return options.stream.isTTY === true ? new LiveProgress(options) : new PlainProgress(options);
}
