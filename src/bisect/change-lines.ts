import type { CaseDifference } from '../compare/compare.ts';
import { storyOf } from '../compare/story.ts';
import { forTerminal } from '../report/escape.ts';
import { shorten } from '../report/layout.ts';

const most = 6;
const longestValue = 160;

/** What changed in a case, a line each: "reply: EINVAL: one → EINVAL: two". */
export function changeLines(difference: CaseDifference | null): string[] {
  if (difference === null) return [];
  const told = storyOf(difference).main.filter(({ what }) => what !== 'verdict');
  const value = (text: string) => shorten(forTerminal(text), longestValue);
  const lines = told
    .slice(0, most)
    .map(({ what, before, after }) => `${forTerminal(what)}: ${value(before)} → ${value(after)}`);
  return told.length > most ? [...lines, `and ${told.length - most} more`] : lines;
}
