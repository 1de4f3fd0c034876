import type {
  CaseContext,
  MigrateOptions,
  NotificationView,
  Policy,
  PolicyView,
  Reply,
  Sa,
  SaView,
  UserMigrate,
} from '../../src/case/index.ts';
import {
  type Changes,
  compareLists,
  compareSas,
  type ListChanges,
  sameJson,
} from '../migrate-state/compare.ts';

/** What a request did to the SAs and policies of a namespace: the observation of nearly every case here. */
export interface PolicyMigration {
  reply: Reply;
  /** All SAs and policies together, as dumps show them. */
  databases: 'unchanged' | 'changed';
  /** Each SA that the case looks at, by a name of its own. */
  sas: { readonly [name: string]: Moved };
  /** Every other SA of the namespace. */
  others: 'unchanged' | ListChanges;
  /** The templates of each policy, when any is not what it was. */
  policies: 'unchanged' | { readonly [policy: string]: readonly string[] };
  /** Policies of which anything else has changed, or that came or went. */
  policiesOtherwise: 'unchanged' | readonly string[];
  heard: readonly Heard[];
}

export interface Moved {
  /** What GETSA finds where the SA was. */
  old: 'unchanged' | 'gone' | Changes;
  /** What GETSA finds where the SA should be now, compared with the SA before. */
  new: 'none' | Changes;
}

export type Heard = NotificationView & { readonly carries: readonly string[] };

/** An SA, and the addresses that it is to have afterwards. */
export interface Move {
  readonly sa: Sa;
  readonly to: { readonly src: string; readonly dst: string };
}

/** Asks to migrate the policy and looks at everything that the request may have changed. */
export function migratePolicy(
  { xfrm }: Pick<CaseContext, 'xfrm'>,
  policy: Policy,
  entries: readonly UserMigrate[],
  moves: { readonly [name: string]: Move },
  options: MigrateOptions = {},
): PolicyMigration {
  return watchPolicies({ xfrm }, moves, () => xfrm.migrate(policy, entries, options));
}

/** Looks at SAs and policies before and after a request. */
export function watchPolicies(
  { xfrm }: Pick<CaseContext, 'xfrm'>,
  moves: { readonly [name: string]: Move },
  request: () => Reply,
): PolicyMigration {
  xfrm.skipNotifications();
  const before = Object.entries(moves).map(([name, move]) => ({
    name,
    move,
    was: xfrm.getSa(move.sa),
  }));
  const sasBefore = xfrm.dumpSas();
  const policiesBefore = xfrm.dumpPolicies();
  const reply = request();
  const heard = xfrm.notifications().map((each) => ({
    ...each,
    carries: Object.keys(each.attributes).sort(),
  }));
  const after = before.map(({ name, move, was }) => {
    const old = xfrm.getSa(move.sa);
    const now = xfrm.getSa({ ...move.sa, ...move.to });
    return { name, was, old, now };
  });
  const sasAfter = xfrm.dumpSas();
  const policies = xfrm.dumpPolicies();
  const same = sameJson(sasAfter, sasBefore) && sameJson(policies, policiesBefore);
  const found = after.map(({ was, old, now }) => (sameJson(old, was) ? old : now));
  return {
    reply,
    databases: same ? 'unchanged' : 'changed',
    sas: Object.fromEntries(
      after.map(({ name, was, old, now }) => [
        name,
        {
          old: sameJson(old, was) ? 'unchanged' : isSa(old) ? compareSas(was, old) : 'gone',
          new: isSa(now) ? compareSas(was, now) : 'none',
        },
      ]),
    ),
    others: compareLists(
      without(
        sasBefore,
        after.map(({ was }) => was),
      ),
      without(sasAfter, found),
    ),
    policies: sameJson(policies, policiesBefore)
      ? 'unchanged'
      : Object.fromEntries(policies.map((each) => [nameOf(each), each.templates.map(templateOf)])),
    policiesOtherwise: compareOtherwise(policiesBefore, policies),
    heard,
  };
}

function isSa(found: SaView | Reply): found is SaView {
  return !('errno' in found);
}

/** The list less these items, each once. */
function without(sas: readonly SaView[], items: readonly object[]): readonly SaView[] {
  let left = sas;
  for (const item of items) {
    const index = left.findIndex((sa) => sameJson(sa, item));
    if (index >= 0) left = left.toSpliced(index, 1);
  }
  return left;
}

function nameOf({ dir, selector, ifId, mark, type }: PolicyView): string {
  const { saddr, prefixlen_s, daddr, prefixlen_d } = selector;
  const more = [ifId && `if_id ${ifId}`, mark && `mark ${mark.v}`, type && `type ${type}`];
  return [`${dir} ${saddr}/${prefixlen_s} > ${daddr}/${prefixlen_d}`, ...more]
    .filter(Boolean)
    .join(' ');
}

/** Names of the policies that differ in more than the addresses of their templates. */
function compareOtherwise(
  before: readonly PolicyView[],
  after: readonly PolicyView[],
): 'unchanged' | readonly string[] {
  const texts = (policies: readonly PolicyView[]) =>
    policies.map((policy) => {
      const templates = policy.templates.map(
        ({ saddr: _saddr, daddr: _daddr, family: _family, ...rest }) => rest,
      );
      return { name: nameOf(policy), text: JSON.stringify({ ...policy, templates }) };
    });
  const [old, now] = [texts(before), texts(after)];
  const lacking = (some: typeof old, others: typeof old) =>
    some.filter(({ text }) => !others.some((other) => other.text === text));
  const names = [...lacking(old, now), ...lacking(now, old)].map(({ name }) => name);
  return names.length === 0 ? 'unchanged' : [...new Set(names)].sort();
}

function templateOf(template: PolicyView['templates'][number]): string {
  const { proto, mode, saddr, daddr, reqid, family } = template;
  // A family that cannot be is worth a word; of the others the addresses tell.
  const unknown = typeof family === 'number' ? ` family ${family}` : '';
  return `${proto} ${mode} ${saddr} > ${daddr} reqid ${reqid}${unknown}`;
}
