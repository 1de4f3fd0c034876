import { type CaseContext, hosts, migrateEntry, policyFor, type Sa } from '../../src/case/index.ts';
import type { Around } from '../events.ts';
import { inner } from '../inner.ts';

/** An SA that moves, and one whose destination stays: they are installed in two ways. */
export const ways = {
  moved: hosts.b,
  'other-source': { src: hosts.b.src, dst: hosts.a.dst },
} as const;

/** Sends by a policy before and after its migration, and listens until the kernel tells something. */
export function sendAround<T>(
  context: CaseContext,
  sa: Sa,
  to: Pick<Sa, 'src' | 'dst'>,
  { group, packets: [before, after], show }: Around<T>,
) {
  const { xfrm } = context;
  context.listenTo(group);
  context.addLink('dummy0', 'dummy', ['192.0.2.1/24', '198.51.100.1/24']);
  xfrm.addSa(sa);
  const policy = xfrm.addPolicy(policyFor([sa], { selector: inner }));
  const sender = context.addSender(inner.daddr, 4000);
  for (let i = 0; i < before; i++) sender.send();
  const early = xfrm.notifications(group).map(show);
  const reply = xfrm.migrate(policy, [migrateEntry(sa, to)]);
  if (reply.errno !== 'OK') return { reply };
  for (let i = 0; i < after; i++) sender.send();
  return { reply, early, heard: xfrm.awaitNotifications(group).map(show) };
}
