import {
  afterMigration,
  attributeValue,
  type CaseContext,
  type Json,
  migrateStateHeader,
  type NotificationView,
  type Reply,
  type Sa,
  type StateChange,
  type WholeSa,
} from '../../../src/case/index.ts';
import { compareMembers, compareWholeSas, type Wrong } from '../../fields/compare.ts';
import type { Row } from '../../fields/covering-array.ts';
import type { Outcome } from '../../fields/fields.ts';
import { type Properties, saOf } from '../../fields/properties.ts';
import { announcedOf, bySpi, expectedAfter, thresholdsOf } from '../../fields/sa-after.ts';
import type { Kind } from './kinds.ts';

interface Migrated {
  readonly row: Row;
  readonly sa: Sa;
  readonly thresholds: { readonly [threshold: string]: Json };
  readonly change: StateChange;
  readonly reply: Reply;
  readonly heard: readonly NotificationView[];
}

/** SPIs of IPComp are below 0x10000 and those below 0x100 are reserved. */
const firstSpi = 0x1000;

/** An SA for each row, told apart by their SPIs, each migrated; then all are looked at. */
export function migrateRows(
  { xfrm }: Pick<CaseContext, 'xfrm'>,
  { properties, kinds }: { properties: Properties; kinds: { readonly [kind: string]: Kind } },
  rows: readonly Row[],
  first: number,
): Outcome[] {
  const sas = rows.map((row, i) => {
    const { sa, later } = saOf(properties, row, firstSpi + first + i);
    xfrm.addSa(sa);
    if (Object.keys(later).length > 0) xfrm.setReplay(sa, later);
    return { row, sa, thresholds: thresholdsOf(xfrm, sa) };
  });
  const before = bySpi(xfrm.dumpWholeSas());
  xfrm.skipNotifications();
  const migrated = sas.map(({ row, sa, thresholds }): Migrated => {
    const { sel } = before.get(sa.spi)![0]!.info;
    const asked = kinds[row.kind!]!.change(row, sa);
    const change = { ...asked, selector: { ...sel, ...asked.selector } };
    const reply = xfrm.migrateState(sa, change);
    return { row, sa, thresholds, change, reply, heard: xfrm.notifications() };
  });
  const after = bySpi(xfrm.dumpWholeSas());
  return migrated.map((each): Outcome => {
    const { row, sa, change, reply, heard } = each;
    const was = before.get(sa.spi)![0]!;
    const done = reply.errno === 'OK';
    const should = done ? expectedAfter(was, sa, change) : was;
    const found = after.get(sa.spi) ?? [];
    const now = done ? afterMigration(sa, change) : sa;
    return {
      row,
      reply,
      sa: {
        ...compareMembers({ SAs: 1 }, { SAs: found.length }),
        ...(found[0] ? compareWholeSas(should, found[0]) : {}),
        ...compareMembers(each.thresholds, thresholdsOf(xfrm, now)),
      },
      heard: done
        ? compareHeard(each, should)
        : compareMembers({ count: 0 }, { count: heard.length }),
    };
  });
}

/** One notification, of this request, that describes the new SA. */
function compareHeard({ sa, change, heard }: Migrated, now: WholeSa): Wrong {
  const [notification] = heard;
  if (heard.length !== 1 || !notification) return { count: { expected: 1, seen: heard.length } };
  const { group, message, echoesRequest, header, attributes } = notification;
  const expected = {
    ...{ group: 'XFRMNLGRP_MIGRATE', message: 'XFRM_MSG_MIGRATE_STATE', echoesRequest: true },
    ...(migrateStateHeader(sa, change) as unknown as { [member: string]: Json }),
    new_sel: now.info.sel as unknown as Json,
  };
  const told = Object.entries(announcedOf(now)).map(([name, hex]) => [
    name,
    attributeValue(name, hex),
  ]);
  return {
    ...compareMembers(expected, { group, message, echoesRequest, ...(header as object) }),
    ...compareMembers(Object.fromEntries(told), attributes),
  };
}
