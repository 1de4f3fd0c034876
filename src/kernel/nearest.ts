import { compareVersions, seriesOf } from './version.ts';

/** The candidate that takes the fewest edits to reach; null when none is anything like it. */
export function nearestWord(word: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, word.length / 2) ? best.candidate : null;
}

/** The version that is nearest to another one: of the same series, or else of the next series. */
export function nearestVersion(version: string, candidates: readonly string[]): string | null {
  const same = candidates.filter((candidate) => seriesOf(candidate) === seriesOf(version));
  const pool = (same.length > 0 ? [...same] : [...candidates]).sort(compareVersions);
  // The newest of those before it, else the oldest of those after it.
  return pool.filter((each) => compareVersions(each, version) <= 0).at(-1) ?? pool[0] ?? null;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
