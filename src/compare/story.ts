import type { Json } from '../case/record.ts';
import { describeObserved, isReply } from '../verdict/describe.ts';
import type { CaseDifference, Change } from './compare.ts';
import type { Observation } from './observation.ts';

/** One thing that differs, as a reader would write it. */
export interface Told {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** What differs in one case. */
export interface Story {
  /** What the case is about: verdict, replies to its subject, what it returned. */
  readonly main: readonly Told[];
  /** What follows from that, mostly: what was read back, heard and logged. */
  readonly beside: readonly Told[];
}

/** An SA that is there on one side only differs in each of its members: the first ones tell. */
const mostMain = 8;

/**
 * Tells a case's differences, each once: a reply as a whole, without the numbers of requests. What
 * was read back and heard moves to the front when nothing else differs.
 */
export function storyOf({ changes, observations }: CaseDifference): Story {
  if (observations === null) return { main: [], beside: [] };
  const sides = [asJson(observations.before), asJson(observations.after)] as const;
  const main: Told[] = outcome(observations);
  const beside: Told[] = [];
  for (const change of changes) {
    if (['verdict', 'crash', 'outcome'].includes(change.kind)) continue;
    (isMain(change) ? main : beside).push(tell(change, sides));
  }
  const replies = new Set(main.filter(({ what }) => !what.includes(' ')).map(values));
  // The case returns the reply that its subject got: once is enough.
  const once = unique(main).filter(
    (told) => !told.what.startsWith('subject ') || !replies.has(values(told)),
  );
  if (once.every(({ what }) => what === 'verdict'))
    return { main: [...once, ...unique(beside)], beside: [] };
  const front = once.slice(0, mostMain);
  return { main: front, beside: [...once.slice(mostMain), ...unique(beside)] };
}

function isMain({ kind, path }: Change): boolean {
  if (kind === 'field') return true;
  if (kind !== 'errno' && kind !== 'extack' && kind !== 'request') return false;
  return path[0] !== 'requests' || !path[1]?.startsWith('inspect ');
}

/** Verdict, crash and reason in one. */
function outcome({ before, after }: { before: Observation; after: Observation }): Told[] {
  const [was, is] = [describeOutcome(before), describeOutcome(after)];
  return was === is ? [] : [{ what: 'verdict', before: was, after: is }];
}

function describeOutcome({ verdict, crash, reason }: Observation): string {
  const { title, fingerprint } = crash ?? { title: reason, fingerprint: null };
  const place = fingerprint === null ? '' : ` at ${fingerprint}`;
  return title === null ? verdict : `${verdict}: ${title}${place}`;
}

function tell(change: Change, sides: readonly [Json, Json]): Told {
  const heard = tellHeard(change);
  if (heard !== null) return heard;
  const isReplyPart = change.kind === 'errno' || change.kind === 'extack';
  const path = isReplyPart ? wholeReply(change.path, sides) : change.path;
  const [before, after] = sides.map((side) => valueAt(side, path));
  const [was, is] = [describe(before), describe(after)];
  // The same text for other values: the difference lies in a place, a policy, a null.
  if (was === is)
    return { what: name(change.path), before: exact(change.before), after: exact(change.after) };
  // Of lists of other lengths, what is only in one of them.
  const parts =
    path.length === change.path.length
      ? [describe(change.before), describe(change.after)]
      : [was, is];
  return { what: name(path), before: parts[0]!, after: parts[1]! };
}

/** Of a notification that came on one side only: what it holds is in the JSON. */
function tellHeard({ path, before, after }: Change): Told | null {
  const isWhole = path[0] === 'notifications' && path.length === 2;
  if (!isWhole || (before !== undefined && after !== undefined)) return null;
  const describe = (value: Json | undefined) => (value === undefined ? 'not heard' : 'heard');
  return { what: name(path), before: describe(before), after: describe(after) };
}

function exact(value: Json | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

/** Messages in a list by name: what they hold is in the JSON. */
function describe(value: Json | undefined): string {
  const isMessage = (item: Json): item is { message: string } =>
    typeof item === 'object' && item !== null && 'message' in item && 'header' in item;
  if (!Array.isArray(value) || value.length === 0 || !value.every(isMessage))
    return describeObserved(value);
  return value.map(({ message }) => message).join(', ');
}

/** The path of the reply that a change of errno or extack belongs to. */
function wholeReply(path: readonly string[], sides: readonly [Json, Json]): readonly string[] {
  for (let length = path.length - 1; length > 0; length--) {
    const outer = path.slice(0, length);
    const values = sides.map((side) => valueAt(side, outer));
    if (values.every((value) => value !== undefined && isReply(value))) return outer;
  }
  return path;
}

/** "reply", "after.encap.sport", "inspect XFRM_MSG_GETSA: XFRMA_ENCAP.sport"; list items all alike. */
function name([room = '', ...path]: readonly string[]): string {
  const parts = path.filter((part) => !/^\d+$/.test(part));
  if (room === 'observation') return parts.join('.') || 'observation';
  if (room === 'kernelLog') return 'kernel log';
  const [first = '', ...rest] = parts;
  const place = rest.filter((part) => part !== 'answers').join('.');
  const plain = first.replace(/ #\d+$/, '');
  return place === '' ? plain : `${plain}: ${place}`;
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.hasOwn(at, part) ? (at as { [key: string]: Json })[part] : undefined;
  }
  return at;
}

function unique(told: readonly Told[]): Told[] {
  return [...new Map(told.map((each) => [keyOf(each), each])).values()];
}

export function keyOf({ what, before, after }: Told): string {
  return JSON.stringify([what, before, after]);
}

function values({ before, after }: Told): string {
  return JSON.stringify([before, after]);
}

/** The members of an observation as `Change` paths name them. */
function asJson({ seen, ...rest }: Observation): Json {
  return { ...rest, ...seen } as unknown as Json;
}
