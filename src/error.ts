/**
 * Exit statuses of the command line.
 *
 * 0: no failure; 1: a kernel failed a case; 2: the call was wrong; 3: the harness or the machine
 * broke, which says nothing about the kernel.
 */
export const exitStatus = { ok: 0, failed: 1, usage: 2, broken: 3 } as const;

/**
 * An error that the user can act on. The message is one sentence that says what is wrong and what
 * to do; the command line prints it without a stack and exits with `exitStatus`.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly exitStatus: 2 | 3;

  constructor(message: string, options: { exitStatus: 2 | 3; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.exitStatus = options.exitStatus;
  }
}

/** The call was wrong: an unknown kernel, case or option. Exit status 2. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';

  constructor(message: string, cause?: unknown) {
    super(message, { exitStatus: exitStatus.usage, cause });
  }
}

/** The harness, the machine or the host broke: no word about the kernel. Exit status 3. */
export class HarnessError extends UserError {
  override readonly name: string = 'HarnessError';

  constructor(message: string, cause?: unknown) {
    super(message, { exitStatus: exitStatus.broken, cause });
  }
}
