import { callTrace, topFrames } from '../verdict/call-trace.ts';
import type { Crash } from '../verdict/verdict.ts';

/** When a case ran, milliseconds of the guest's CLOCK_MONOTONIC. */
export interface CaseWindow {
  id: string;
  startedMs: number;
}

/** One block of /sys/kernel/debug/kmemleak. */
interface Leak {
  bytes: number;
  /** When it was allocated, milliseconds since the boot. */
  atMs: number;
  text: string;
}

/**
 * The leaks that kmemleak reports (Documentation/dev-tools/kmemleak.rst), by the case during which
 * each object was allocated. What is older than the first case is the boot's own and left out.
 *
 * @param windows in the order in which the cases ran
 * @param hz CONFIG_HZ: kmemleak tells time in jiffies, which start five minutes before they wrap
 */
export function leaksByCase(
  report: string,
  windows: readonly CaseWindow[],
  hz: number,
): Map<string, Crash> {
  const byCase = new Map<string, Leak[]>();
  for (const leak of parse(report, hz)) {
    // A jiffy is coarser than the clock: one that seems to start just before a case is its own.
    const slack = 1000 / hz;
    const owner = windows.findLast(({ startedMs }) => startedMs <= leak.atMs + slack);
    if (owner) byCase.set(owner.id, [...(byCase.get(owner.id) ?? []), leak]);
  }
  return new Map([...byCase].map(([id, leaks]) => [id, crashOf(leaks)]));
}

function crashOf(leaks: readonly Leak[]): Crash {
  const frames = topFrames(callTrace(leaks[0]!.text.split('\n')));
  const where = frames[0] === undefined ? '' : ` from ${frames[0]}`;
  const what = leaks.length === 1 ? '1 object' : `${leaks.length} objects`;
  const bytes = leaks.reduce((sum, leak) => sum + leak.bytes, 0);
  return {
    title: `KMEMLEAK: ${what}, ${bytes} bytes${where}`,
    log: leaks
      .slice(0, 8)
      .map(({ text }) => text)
      .join('\n'),
    fingerprint: frames.join(' < ') || null,
  };
}

function parse(report: string, hz: number): Leak[] {
  const blocks = report.split(/^(?=unreferenced object)/m).filter((text) => /^unref/.test(text));
  return blocks.flatMap((block) => {
    const size = /\(size (\d+)\)/.exec(block);
    const jiffies = /jiffies (\d+)/.exec(block);
    if (!size || !jiffies) return [];
    const sinceBoot = Number(jiffies[1]) - (2 ** 32 - 300 * hz);
    const text = block.trimEnd();
    return [{ bytes: Number(size[1]), atMs: (sinceBoot * 1000) / hz, text }];
  });
}
