import { forTerminal, linesForTerminal } from './escape.ts';
import { plural, seconds, wrap } from './layout.ts';
import type { KernelResult } from './results.ts';
import { countStatuses, type Style, statusWords } from './style.ts';

export interface KernelLinesOptions {
  readonly width: number;
  readonly style: Style;
  /** Notes that are told elsewhere, for several kernels at once. */
  readonly toldOnce?: ReadonlySet<string>;
}

const consoleLines = 12;

/** One line on a kernel, then what its reader must know: its problem, its boots, its notes. */
export function kernelLines(
  result: KernelResult,
  { width, style, toldOnce = new Set() }: KernelLinesOptions,
): string[] {
  const { kernel, boots, problem } = result;
  const counts = countStatuses(result.cases.map(({ verdict }) => verdict.status));
  const worst = counts[0]?.status ?? 'broken';
  const said = counts.map(({ status, count }) => `${count} ${statusWords[status]}`).join(', ');
  const paint = problem === null ? style.status[worst] : style.status.broken;
  const how = [kernel.release, machineOf(result), seconds(result.durationMs)].filter(Boolean);
  return [
    ...firstLine(forTerminal(kernel.spec), said || 'no verdicts', forTerminal(how.join(', ')), {
      width,
      style,
      paint,
    }),
    ...detail('problem', problem?.message ?? '', width).map(style.status.broken),
    ...problemConsole(problem?.console ?? '', width).map(style.dim),
    ...detail('boots', whyBoots(result), width),
    ...boots.flatMap(({ retries }) =>
      retries.flatMap((retry) => detail('retried', retry, width).map(style.dim)),
    ),
    ...kernel.notes
      .filter((note) => !toldOnce.has(note))
      .flatMap((note) => detail('note', note, width).map(style.dim)),
  ];
}

function firstLine(
  spec: string,
  said: string,
  how: string,
  { width, style, paint }: KernelLinesOptions & { paint: (text: string) => string },
): string[] {
  if (spec.length + said.length + how.length + 6 <= width) {
    return [`${style.bold(spec)}  ${paint(said)}  ${style.dim(`(${how})`)}`];
  }
  return [
    ...wrap(spec, width, '  ').map(style.bold),
    ...wrap(`  ${said}`, width, '    ').map(paint),
    ...wrap(`  ${how}`, width, '    ').map(style.dim),
  ];
}

/** Empty when several guests only shared the cases. */
function whyBoots({ boots, cases }: KernelResult): string {
  const fatal = cases.filter(({ record, crash }) => crash !== null && record === null);
  const [first] = fatal;
  if (first === undefined) return '';
  const others = fatal.length === 1 ? '' : ` and ${plural(fatal.length - 1, 'other case')}`;
  return forTerminal(`${boots.length}; ${first.id}${others} brought the kernel down`);
}

function machineOf({ boots }: KernelResult): string {
  const ways = boots.map(({ machine, acceleration }) =>
    acceleration === 'native' ? machine : `${machine} ${acceleration}`,
  );
  return [...new Set(ways)].join(' and ');
}

function detail(name: string, text: string, width: number): string[] {
  return text === '' ? [] : wrap(`  ${name}: ${forTerminal(text)}`, width, '    ');
}

/** The end of the console says why a kernel did not come up. */
function problemConsole(console: string, width: number): string[] {
  if (console.trim() === '') return [];
  return linesForTerminal(console)
    .slice(-consoleLines)
    .flatMap((line) => wrap(`    | ${line}`, width, '    |   '));
}
