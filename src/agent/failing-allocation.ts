import { openSync, writeFileSync } from 'node:fs';
import { SetupError } from '../case/xfrm-client.ts';
import { concat } from '../netlink/codec.ts';
import { debugfs } from './debugfs.ts';
import { MachineCode } from './machine-code.ts';

/** What became of a write in which an allocation was to fail. */
interface ShortWrite {
  /** What write(2) returned, or minus the errno. */
  readonly written: number;
  /** False: the kernel made fewer allocations. */
  readonly failed: boolean;
}

/**
 * The kernel's fault injection (Documentation/fault-injection/fault-injection.rst), for what this
 * thread does: needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
export class FailingAllocation {
  static #one: FailingAllocation | null = null;
  /** Holds which allocation from now on fails; 0 when none will, or it has. */
  readonly #file: number;

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

  /**
   * Writes while the nth allocation fails that the kernel makes for it. Nothing comes in between: V8
   * ends where one of its own system calls fails.
   */
  whileWriting(nth: number, fd: number, bytes: Uint8Array): ShortWrite {
    const code = MachineCode.get();
    const text = Buffer.from(`${nth}`);
    const [armed, disarmed, left] = [new Uint8Array(16), new Uint8Array(16), new Uint8Array(16)];
    armed.set(text);
    disarmed.set(Buffer.from('0'));
    const address = code.put(concat(armed, disarmed, left, bytes));
    const [set, written, read, reset] = code.inThread([
      [nr.write, this.#file, address, text.length],
      [nr.write, fd, address + 48, bytes.length],
      [nr.pread, this.#file, address + 32, left.length, 0],
      [nr.write, this.#file, address + 16, 1],
    ]);
    if ([set, read, reset].some((result) => result! <= 0))
      throw new SetupError(`no allocation can be made to fail: ${[set, read, reset]}`);
    const rest = Buffer.from(code.taken(48 + read!).subarray(32, 32 + read!)).toString('latin1');
    // It counts down to the failure.
    return { written: written!, failed: Number(rest) === 0 };
  }
}

const nr = { write: 1, pread: 17 } as const;
