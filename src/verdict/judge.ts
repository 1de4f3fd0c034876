import type { Case } from '../case/case.ts';
import type { CaseRecord } from '../case/record.ts';
import type { KernelKind } from '../kernel/kernel.ts';
import { appliesTo, explainAll, isSeen, type Seen, sightingsOf } from './deviations.ts';
import { mismatches } from './match.ts';
import { type Having, unmetNeed } from './needs.ts';
import { crashOf } from './splat.ts';
import type { Crash, Deviation, Mismatch, Verdict, VerdictStatus } from './verdict.ts';

/** One case on one kernel, with all that bears on its verdict. */
export interface Trial extends Having {
  readonly case: Pick<Case, 'id' | 'needs' | 'expect'>;
  /** The declared kind of the kernel for the case's interface. */
  readonly kind: KernelKind;
  /** What the agent recorded; null when it recorded nothing. */
  readonly record: CaseRecord | null;
  /** What ended the case, if it did not end by itself; the record's kernel log is looked at here. */
  readonly crash: Crash | null;
  /** All known deviations; those that apply are found here. */
  readonly deviations: readonly Deviation[];
}

/**
 * The verdict on one case on one kernel.
 *
 * A crash is a word about the kernel whatever else happened, so it comes first; then what says that
 * the case could not speak (skip, broken); then what it observed.
 */
export function judge(trial: Trial): Verdict {
  const {
    record,
    case: { needs, expect },
  } = trial;
  const crash = crashOf(record, trial.crash);
  if (crash === null) {
    const unmet = unmetNeed(needs, trial);
    if (unmet !== null) return verdict('skip', unmet);
    if (record === null) return verdict('broken', 'the case did not run');
    if (record.outcome === 'missing-need')
      return verdict('skip', record.reason ?? 'a need is missing');
    if (record.outcome === 'setup-failed')
      return verdict('broken', record.reason ?? 'set-up failed');
  }
  const observed = record?.outcome === 'observed';
  const differences = observed
    ? mismatches(expect[trial.kind], record.observation, { version: trial.version })
    : [];
  return weigh(trial, { record, crash, differences, version: trial.version });
}

/** Tells known differences from new ones. */
function weigh(trial: Trial, seen: Seen): Verdict {
  const { crash, differences } = seen;
  const known = trial.deviations
    .flatMap(sightingsOf)
    .filter((entry) => appliesTo(entry, trial.case.id, trial));
  const live = known.filter((entry) => isSeen(entry, seen));
  const gone = known.filter((entry) => !live.includes(entry) && !entry.intermittent);
  if (explainAll(live, seen)) {
    if (gone.length > 0) {
      const reason = `known deviation ${ids(gone)} is gone: remove its entry`;
      return verdict('unexpected-pass', reason, differences, ids(gone));
    }
    if (live.length === 0) return verdict('pass', null);
    return verdict('deviation', titles(live), differences, ids(live));
  }
  const status = crash === null ? 'fail' : 'crash';
  const reason = crash?.title ?? sentence(differences);
  const other = known.length === 0 ? '' : ` (not what known deviation ${ids(known)} describes)`;
  return verdict(status, reason + other, differences);
}

function verdict(
  status: VerdictStatus,
  reason: string | null,
  differences: readonly Mismatch[] = [],
  deviation: string | null = null,
): Verdict {
  return { status, reason, mismatches: differences, deviation };
}

function ids(entries: readonly Deviation[]): string {
  return [...new Set(entries.map((entry) => entry.id))].join(', ');
}

/** Of a deviation that is seen in two ways at once there is one title. */
function titles(entries: readonly Deviation[]): string {
  return [...new Set(entries.map((entry) => entry.title))].join(' ');
}

function sentence([first, ...others]: readonly Mismatch[]): string {
  if (first === undefined) return '';
  const { path, expected, observed } = first;
  const where = path === '' ? '' : `${path}: `;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${where}expected ${short(expected)}, observed ${short(observed)}${more}`;
}

function short(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}
