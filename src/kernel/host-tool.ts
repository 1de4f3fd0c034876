import { execa } from 'execa';
import { HarnessError } from '../error.ts';

export interface ToolOptions {
  /** Aborting it ends the tool at once; the call then rejects with the signal's reason. */
  signal: AbortSignal;
  /** Deadline in milliseconds. */
  timeoutMs: number;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** The Debian package that brings the tool, named when it is missing. */
  package?: string;
  /** Called with each line that the tool writes on file descriptor 3. */
  onStatusLine?: (line: string) => void;
}

export interface ToolResult {
  /** null when the tool was ended by a signal from outside. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Run a tool of the host to its end, in the C locale.
 *
 * A status other than 0 is the caller's to judge. Throws a HarnessError when the tool is missing
 * or misses its deadline.
 */
export async function runTool(
  file: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<ToolResult> {
  options.signal.throwIfAborted();
  const child = execa(file, args, {
    cancelSignal: options.signal,
    timeout: options.timeoutMs,
    // A tool that ignores SIGTERM must not hold up Ctrl-C.
    forceKillAfterDelay: 500,
    reject: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { LC_ALL: 'C', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', options.onStatusLine ? 'pipe' : 'ignore'],
    maxBuffer: 256 * 1024 * 1024,
  });
  if (options.onStatusLine) void reportStatus(child, options.onStatusLine);
  const result = await child;
  options.signal.throwIfAborted();
  if (result.code === 'ENOENT') throw new HarnessError(missing(file, options.package));
  if (result.timedOut) {
    throw new HarnessError(
      `${file} did not finish within ${Math.round(options.timeoutMs / 1000)} s: try again, or look at what slows the disk or the network down.`,
    );
  }
  return {
    exitCode: result.exitCode ?? null,
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
  };
}

async function reportStatus(
  child: { iterable(options: { from: 'fd3' }): AsyncIterable<unknown> },
  onStatusLine: (line: string) => void,
): Promise<void> {
  try {
    for await (const line of child.iterable({ from: 'fd3' })) onStatusLine(String(line));
  } catch {
    // The tool's end is judged by whoever awaits it.
  }
}

function missing(file: string, debianPackage: string | undefined): string {
  const tool = file.split('/').at(-1);
  return debianPackage
    ? `${tool} is not installed: install the package ${debianPackage}.`
    : `${tool} is not installed.`;
}
