import type { CaseDifference } from './compare.ts';
import type { NotCompared } from './comparison.ts';
import { keyOf, type Story, storyOf, type Told } from './story.ts';

/** Differences that the same cases, many of them, share. */
export interface Shared {
  readonly told: readonly Told[];
  readonly ids: readonly string[];
}

/** Cases that differ in the same way, beside what they share with many others. */
export interface Group {
  readonly cases: readonly CaseDifference[];
  readonly main: readonly Told[];
  readonly beside: readonly Told[];
}

export interface Grouped {
  readonly shared: readonly Shared[];
  readonly groups: readonly Group[];
  readonly oneSided: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** From so many cases on a difference is told once, with the cases, and not in each of them. */
const many = 3;

/** Tells each difference once: what many cases share first, then the rest case by case. */
export function group(differences: readonly CaseDifference[]): Grouped {
  const both = differences.filter(({ on }) => on === 'both');
  const stories = both.map((difference) => ({ difference, story: storyOf(difference) }));
  const shared = sharedBy(stories);
  const keys = new Set(shared.flatMap(({ told }) => told.map(keyOf)));
  const groups = new Map<string, Group & { cases: CaseDifference[] }>();
  for (const { difference, story } of stories) {
    const main = story.main.filter((told) => !keys.has(keyOf(told)));
    // All that it has to tell is told.
    if (main.length === 0) continue;
    const key = JSON.stringify([difference.before, difference.after, main.map(keyOf)]);
    const same = groups.get(key);
    if (same) same.cases.push(difference);
    else groups.set(key, { cases: [difference], main, beside: story.beside });
  }
  const only = (side: CaseDifference['on']) =>
    differences.filter(({ on }) => on === side).map(({ id }) => id);
  return {
    shared,
    groups: [...groups.values()],
    oneSided: { before: only('before'), after: only('after') },
  };
}

function sharedBy(stories: readonly { difference: CaseDifference; story: Story }[]): Shared[] {
  const all = new Map<string, { told: Told; ids: string[] }>();
  for (const { difference, story } of stories)
    for (const told of story.main) {
      const key = keyOf(told);
      const same = all.get(key);
      if (same) same.ids.push(difference.id);
      else all.set(key, { told, ids: [difference.id] });
    }
  const sets = new Map<string, { told: Told[]; ids: readonly string[] }>();
  for (const { told, ids } of all.values()) {
    if (ids.length < many) continue;
    const key = ids.join(' ');
    const same = sets.get(key);
    if (same) same.told.push(told);
    else sets.set(key, { told: [told], ids });
  }
  return [...sets.values()].sort((a, b) => b.ids.length - a.ids.length);
}

/** Few ids by name; of many, how many of which topic: "migrate-state/encap 12, migrate/sa 3". */
export function namesOf(ids: readonly string[], most: number): string {
  if (ids.length <= most) return ids.join(', ');
  const topics = new Map<string, string[]>();
  for (const id of ids) {
    const topic = id.slice(0, id.lastIndexOf('/'));
    topics.set(topic, [...(topics.get(topic) ?? []), id]);
  }
  return [...topics]
    .map(([topic, members]) => (members.length === 1 ? members[0] : `${topic} (${members.length})`))
    .join(', ');
}

/** What a title with the verdicts does not say. */
export function unsaid(
  main: readonly Told[],
  { before, after }: Pick<CaseDifference, 'before' | 'after'>,
): readonly Told[] {
  const said = (told: Told) =>
    told.what === 'verdict' && told.before === before && told.after === after;
  return main.filter((told) => !said(told));
}

/** The cases that were not compared, by what kept them from it. */
export function byReason(
  notCompared: readonly NotCompared[],
): (Omit<NotCompared, 'id'> & { ids: string[] })[] {
  const reasons = new Map<string, Omit<NotCompared, 'id'> & { ids: string[] }>();
  for (const { id, side, reason } of notCompared) {
    const key = `${side} ${reason}`;
    const same = reasons.get(key);
    if (same) same.ids.push(id);
    else reasons.set(key, { side, reason, ids: [id] });
  }
  return [...reasons.values()];
}
