import type { KernelRange, Sighting } from '../case/deviation.ts';
import type { CaseRecord, Json } from '../case/record.ts';
import type { KernelKind } from '../kernel/kernel.ts';
import { mismatches } from './match.ts';
import type { Crash, Deviation, Mismatch } from './verdict.ts';
import { inRange } from './version.ts';

/** What was seen of one case on one kernel, beside what was expected. */
export interface Seen {
  readonly record: CaseRecord | null;
  readonly crash: Crash | null;
  readonly differences: readonly Mismatch[];
  readonly version: string;
}

/** Every case is held against every entry. */
const sightings = new WeakMap<Deviation, readonly Deviation[]>();

/** An entry for each way in which a deviation shows. */
export function sightingsOf(deviation: Deviation): readonly Deviation[] {
  const known = sightings.get(deviation);
  if (known) return known;
  const { also = [], ...entry } = deviation;
  const found = [entry, ...also.map((other) => ({ ...entry, ...other }))];
  sightings.set(deviation, found);
  return found;
}

/** The ranges of kernels that a deviation was seen on. */
export function rangesOf(kernels: Sighting['kernels']): readonly KernelRange[] {
  return 'from' in kernels ? [kernels] : kernels;
}

/** An entry for each way in which one of them shows on kernels of this version. */
export function sightingsOn(version: string, deviations: readonly Deviation[]): Deviation[] {
  return deviations
    .flatMap(sightingsOf)
    .filter(({ kernels }) => rangesOf(kernels).some((range) => inRange(version, range)));
}

/** Whether an entry is about this case, on whatever kernel. */
export function isAbout(entry: Deviation, id: string): boolean {
  return sightingsOf(entry).some(({ cases }) => cases.some((pattern) => fits(pattern, id)));
}

/** Whether an entry is about this case on this kernel. */
export function appliesTo(
  entry: Deviation,
  id: string,
  kernel: { readonly version: string; readonly kind: KernelKind },
): boolean {
  const { kernels, kinds = ['full'] } = entry;
  return (
    isAbout(entry, id) &&
    kinds.includes(kernel.kind) &&
    rangesOf(kernels).some((range) => inRange(kernel.version, range))
  );
}

/** Whether what the entry describes is what was seen, and differs from what was expected. */
export function isSeen(entry: Deviation, seen: Seen): boolean {
  const { record, differences, version } = seen;
  if (entry.crash !== undefined && !explainsCrash(entry, seen)) return false;
  const holds = Object.entries(entry.observed).every(
    ([path, value]) =>
      record !== null &&
      mismatches(value, observationAt(record.observation, path), { version }).length === 0,
  );
  return holds && (entry.crash !== undefined || differences.some((each) => covers(entry, each)));
}

/** Whether these entries together explain every difference, and the crash if there is one. */
export function explainAll(entries: readonly Deviation[], seen: Seen): boolean {
  return (
    seen.differences.every((each) => entries.some((entry) => covers(entry, each))) &&
    (seen.crash === null || entries.some((entry) => explainsCrash(entry, seen)))
  );
}

/** What is wrong with a list of entries, one sentence each: ids, patterns, versions, and claims. */
export function deviationProblems(
  entries: readonly Deviation[],
  caseIds: readonly string[],
): string[] {
  const ids = entries.map((entry) => entry.id);
  return [
    ...ids
      .filter((id, index) => ids.indexOf(id) !== index)
      .map((id) => `${id}: the id is used twice`),
    ...entries.flatMap(sightingsOf).flatMap((entry) => sightingProblems(entry, caseIds)),
  ];
}

function sightingProblems(entry: Deviation, caseIds: readonly string[]): string[] {
  return [
    ...entry.cases
      .filter((pattern) => !caseIds.some((id) => fits(pattern, id)))
      .map((pattern) => `${entry.id}: no case is called ${pattern}`),
    ...rangesOf(entry.kernels)
      .flatMap(({ from, to }) => [from, to])
      .filter((end) => end !== null && !/^\d+\.\d+(\.\d+|-rc\d+|\.\*)?$/.test(end))
      .map((end) => `${entry.id}: "${end}" is no kernel version`),
    ...(Object.keys(entry.observed).length > 0 || entry.crash !== undefined
      ? []
      : [`${entry.id}: it does not say what is seen instead`]),
  ];
}

function fits(pattern: string, id: string): boolean {
  return pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}

function explainsCrash(entry: Deviation, { crash }: Seen): boolean {
  return entry.crash !== undefined && (crash?.title.startsWith(entry.crash) ?? false);
}

function covers(entry: Deviation, { path }: Mismatch): boolean {
  return Object.keys(entry.observed).some(
    (explained) => explained === '' || path === explained || path.startsWith(`${explained}.`),
  );
}

function observationAt(observation: Json, path: string): Json | undefined {
  let value: Json | undefined = observation;
  for (const name of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as { readonly [key: string]: Json })[name];
  }
  return value;
}
