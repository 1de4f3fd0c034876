import { forTerminal } from './escape.ts';
import { type Cell, grid, type Row } from './grid.ts';
import type { CaseResult, KernelResult, RunResults } from './results.ts';
import { countStatuses, type Style, statusLetters, statusWords } from './style.ts';

export interface MatrixOptions {
  readonly width: number;
  readonly style: Style;
}

export interface Matrix {
  readonly lines: readonly string[];
  /** How a pass is written where verdicts had to be written as letters; null: they are words. */
  readonly passSign: string | null;
}

/** A topic a row, a kernel a column: how many cases got which verdict. */
export function topicMatrix({ kernels }: RunResults, { width, style }: MatrixOptions): Matrix {
  const topics = groupBy(caseIds(kernels), topicOf);
  const rows = groupBy([...topics.keys()], interfaceOf);
  const { lines, level } = grid(
    headings(kernels),
    [...rows].flatMap(([name, members]) => [
      interfaceRow(name, kernels, style),
      ...members.map((topic) => ({
        label: topic.slice(name.length + 1),
        group: false,
        cells: kernels.map((kernel) => countCell(inTopic(kernel, topics.get(topic)!), style)),
      })),
    ]),
    { width, style },
  );
  return { lines, passSign: level > 0 ? 'number alone' : null };
}

/** A case a row, a kernel a column: the verdict, and what the kernel answered where there is room. */
export function caseMatrix({ kernels }: RunResults, { width, style }: MatrixOptions): Matrix {
  const topics = groupBy(caseIds(kernels), topicOf);
  const { lines, level } = grid(
    headings(kernels),
    [...groupBy([...topics.keys()], interfaceOf)].flatMap(([name, members]) => [
      interfaceRow(name, kernels, style),
      ...members.flatMap((topic) => [
        { label: topic, group: true, cells: [] },
        ...topics.get(topic)!.map((id) => ({
          label: id.slice(topic.length + 1),
          group: false,
          cells: kernels.map((kernel) => caseCell(find(kernel, id), style)),
        })),
      ]),
    ]),
    { width, style, wrapAt: 20 },
  );
  return { lines, passSign: level === 3 ? statusLetters.pass : null };
}

const emptyCell: Cell = { variants: [''], paint: (text) => text };

function headings(kernels: readonly KernelResult[]): string[] {
  return kernels.map(({ kernel }) => forTerminal(kernel.spec));
}

/** The interface, and what each kernel is for it. */
function interfaceRow(name: string, kernels: readonly KernelResult[], style: Style): Row {
  const words = { full: 'full', compiledOut: 'compiled out', predates: 'predates' };
  const short = { full: 'full', compiledOut: 'off', predates: 'old' };
  return {
    label: name,
    group: true,
    cells: kernels.map(({ kernel }) => {
      const kind = kernel.kinds?.[name as keyof typeof kernel.kinds]?.kind;
      if (kind === undefined) return emptyCell;
      return { variants: [words[kind], words[kind], short[kind], ''], paint: style.dim };
    }),
  };
}

function countCell(cases: readonly CaseResult[], style: Style): Cell {
  const counts = countStatuses(cases.map(({ verdict }) => verdict.status));
  const worst = counts[0];
  if (worst === undefined) return { variants: ['-'], paint: style.dim };
  const brief = counts.map(({ status, count }) =>
    status === 'pass' ? String(count) : `${count}${statusLetters[status]}`,
  );
  return {
    variants: [
      counts.map(({ status, count }) => `${count} ${statusWords[status]}`).join(', '),
      brief.join(' '),
      brief[0]!,
    ],
    paint: style.status[worst.status],
  };
}

function caseCell(result: CaseResult | undefined, style: Style): Cell {
  if (result === undefined) return { variants: ['-'], paint: style.dim };
  const { status } = result.verdict;
  const word = statusWords[status];
  const reply = result.record?.requests.findLast(({ purpose }) => purpose === 'subject')?.reply;
  const errno = reply === undefined ? '' : ` ${forTerminal(reply.errno)}`;
  const text = reply?.extack?.message ? `: ${forTerminal(reply.extack.message)}` : '';
  return {
    variants: [`${word}${errno}${text}`, `${word}${errno}`, word, statusLetters[status]],
    paint: style.status[status],
  };
}

/** Ids of all cases that any kernel has, in the order in which they ran. */
function caseIds(kernels: readonly KernelResult[]): string[] {
  return [...new Set(kernels.flatMap(({ cases }) => cases.map(({ id }) => id)))];
}

function find(kernel: KernelResult, id: string): CaseResult | undefined {
  return kernel.cases.find((each) => each.id === id);
}

function inTopic(kernel: KernelResult, ids: readonly string[]): CaseResult[] {
  return kernel.cases.filter(({ id }) => ids.includes(id));
}

/** "migrate-state/encap" of "migrate-state/encap/removed" */
function topicOf(id: string): string {
  const end = id.lastIndexOf('/');
  return end === -1 ? id : id.slice(0, end);
}

function interfaceOf(topic: string): string {
  return topic.split('/', 1)[0]!;
}

function groupBy(items: readonly string[], key: (item: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const item of items) {
    const members = groups.get(key(item));
    if (members === undefined) groups.set(key(item), [item]);
    else members.push(item);
  }
  return groups;
}
