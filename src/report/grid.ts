import { columnHeads } from './column-heads.ts';
import { shorten, shortenMiddle, sideBySide, wrap } from './layout.ts';
import type { Paint, Style } from './style.ts';

/** A cell says the same in several ways, the longest first; the grid takes what fits. */
export interface Cell {
  readonly variants: readonly string[];
  readonly paint: Paint;
}

export interface Row {
  readonly label: string;
  /** A group's row stands above its members; without cells its label may take the whole width. */
  readonly group: boolean;
  readonly cells: readonly Cell[];
}

export interface GridOptions {
  readonly width: number;
  readonly style: Style;
  /** Cells of the first variant may be wrapped into a column of at least this width. */
  readonly wrapAt?: number;
}

export interface Grid {
  readonly lines: readonly string[];
  /** The index of the variants that were taken. */
  readonly level: number;
}

const gap = 2;

/**
 * A table with a column for each heading: in words where there is room for them, in fewer words or
 * letters where there is not, and in several blocks, one below the other, where even those do not fit.
 */
export function grid(
  headings: readonly string[],
  rows: readonly Row[],
  options: GridOptions,
): Grid {
  const { width } = options;
  const label = Math.min(longestLabel(rows), Math.max(16, Math.floor(width / 2)));
  const all = headings.map((_, column) => column);
  const deepest = Math.max(
    ...rows.flatMap(({ cells }) => cells.map((cell) => cell.variants.length)),
  );
  for (let level = 0; level < deepest; level++) {
    const widths = columnWidths(headings, rows, level, { ...options, width: width - label });
    if (widths === null) continue;
    return { lines: block(headings, rows, level, all, widths, options), level };
  }
  const level = deepest - 1;
  const widths = all.map((column) => Math.max(2, widest(rows, column, level)));
  const fits = Math.max(1, Math.floor((width - label) / (Math.max(...widths) + gap)));
  const lines: string[] = [];
  for (let first = 0; first < all.length; first += fits) {
    if (first > 0) lines.push('');
    lines.push(...block(headings, rows, level, all.slice(first, first + fits), widths, options));
  }
  return { lines, level };
}

/** Widths of the columns at this level of wordiness; null when they do not fit. */
function columnWidths(
  headings: readonly string[],
  rows: readonly Row[],
  level: number,
  { width, wrapAt = Number.POSITIVE_INFINITY }: GridOptions,
): number[] | null {
  const natural = headings.map((_, column) => widest(rows, column, level));
  if (totalOf(natural) <= width) return widenedFor(headings, natural, width);
  if (level > 0) return null;
  // Narrow columns leave their room to wide ones.
  for (let most = Math.max(...natural) - 1; most >= wrapAt; most--) {
    const capped = natural.map((column) => Math.min(column, most));
    if (totalOf(capped) <= width) return widenedFor(headings, capped, width);
  }
  return null;
}

/** What is left over goes to the headings that need it. */
function widenedFor(headings: readonly string[], widths: readonly number[], width: number) {
  let left = width - totalOf(widths);
  return widths.map((column, index) => {
    const missing = Math.max(0, headings[index]!.length - column);
    if (missing > left) return column;
    left -= missing;
    return column + missing;
  });
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap, 0);
}

/** Some of the columns, with the headings above and the labels beside them. */
function block(
  headings: readonly string[],
  rows: readonly Row[],
  level: number,
  columns: readonly number[],
  widths: readonly number[],
  { width, style }: GridOptions,
): string[] {
  const taken = totalOf(columns.map((column) => widths[column]!));
  const label = Math.max(8, Math.min(longestLabel(rows), width - taken));
  const { tops, legend } = columnHeads(headings, widths, columns);
  const head = columns.map((column, index) => ({
    lines: tops[index]!,
    width: widths[column]!,
    paint: style.bold,
  }));
  return [
    ...(legend.length === 0 ? [] : [...legend.map((line) => shortenMiddle(line, width)), '']),
    ...sideBySide([{ lines: [], width: label }, ...head]),
    ...rows.flatMap((row) => {
      if (!hasCells(row)) return [style.bold(shortenMiddle(row.label, width))];
      const cells = columns.map((column) => cellColumn(row.cells[column]!, level, widths[column]!));
      return sideBySide([labelColumn(row, label, style), ...cells]);
    }),
  ];
}

function labelColumn({ label, group }: Row, width: number, { bold }: Style) {
  return group
    ? { lines: [shortenMiddle(label, width)], width, paint: bold }
    : { lines: [`  ${shortenMiddle(label, width - 2)}`], width };
}

function cellColumn(cell: Cell, level: number, width: number) {
  const lines = wrap(textOf(cell, level), width, '  ').map((line) => shorten(line, width));
  return { lines, width, paint: cell.paint };
}

function widest(rows: readonly Row[], column: number, level: number): number {
  const lengths = rows.filter(hasCells).map(({ cells }) => textOf(cells[column]!, level).length);
  return Math.max(1, ...lengths);
}

function textOf({ variants }: Cell, level: number): string {
  return variants[Math.min(level, variants.length - 1)] ?? '';
}

function longestLabel(rows: readonly Row[]): number {
  const lengths = rows.filter(hasCells).map(({ label, group }) => label.length + (group ? 0 : 2));
  return Math.max(8, ...lengths);
}

function hasCells({ cells }: Row): boolean {
  return cells.length > 0;
}
