import {
  type CaseContext,
  espInUdp,
  hosts,
  policyFor,
  type Sa,
  type StateChange,
} from '../../src/case/index.ts';
import type { Around } from '../events.ts';

/** An SA that moves, and one that stays where it is: they are installed in two ways. */
export const ways = { moved: hosts.b, 'in-place': { encap: espInUdp() } } as const;

const here = '192.0.2.1';
/** Traffic to the first takes the SA where it was; to the second, where it moves. */
const destinations = { old: '192.0.2.9', moved: '192.0.2.10' };

/** Sends through an SA before and after its migration, and listens until the kernel tells something. */
export function sendAround<T>(
  context: CaseContext,
  sa: Sa,
  change: StateChange,
  { group, packets: [before, after], show }: Around<T>,
) {
  const { xfrm } = context;
  context.listenTo(group);
  context.addLink('dummy0', 'dummy', [`${here}/24`, `${hosts.b.src}/24`]);
  xfrm.addSa(sa);
  for (const [daddr, at] of [
    [destinations.old, sa],
    [destinations.moved, { ...sa, ...hosts.b }],
  ] as const) {
    const selector = { saddr: here, prefixlen_s: 32, daddr, prefixlen_d: 32 };
    xfrm.addPolicy(policyFor([at], { selector }));
  }
  const first = context.addSender(destinations.old, 4000);
  for (let i = 0; i < before; i++) first.send();
  const early = xfrm.notifications(group).map(show);
  const reply = xfrm.migrateState(sa, change);
  if (reply.errno !== 'OK') return { reply };
  const second = change.dst === undefined ? first : context.addSender(destinations.moved, 4000);
  for (let i = 0; i < after; i++) second.send();
  return { reply, early, heard: xfrm.awaitNotifications(group).map(show) };
}
