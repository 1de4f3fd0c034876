import { HarnessError } from '../error.ts';
import type { Kernel } from '../kernel/kernel.ts';

export type MachineName = 'qemu' | 'uml' | 'vng' | 'local';
export type Acceleration = 'auto' | 'kvm' | 'tcg';

/**
 * The longest line that may be sent to an agent, in bytes; two may wait there. UML's serial line stops
 * listening for ever once about 3,900 bytes are waiting: its driver switches the input off and never
 * on again.
 */
export const maxCommandBytes = 1024;

/** What goes into every guest, whatever the kernel. */
export interface Payload {
  /** Path of the agent, bundled into one CommonJS file. */
  agent: string;
  /** Kernel modules that the run needs, by name; those built in or absent are passed over. */
  modules: readonly string[];
}

export interface BootOptions {
  /** Aborting it ends the boot, the guest and every process of it, at once. */
  signal: AbortSignal;
  acceleration: Acceleration;
  /** The CPU that this guest is pinned to, where the machine pins. */
  cpu?: number;
  /** Told what the boot is doing, one short phrase each: "booting (tcg)", "no output, again (2/3)". */
  onProgress?: (phrase: string) => void;
  /** Given all that the console says, of boots that are given up too, as it comes (hostile bytes). */
  onConsole?: ((chunk: Uint8Array) => void) | undefined;
}

/** How a guest ended. */
export interface GuestEnd {
  /** `panic` is the kernel's word; `stopped` is ours; `exit` is a power-off or a lost process. */
  how: 'stopped' | 'exit' | 'panic' | 'machine-error';
  /** One sentence: "qemu-system-x86_64 exited with status 1", "KVM internal error, …". */
  detail: string;
}

/** What the report says of a boot. */
export interface BootReport {
  machine: MachineName;
  /** "tcg", "kvm", "native" */
  acceleration: string;
  /** Boots that were given up before this one, each with its reason. */
  retries: readonly string[];
  /** Milliseconds from starting the process to the agent's first line. */
  bootMs: number;
}

/** A booted kernel whose agent has said its first line. */
export interface Guest {
  readonly report: BootReport;
  /** Lines that the agent wrote, without the newline, the first one included. Ends when the guest does. */
  lines(): AsyncIterable<string>;
  /** Send one line of at most `maxCommandBytes` to the agent, which has read all but the one before. */
  send(line: string): void;
  /** Settles when the guest is gone, for whatever reason; never rejects. */
  readonly ended: Promise<GuestEnd>;
  /** The last part of what the kernel wrote on its console, as it came (hostile bytes). */
  consoleTail(bytes?: number): string;
  /** What can be learned of a guest that hangs (QMP status, backtraces) before it is stopped. */
  diagnose(): Promise<string>;
  /** End the guest and remove its temporary files; resolves when nothing is left. Idempotent. */
  stop(): Promise<void>;
}

/** Something that runs kernels. Adding one is one file. */
export interface Machine {
  readonly name: MachineName;
  /** Its guests are one kernel: side by side they would hear of each other's crashes in its log. */
  readonly sharesKernel?: true;
  /**
   * Everything that can be done once for a kernel and shared by its boots (the initramfs, checks of
   * prerequisites). Throws a HarnessError of one sentence when the machine cannot run here, a
   * UsageError when it cannot run this kernel.
   */
  prepare(kernel: Kernel, payload: Payload, signal: AbortSignal): Promise<PreparedMachine>;
}

export interface PreparedMachine {
  /** Boots; tries again when a boot makes no progress. Throws BootError when it gives up. */
  boot(options: BootOptions): Promise<Guest>;
}

/** A kernel that did not come up: a title of one sentence and the evidence. */
export class BootError extends HarnessError {
  override readonly name = 'BootError';
  /** The end of the console of the last attempt (hostile bytes). */
  readonly console: string;
  /** What happened in each attempt. */
  readonly attempts: readonly string[];
  /** True when the kernel itself said why (a panic): the kernel failed, not the harness. */
  readonly kernelPanicked: boolean;

  constructor(
    title: string,
    evidence: { console: string; attempts: readonly string[]; kernelPanicked: boolean },
  ) {
    super(title);
    this.console = evidence.console;
    this.attempts = evidence.attempts;
    this.kernelPanicked = evidence.kernelPanicked;
  }
}
