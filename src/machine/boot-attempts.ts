import { BootError, type Guest } from './machine.ts';

/** A boot that got nowhere for no reason of the kernel's: worth another try. */
export class NoProgress extends Error {
  override readonly name = 'NoProgress';
  readonly console: string;

  constructor(reason: string, console: string) {
    super(reason);
    this.console = console;
  }
}

export interface Attempts {
  /** How the error names the kernel: "debian:7.3.4". */
  what: string;
  /** Boots in all before it is given up; 3 when left out. */
  most?: number;
  onProgress?: ((phrase: string) => void) | undefined;
  /** What the user can do about it, the end of the error's sentence. */
  advice: string;
}

/**
 * Boot, and boot again when a boot makes no progress. Every other error is passed on at once.
 *
 * @param boot is told why the boots before it were given up, for the report.
 */
export async function bootWithRetries(
  attempts: Attempts,
  boot: (retries: readonly string[]) => Promise<Guest>,
): Promise<Guest> {
  const most = attempts.most ?? 3;
  const retries: string[] = [];
  for (;;) {
    try {
      return await boot([...retries]);
    } catch (error) {
      if (!(error instanceof NoProgress)) throw error;
      retries.push(error.message);
      if (retries.length >= most) throw givenUp(attempts, retries, error.console);
      attempts.onProgress?.(`${error.message}, again (${retries.length + 1}/${most})`);
    }
  }
}

function givenUp(attempts: Attempts, retries: readonly string[], console: string): BootError {
  return new BootError(
    `${attempts.what} did not come up in ${retries.length} boots (${retries.at(-1)}): ${attempts.advice}.`,
    { console, attempts: retries, kernelPanicked: false },
  );
}
