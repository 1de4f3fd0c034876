import {
  afterMigration,
  type CaseContext,
  type NotificationView,
  type Reply,
  type Sa,
  type SaKey,
  type SaView,
  type StateChange,
  viewWholeSas,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { type Changes, compareLists, compareSas, type ListChanges, sameJson } from './compare.ts';

/** What a request did to the SAs of a namespace: the observation of nearly every case here. */
export interface Migration {
  reply: Reply;
  /** What GETSA finds where the SA was. */
  old: 'unchanged' | 'gone' | Changes;
  /** What GETSA finds where the SA should be now, compared with the SA before. */
  new: 'none' | Changes;
  /** All SAs with all that a dump tells of them, and all policies: whether anything is other. */
  databases: 'unchanged' | 'changed';
  /** All policies. */
  policies: 'unchanged' | 'changed';
  /** The dump of all SAs without this one, before and after. */
  others: 'unchanged' | ListChanges;
  heard: readonly Heard[];
}

/** A notification, with the names of its attributes so that an expectation can name all of them. */
export type Heard = NotificationView & { readonly carries: readonly string[] };

/** Migrates the SA and looks at everything that it may have changed. */
export function migrate(
  { xfrm }: Pick<CaseContext, 'xfrm'>,
  sa: Sa,
  change: StateChange = {},
  more: XfrmAttributeSet = {},
): Migration {
  const request = () => xfrm.migrateState(sa, change, more);
  return watch({ xfrm }, { was: sa, becomes: afterMigration(sa, change) }, request);
}

/** Looks at the SA and all others before and after a request. */
export function watch(
  { xfrm }: Pick<CaseContext, 'xfrm'>,
  { was, becomes = was }: { was: SaKey; becomes?: SaKey },
  request: () => Reply,
): Migration {
  xfrm.skipNotifications();
  const before = xfrm.getSa(was);
  const allBefore = xfrm.dumpWholeSas();
  const policiesBefore = xfrm.dumpPolicies();
  const reply = request();
  const heard = xfrm.notifications().map(withNames);
  const old = xfrm.getSa(was);
  const now = xfrm.getSa(becomes);
  // A refused request may have found another SA in the new place.
  const left = sameJson(old, before) ? old : now;
  const allAfter = xfrm.dumpWholeSas();
  const samePolicies = sameJson(policiesBefore, xfrm.dumpPolicies());
  return {
    reply,
    old: sameJson(old, before) ? 'unchanged' : isSa(old) ? compareSas(before, old) : 'gone',
    new: isSa(now) ? compareSas(before, now) : 'none',
    databases: samePolicies && sameJson(allBefore, allAfter) ? 'unchanged' : 'changed',
    policies: samePolicies ? 'unchanged' : 'changed',
    others: compareLists(
      without(viewWholeSas(allBefore), before),
      without(viewWholeSas(allAfter), left),
    ),
    heard,
  };
}

function withNames(notification: NotificationView): Heard {
  return { ...notification, carries: Object.keys(notification.attributes).sort() };
}

function isSa(found: SaView | Reply): found is SaView {
  return !('errno' in found);
}

/** The list less one item; the whole list when it is not there. */
function without(sas: readonly SaView[], item: object): readonly SaView[] {
  const index = sas.findIndex((sa) => sameJson(sa, item));
  return index < 0 ? sas : sas.toSpliced(index, 1);
}
