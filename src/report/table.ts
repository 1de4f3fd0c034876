import { forTerminal } from './escape.ts';
import { findingLines } from './finding-lines.ts';
import { type Finding, findings, type Remark, remarks } from './findings.ts';
import { kernelLines } from './kernel-lines.ts';
import { firstSentence, plural, shorten, wrap } from './layout.ts';
import { caseMatrix, type Matrix, topicMatrix } from './matrix.ts';
import type { RunResults } from './results.ts';
import { createStyle, type Style, statusLetters, statusOrder, statusWords } from './style.ts';

export interface TableOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** Every case a row, however many there are, and every finding in full. */
  readonly verbose: boolean;
}

/** So many cases still fit on a screen; more of them are counted by topic. */
const fewCases = 20;
/** A kernel that fails everything must not bury the first failures. */
const mostFindings = 10;
const mostIds = 4;
/** A note that so many kernels share is told once. */
const manyKernels = 3;
/** So many reasons of one verdict; where nothing can be set up, every case has one of its own. */
const mostRemarks = 8;

/**
 * The report for a terminal: what each kernel did, each case that needs a person in full, the rest
 * in a line each, a summary of each kernel. Ends with a newline.
 */
export function renderTable(results: RunResults, options: TableOptions): string {
  const width = Math.max(options.width, 32);
  const style = createStyle(options.colour);
  const cases = new Set(results.kernels.flatMap((kernel) => kernel.cases.map(({ id }) => id)));
  const everyCase = options.verbose || cases.size <= fewCases;
  const matrix = (everyCase ? caseMatrix : topicMatrix)(results, { width, style });
  const found = findings(results);
  const inFull = options.verbose ? found : found.slice(0, mostFindings);
  const toldOnce = notesOfMany(results);
  const sections = [
    cases.size === 0 ? [] : [...matrix.lines, ...legend(results, matrix, width, style)],
    ...inFull.map((finding) => findingLines(finding, { width, style })),
    found.slice(inFull.length).flatMap((finding) => oneLine(finding, width, style)),
    remarkSection(remarks(results), { ...options, width, style }),
    results.kernels.flatMap((kernel) => kernelLines(kernel, { width, style, toldOnce })),
    sharedNotes(results, toldOnce, width).map(style.dim),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return text.join('\n');
}

/** The notes that so many kernels share that each of them alone would bury their lines. */
function notesOfMany({ kernels }: RunResults): ReadonlySet<string> {
  const all = kernels.flatMap(({ kernel }) => kernel.notes);
  return new Set(all.filter((note) => all.filter((other) => other === note).length >= manyKernels));
}

function sharedNotes({ kernels }: RunResults, notes: ReadonlySet<string>, width: number): string[] {
  return [...notes].flatMap((note) => {
    const specs = kernels.filter(({ kernel }) => kernel.notes.includes(note));
    const names = specs.map(({ kernel }) => kernel.spec).join(', ');
    return wrap(forTerminal(`note on ${names}: ${note}`), width, '  ');
  });
}

/** What the letters in a narrow table mean. */
function legend(
  { kernels }: RunResults,
  { passSign }: Matrix,
  width: number,
  style: Style,
): string[] {
  if (passSign === null) return [];
  const used = statusOrder.filter((status) =>
    kernels.some(({ cases }) => cases.some(({ verdict }) => verdict.status === status)),
  );
  const meaning = used.map(
    (status) => `${status === 'pass' ? passSign : statusLetters[status]} ${status}`,
  );
  return ['', ...wrap(meaning.join(', '), width).map(style.dim)];
}

function oneLine({ result, kernels }: Finding, width: number, style: Style): string[] {
  const { status, reason } = result.verdict;
  const specs = kernels.map(({ kernel }) => kernel.spec).join(', ');
  const text = `${statusWords[status]}  ${result.id} on ${specs}: ${reason ?? ''}`;
  return [style.status[status](shorten(forTerminal(text), width))];
}

function remarkSection(all: readonly Remark[], options: TableOptions & { style: Style }): string[] {
  return (['broken', 'deviation', 'skip'] as const).flatMap((status) => {
    const told = all.filter((remark) => remark.status === status);
    const shown = options.verbose ? told : told.slice(0, mostRemarks);
    const left = told.slice(shown.length);
    const cases = plural(
      left.reduce((sum, { ids }) => sum + ids.length, 0),
      'more case',
    );
    const others = plural(left.length, 'other reason');
    return [
      ...shown.flatMap((remark) => remarkLines(remark, options)),
      ...(left.length === 0
        ? []
        : wrap(
            `${statusWords[status]}  ${cases} for ${others}: see --verbose`,
            options.width,
            '  ',
          )),
      ...(status === 'deviation' && told.length > 0
        ? wrap('known deviations are explained by: scripts/xfrm-conform deviations', options.width)
        : []),
    ];
  });
}

function remarkLines(
  { status, reason, deviation, ids, kernels }: Remark,
  { width, style, verbose }: TableOptions & { style: Style },
): string[] {
  const specs = kernels.map(({ kernel }) => kernel.spec).join(', ');
  const named = verbose || ids.length <= mostIds;
  const what = named ? ids.join(', ') : plural(ids.length, 'case');
  const entry = deviation === null ? '' : ` [${deviation}]`;
  // What broke may be a stack; the other reasons are a sentence by themselves.
  const story = verbose || status !== 'broken' ? reason : firstSentence(reason);
  const text = `${statusWords[status]}  ${what} on ${specs}: ${story}${entry}`;
  const [first = '', ...more] = wrap(forTerminal(text), width, '  ');
  const word = statusWords[status];
  return [style.status[status](word) + first.slice(word.length), ...more];
}
