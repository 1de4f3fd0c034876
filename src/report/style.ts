import picocolors from 'picocolors';
import type { VerdictStatus } from '../verdict/verdict.ts';

export type Paint = (text: string) => string;

/** How the parts of a report look; without colour all of these leave the text as it is. */
export interface Style {
  readonly status: Readonly<Record<VerdictStatus, Paint>>;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
}

export function createStyle(colour: boolean): Style {
  const paint = picocolors.createColors(colour);
  return {
    bold: paint.bold,
    dim: paint.dim,
    red: paint.red,
    green: paint.green,
    status: {
      pass: paint.green,
      fail: (text) => paint.bold(paint.red(text)),
      crash: (text) => paint.bold(paint.red(text)),
      'unexpected-pass': (text) => paint.bold(paint.yellow(text)),
      deviation: paint.yellow,
      skip: paint.dim,
      broken: (text) => paint.bold(paint.magenta(text)),
    },
  };
}

/** The statuses, the most urgent first. */
export const statusOrder: readonly VerdictStatus[] = [
  'crash',
  'fail',
  'unexpected-pass',
  'broken',
  'deviation',
  'skip',
  'pass',
];

/** One letter for tables that are too narrow for words. */
export const statusLetters: Readonly<Record<VerdictStatus, string>> = {
  pass: '.',
  fail: 'F',
  crash: 'C',
  'unexpected-pass': 'U',
  deviation: 'D',
  skip: 's',
  broken: 'B',
};

/** Words as a table shows them: what needs attention stands out without colour, too. */
export const statusWords: Readonly<Record<VerdictStatus, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  crash: 'CRASH',
  'unexpected-pass': 'UNEXPECTED PASS',
  deviation: 'deviation',
  skip: 'skip',
  broken: 'BROKEN',
};

export interface StatusCount {
  status: VerdictStatus;
  count: number;
}

/** How many there are of each status, the most urgent first, without those that there are none of. */
export function countStatuses(statuses: readonly VerdictStatus[]): StatusCount[] {
  return statusOrder
    .map((status) => ({ status, count: statuses.filter((each) => each === status).length }))
    .filter(({ count }) => count > 0);
}

/** Whether to colour what goes to a stream: to a terminal, unless NO_COLOR or FORCE_COLOR says otherwise. */
export function wantsColour(
  { isTTY = false }: { readonly isTTY?: boolean },
  { NO_COLOR, FORCE_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTTY && TERM !== 'dumb';
}
