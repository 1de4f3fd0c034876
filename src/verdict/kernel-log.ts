/** One message of the kernel log, whatever it came through. */
export interface LogMessage {
  /** The line as it came, less what another message was mixed into it. */
  readonly line: string;
  /** The message without priority, time stamp and caller. */
  readonly text: string;
  /** "T123" or "C1" when the kernel prints callers (CONFIG_PRINTK_CALLER). */
  readonly caller: string | null;
}

/**
 * The messages in lines of the kernel log: dmesg, console, or /dev/kmsg records.
 *
 * A serial console is shared: a message may begin in the middle of a line, after what a process or
 * another CPU wrote there. A time stamp tells; without time stamps (UML) a line is a message.
 */
export function kernelMessages(lines: readonly string[]): LogMessage[] {
  return lines.flatMap((line) =>
    line
      .replace(/[\r\n]+$/, '')
      .split(/(?<=.)(?=(?:<\d{1,3}>)?\[ *\d+\.\d{6}\])(?<!<\d{1,3}>)/)
      .map(parseMessage),
  );
}

const prefixes = [
  // /dev/kmsg: "4,1234,5678901,-,caller=T123;text"
  /^\d+,\d+,\d+,[-c](?:,(?:caller=(?<caller>[TC]\d+))?[^;]*)?;/,
  // Console: "<4>[   12.345678][  T123] text"
  /^(?:<\d{1,3}>)?(?:\[ *\d+\.\d{6}\])?(?:\[ *(?<caller>[TC]\d+)\])? ?/,
];

function parseMessage(line: string): LogMessage {
  for (const prefix of prefixes) {
    const match = prefix.exec(line);
    if (match === null) continue;
    const caller = match.groups?.caller ?? null;
    return { line, text: line.slice(match[0].length), caller };
  }
  return { line, text: line, caller: null };
}
