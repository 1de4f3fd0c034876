import type { CaseRecord } from '../case/record.ts';
import { callTrace, topFrames } from './call-trace.ts';
import { kernelMessages, type LogMessage } from './kernel-log.ts';
import { announcements, type SplatTitle, splatTitles } from './splat-titles.ts';
import type { Crash } from './verdict.ts';

/** A report may be long (KASAN prints the memory around); its first lines say what happened. */
const longestReport = 80;

/**
 * The first report of its own misbehaviour in lines of the kernel log (dmesg, console or /dev/kmsg
 * records): an oops, a panic, a warning, a sanitizer's or lockdep's report, a stall; null when there
 * is none.
 */
export function findSplat(lines: readonly string[]): Crash | null {
  const messages = kernelMessages(lines);
  const found = firstMatch(messages, splatTitles) ?? firstMatch(messages, announcements);
  if (found === null) return null;
  const report = reportFrom(messages, found.index);
  const frames = callTrace(report.map((message) => message.text));
  return {
    title: titleOf(found, report, frames),
    log: report.map((message) => message.line).join('\n'),
    fingerprint: topFrames(frames).join(' < ') || null,
  };
}

/** The crash of a case: the one that ended it, or a report in the kernel log while it ran. */
export function crashOf(record: Pick<CaseRecord, 'kernelLog'> | null, crash: Crash | null) {
  return crash ?? (record === null ? null : findSplat(record.kernelLog));
}

interface Found {
  index: number;
  match: RegExpMatchArray;
  splat: SplatTitle;
}

function firstMatch(messages: readonly LogMessage[], titles: readonly SplatTitle[]): Found | null {
  for (const [index, { text }] of messages.entries()) {
    for (const splat of titles) {
      const match = text.match(splat.pattern);
      if (match !== null) return { index, match, splat };
    }
  }
  return null;
}

/** The messages of one report, less those that other CPUs and tasks put in between. */
function reportFrom(messages: readonly LogMessage[], start: number): LogMessage[] {
  const { caller } = messages[start]!;
  // "cut here", or the ===== above a lockdep or KASAN report, belongs to it.
  const before = messages[start - 1]?.text ?? '';
  const first = /^-+\[ cut here \]-+|^=+$/.test(before) ? start - 1 : start;
  const report: LogMessage[] = [];
  for (const message of messages.slice(first)) {
    if (caller !== null && message.caller !== null && message.caller !== caller) continue;
    report.push(message);
    if (report.length >= longestReport || /^---\[ end (trace|Kernel panic)/.test(message.text))
      break;
  }
  return report;
}

function titleOf({ match, splat }: Found, report: readonly LogMessage[], frames: string[]): string {
  const title = splat.title.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
  const place = frames[0];
  // The counter's own function tells nothing; since 6.18 its message follows the warning.
  if (/^WARNING in refcount_warn_saturate/.test(title)) {
    const message = report
      .map(({ text }) => /^refcount_t: (.+?)\.?$/.exec(text)?.[1])
      .find(Boolean);
    return `refcount_t: ${message ?? 'saturated'}${place === undefined ? '' : ` in ${place}`}`;
  }
  return splat.locate && place !== undefined ? `${title} in ${place}` : title;
}
