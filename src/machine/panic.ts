/** The kernel's last word, read from its console. */
export interface Panic {
  /** The line, without its time stamp: "Kernel panic - not syncing: …". */
  line: string;
  /**
   * True when the panic says that what we put into the guest is wrong (no root, no init, an init
   * that exited): no word about the kernel.
   */
  ours: boolean;
}

const panicLine = /Kernel panic - not syncing: [^\r\n]*/;

const oursPatterns = [
  /VFS: Unable to mount root fs/,
  /No working init found/,
  /Requested init .* failed/,
  // Status, not signal, in the low byte: init exited by itself; a signal may be the kernel's doing.
  /Attempted to kill init! exitcode=0x0000[0-9a-f]{2}00\b/,
];

/** The first panic on a console; null when there is none. */
export function findPanic(console: string): Panic | null {
  const line = panicLine.exec(console)?.[0];
  if (line === undefined) return null;
  return { line: line.trimEnd(), ours: oursPatterns.some((pattern) => pattern.test(line)) };
}
