import type { CaseDifference, Change } from '../compare/compare.ts';
import { forTerminal } from '../report/escape.ts';
import { shorten } from '../report/layout.ts';

const most = 6;
const longestValue = 160;

/** What changed in a case, a line each: 'reply / extack / message: "one" -> "another"'. */
export function changeLines(difference: CaseDifference | null): string[] {
  const changes = (difference?.changes ?? []).filter(({ kind }) => kind !== 'verdict');
  const lines = changes.slice(0, most).map(changeLine);
  const rest = changes.length - lines.length;
  return rest > 0 ? [...lines, `and ${rest} more`] : lines;
}

function changeLine({ path, before, after }: Change): string {
  const names = ['requests', 'observation'].includes(path[0] ?? '') ? path.slice(1) : path;
  return `${forTerminal(names.join(' / ')) || 'observation'}: ${valueText(before)} -> ${valueText(after)}`;
}

function valueText(value: Change['before']): string {
  return value === undefined
    ? 'nothing'
    : shorten(forTerminal(JSON.stringify(value)), longestValue);
}
