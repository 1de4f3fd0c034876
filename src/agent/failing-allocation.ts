import { openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { SetupError } from '../case/xfrm-client.ts';
import { debugfs } from './debugfs.ts';

/**
 * The kernel's fault injection (Documentation/fault-injection/fault-injection.rst), for what this
 * thread does: needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
export class FailingAllocation {
  static #one: FailingAllocation | null = null;
  /** Holds which allocation from now on fails; 0 when none will, or it has. */
  readonly #file: number;
  readonly #text = Buffer.alloc(16);

  private constructor() {
    const failslab = debugfs('failslab');
    if (failslab === null) throw new SetupError('failslab is not there: mount debugfs');
    // Also allocations that may wait for memory.
    writeFileSync(`${failslab}/ignore-gfp-wait`, 'N');
    // A failure that was asked for is no news for the kernel's log.
    writeFileSync(`${failslab}/verbose`, '0');
    this.#file = openSync('/proc/thread-self/fail-nth', 'r+');
  }

  static get(): FailingAllocation {
    FailingAllocation.#one ??= new FailingAllocation();
    return FailingAllocation.#one;
  }

  /** Lets the nth allocation fail that the kernel makes for a system call; false: it made fewer. */
  during(nth: number, call: () => void): boolean {
    let length = 0;
    writeSync(this.#file, `${nth}`);
    try {
      call();
    } finally {
      length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
      writeSync(this.#file, '0');
    }
    // It counts down to the failure.
    return Number(this.#text.toString('latin1', 0, length)) === 0;
  }
}
