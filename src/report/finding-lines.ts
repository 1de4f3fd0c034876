import { saysNothing } from '../verdict/call-trace.ts';
import { kernelMessages } from '../verdict/kernel-log.ts';
import type { Mismatch } from '../verdict/verdict.ts';
import { forTerminal, linesForTerminal } from './escape.ts';
import type { Finding } from './findings.ts';
import { sideBySide, wrap } from './layout.ts';
import { requestLines } from './request-lines.ts';
import { rerunLines } from './rerun.ts';
import { type Style, statusWords } from './style.ts';

export interface FindingOptions {
  readonly width: number;
  readonly style: Style;
}

/** A case may send hundreds of requests; the last ones tell. All are in results.json. */
const mostRequests = 3;
const mostLogLines = 16;
/** Below this width expected and observed stand one above the other. */
const sideBySideFrom = 72;

/** All that is needed to understand one case that did not pass, and the command to run it again. */
export function findingLines(finding: Finding, { width, style }: FindingOptions): string[] {
  const { result, crash, kernels } = finding;
  const { status, reason, mismatches } = result.verdict;
  const specs = kernels.map(({ kernel }) => forTerminal(kernel.spec)).join(', ');
  const kind = kernels[0]?.kernel.kinds?.[result.interface].kind ?? 'kind not known';
  const inner = width - 2;
  const log = crash === null ? (result.record?.kernelLog ?? []).join('\n') : crash.log;
  const saysMore = status !== 'fail' || mismatches.length === 0;
  return [
    ...wrap(`${statusWords[status]}  ${forTerminal(result.id)}`, width, '  ').map(
      style.status[status],
    ),
    ...[
      ...wrap(`on ${specs} (${kind})`, inner, '   '),
      ...wrap(forTerminal(result.summary), inner).map(style.dim),
      ...(saysMore && reason !== null ? wrap(forTerminal(reason), inner) : []),
      ...(crash?.fingerprint ? wrap(`in ${forTerminal(crash.fingerprint)}`, inner, '   ') : []),
      ...section(differences(mismatches, inner, style)),
      ...section(subjects(finding, inner), style.bold('request')),
      ...section(logLines(log, inner), style.bold('kernel log')),
      ...section(
        rerunLines(kernels, result.id, inner - 2).map((line) => `  ${forTerminal(line)}`),
        style.bold('run it again'),
      ),
    ].map((line) => (line === '' ? '' : `  ${line}`)),
  ];
}

function section(lines: readonly string[], title?: string): string[] {
  if (lines.length === 0) return [];
  return ['', ...(title === undefined ? [] : [title]), ...lines];
}

function differences(mismatches: readonly Mismatch[], width: number, style: Style): string[] {
  const shown = mismatches.map(({ path, expected, observed }) => ({
    path: forTerminal(path) || 'observation',
    expected: forTerminal(expected),
    observed: forTerminal(observed),
  }));
  if (shown.length === 0) return [];
  return width >= sideBySideFrom
    ? besideEachOther(shown, width, style)
    : stacked(shown, width, style);
}

function besideEachOther(shown: readonly Mismatch[], width: number, style: Style): string[] {
  const longestPath = Math.max(...shown.map(({ path }) => path.length));
  const name = Math.min(longestPath, Math.floor(width / 4));
  const longest = Math.max(
    ...shown.flatMap((each) => [each.expected.length, each.observed.length]),
  );
  const half = Math.min(Math.max(longest, 8), Math.floor((width - name - 4) / 2));
  return [{ path: '', expected: 'expected', observed: 'observed' }, ...shown].flatMap(
    ({ path, expected, observed }, index) =>
      sideBySide([
        { lines: wrap(path, name, ' '), width: name },
        {
          lines: wrap(expected, half, '  '),
          width: half,
          paint: index === 0 ? style.bold : style.green,
        },
        {
          lines: wrap(observed, half, '  '),
          width: half,
          paint: index === 0 ? style.bold : style.red,
        },
      ]),
  );
}

function stacked(shown: readonly Mismatch[], width: number, style: Style): string[] {
  return shown.flatMap(({ path, expected, observed }) => [
    ...wrap(path, width, ' ').map(style.bold),
    ...wrap(`  expected  ${expected}`, width, ' '.repeat(12)).map(style.green),
    ...wrap(`  observed  ${observed}`, width, ' '.repeat(12)).map(style.red),
  ]);
}

function subjects({ result }: Finding, width: number): string[] {
  if (result.verdict.status === 'unexpected-pass') return [];
  const all = (result.record?.requests ?? []).filter(({ purpose }) => purpose === 'subject');
  const shown = all.slice(-mostRequests);
  const left = all.length - shown.length;
  return [
    ...(left === 0 ? [] : [`  (${left} before these are in results.json)`]),
    ...shown.flatMap((request) => requestLines(request, width - 2).map((line) => `  ${line}`)),
  ];
}

function logLines(log: string, width: number): string[] {
  if (log === '') return [];
  const lines = linesForTerminal(log);
  // A trace of UML begins with a dozen frames of how it was printed, and has others several times.
  const telling = lines
    .filter((line) => !kernelMessages([line]).every(({ text }) => saysNothing(text)))
    .filter((line, index, all) => line !== all[index - 1]);
  const shown = telling.slice(0, mostLogLines);
  const left = lines.length - shown.length;
  return [
    ...shown.flatMap((line) => wrap(`  ${line}`, width, '      ')),
    ...(left > 0 ? [`  (${left} more in results.json)`] : []),
  ];
}
