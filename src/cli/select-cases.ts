import { UsageError } from '../error.ts';
import { didYouMean } from '../nearest.ts';

/**
 * The cases that the patterns name, in their own order; all of them without a pattern. A pattern is
 * a case id, the beginning of ids up to a slash ("migrate-state/encap"), or has * for any text.
 */
export function selectCases<Named extends { readonly id: string }>(
  all: readonly Named[],
  patterns: readonly string[],
): readonly Named[] {
  if (patterns.length === 0) return all;
  const chosen = new Set<Named>();
  for (const pattern of patterns) {
    const matches = all.filter(({ id }) => matcher(pattern)(id));
    if (matches.length === 0) throw new UsageError(unknownCase(pattern, all));
    for (const testCase of matches) chosen.add(testCase);
  }
  return all.filter((testCase) => chosen.has(testCase));
}

function matcher(pattern: string): (id: string) => boolean {
  if (!pattern.includes('*')) return (id) => id === pattern || id.startsWith(`${pattern}/`);
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*');
  const expression = new RegExp(`^${source}$`);
  return (id) => expression.test(id);
}

function unknownCase(pattern: string, all: readonly { readonly id: string }[]): string {
  const hint = didYouMean(
    pattern,
    all.map(({ id }) => id),
  );
  return `No case is named "${pattern}"${hint || ':'} "xfrm-conform list" shows them all.`;
}
