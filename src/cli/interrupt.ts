/**
 * An AbortSignal that Ctrl-C and termination abort. A second Ctrl-C ends the process at once, for
 * the case that cleaning up itself hangs.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new DOMException(`interrupted by ${name}`, 'AbortError'));
    });
  }
  return controller.signal;
}
