import { UsageError } from '../error.ts';
import { plural } from '../report/layout.ts';
import type { Mail } from './mbox.ts';

/** A patch of a series, in its place. */
export interface Patch extends Mail {
  /** From 1. */
  readonly number: number;
}

export interface PatchSeries {
  /** In the order of their numbers. */
  readonly patches: readonly Patch[];
  /** What the reader should know, a sentence each. */
  readonly notes: readonly string[];
}

interface Tagged extends Mail {
  readonly number: number;
  readonly total: number;
  readonly version: number;
}

/**
 * The patches among the messages of a thread, ordered by their [PATCH n/m]: cover letter, replies and
 * older versions are left out. Throws a UsageError that names what is missing or there twice.
 *
 * @param file what a sentence calls the mbox
 */
export function patchesOf(mails: readonly Mail[], file: string): PatchSeries {
  const tagged = mails.flatMap((mail) => tag(mail) ?? []);
  if (tagged.length === 0)
    throw new UsageError(
      `${file} has no patch among its ${mails.length} messages: one has [PATCH] in its subject and a diff in its text`,
    );
  const version = Math.max(...tagged.map((each) => each.version));
  const current = tagged.filter((each) => each.version === version);
  const older = tagged.length - current.length;
  const unique = withoutCopies(current);
  const total = totalOf(unique, file);
  refuseDuplicates(unique, total, file);
  refuseGaps(unique, total, file);
  const patches = [...unique].sort((a, b) => a.number - b.number);
  const notes = [
    ...(older === 0
      ? []
      : [`${plural(older, 'message')} with patches of versions before v${version} left out.`]),
    ...(patches.every((each, i) => each === unique[i])
      ? []
      : [
          'The patches were not in their order in the mbox: they are applied in that of their numbers.',
        ]),
  ];
  return { patches, notes };
}

/** Null for what is no patch: a reply, a cover letter, a message without a diff. */
function tag(mail: Mail): Tagged | null {
  const { subject, patch } = mail;
  const tags = /^\s*\[([^\]]*)\]/.exec(subject)?.[1] ?? '';
  // format-patch may be told to write no tag at all.
  const isReply = /^\s*(re|aw|antw|fwd?|sv)\s*:/i.test(subject);
  if (isReply || !/^(diff --git |--- )/m.test(patch)) return null;
  const [, number = '1', total = '1'] = /(\d+)\s*\/\s*(\d+)/.exec(tags) ?? [];
  if (Number(number) === 0) return null;
  const version = Number(/\bv(\d+)\b/i.exec(tags)?.[1] ?? 1);
  return { ...mail, number: Number(number), total: Number(total), version };
}

/** A message that came by two lists is in the thread twice. */
function withoutCopies(patches: readonly Tagged[]): Tagged[] {
  const seen = new Set<string>();
  return patches.filter(({ number, subject, patch }) => {
    const key = `${number}\0${subject}\0${patch.trimEnd()}`;
    return !seen.has(key) && seen.add(key);
  });
}

function totalOf(patches: readonly Tagged[], file: string): number {
  const totals = [...new Set(patches.map(({ total }) => total))];
  if (totals.length === 1) return totals[0]!;
  throw new UsageError(
    `${file} has patches of more than one series (${totals.map((each) => `n/${each}`).join(', ')}): leave one of them`,
  );
}

function refuseDuplicates(patches: readonly Tagged[], total: number, file: string): void {
  for (const { number, subject } of patches) {
    const same = patches.filter((each) => each.number === number);
    if (same.length === 1) continue;
    const other = same.find((each) => each.subject !== subject) ?? same[1]!;
    throw new UsageError(
      `${file} has patch ${number}/${total} twice, with different contents ("${subject}", "${other.subject}"): leave one of them`,
    );
  }
}

function refuseGaps(patches: readonly Tagged[], total: number, file: string): void {
  const numbers = new Set(patches.map(({ number }) => number));
  const beyond = patches.find(({ number }) => number > total);
  if (beyond)
    throw new UsageError(`${file} has a patch ${beyond.number} of ${total}: correct its subject`);
  const missing = Array.from({ length: total }, (_, i) => i + 1).filter((n) => !numbers.has(n));
  if (missing.length === 0) return;
  const list = missing.map((n) => `${n}/${total}`).join(', ');
  throw new UsageError(
    `${file} lacks patch ${list}: download the whole thread, with the patch in it as text`,
  );
}
