import {
  type CaseContext,
  encapTemplate,
  migrateEntry,
  noEncap,
  policyFor,
  type Sa,
  selector,
  type WholeSa,
} from '../../../src/case/index.ts';
import { compareMembers, compareWholeSas } from '../../fields/compare.ts';
import type { Row } from '../../fields/covering-array.ts';
import type { Outcome } from '../../fields/fields.ts';
import { isIpv6, type Properties, saOf } from '../../fields/properties.ts';
import { bySpi, expectedAfter, thresholdsOf } from '../../fields/sa-after.ts';
import type { Kind } from './kinds.ts';

/** Addresses of one SA: the message finds it by them, so each has its own. */
function place(number: number, ipv6: boolean, where: 'old' | 'new' | 'inner') {
  const net = { old: 10, new: 20, inner: 30 }[where];
  const address = (side: number) =>
    ipv6
      ? `2001:db8:${net + side}::${(number + 1).toString(16)}`
      : `10.${net + side}.${number >> 8}.${(number & 0xff) + 1}`;
  return { src: address(1), dst: address(2) };
}

/** An SA with a policy for each row, each migrated; then all SAs are looked at. */
export function migrateRows(
  { xfrm }: Pick<CaseContext, 'xfrm'>,
  { properties, kinds }: { properties: Properties; kinds: { readonly [kind: string]: Kind } },
  rows: readonly Row[],
  first: number,
): Outcome[] {
  const sas = rows.map((row, i) => {
    const number = first + i;
    const { sa: made, later } = saOf(properties, row, 0x1000 + number);
    const sa = xfrm.addSa({ ...made, ...place(number, isIpv6(row), 'old') });
    if (Object.keys(later).length > 0) xfrm.setReplay(sa, later);
    const ends = place(number, isIpv6(row), 'inner');
    const policy = xfrm.addPolicy(
      policyFor([sa], { selector: selector({ saddr: ends.src, daddr: ends.dst, ...whole(row) }) }),
    );
    return { row, sa, policy, number, thresholds: thresholdsOf(xfrm, sa) };
  });
  const before = bySpi(xfrm.dumpWholeSas());
  xfrm.skipNotifications();
  const migrated = sas.map(({ policy, ...each }) => {
    const { row, sa, number } = each;
    const kind = kinds[row.kind!]!;
    const to = newPlace(kind, sa, number, isIpv6(row));
    const encap = kind.encap(sa);
    const attributes = encap ? { XFRMA_ENCAP: encapTemplate(encap) } : {};
    const reply = xfrm.migrate(policy, [migrateEntry(sa, to)], { attributes });
    xfrm.skipNotifications();
    return { ...each, to, encap, reply };
  });
  const after = bySpi(xfrm.dumpWholeSas());
  return migrated.map(({ row, sa, to, encap, reply, thresholds }): Outcome => {
    const was = before.get(sa.spi)![0]!;
    const done = reply.errno === 'OK';
    const should: WholeSa = done ? expectedAfter(was, sa, { ...to, encap: encap ?? noEncap }) : was;
    const found = after.get(sa.spi) ?? [];
    return {
      row,
      reply,
      sa: {
        ...compareMembers({ SAs: 1 }, { SAs: found.length }),
        ...(found[0] ? compareWholeSas(should, found[0]) : {}),
        ...compareMembers(thresholds, thresholdsOf(xfrm, done ? { ...sa, ...to } : sa)),
      },
      heard: {},
    };
  });
}

function whole(row: Row) {
  const length = isIpv6(row) ? 128 : 32;
  return { prefixlen_s: length, prefixlen_d: length };
}

function newPlace({ moves }: Kind, sa: Sa, number: number, ipv6: boolean) {
  const there = place(number, ipv6 !== (moves.family === true), 'new');
  return { src: moves.src ? there.src : sa.src, dst: moves.dst ? there.dst : sa.dst };
}
