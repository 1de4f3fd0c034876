import {
  type CaseContext,
  hosts,
  MissedMoment,
  ok,
  type Reply,
  type Sa,
  type XfrmClient,
} from '../src/case/index.ts';
import { alike, done, type End, esn, Tunnel } from './end-to-end.ts';

/** A kernel that can be made to wait in the middle of a migration. */
export const needs = { kconfig: ['CRYPTO_USER'] };

/** How the SA of an end is migrated to hosts.b. */
export interface Way {
  /** What of the request waits: the SA in use, or one with AES-CBC. */
  readonly slow: 'aes-gcm' | 'aes-cbc';
  /** Does what comes before; returns the migration. */
  readonly prepare: (end: End) => () => Reply;
  /** Of the SA in use. */
  readonly parts?: Partial<Sa>;
}

/** SAs whose numbers have 32 bits, and 64. */
export const numbered = { '': {}, '-esn': { flags: ['esn'], replayEsn: esn } } as const;

/**
 * Migrates the SA of one end after it has been used once. In the middle of it the kernel waits for
 * algorithms, and datagrams are sent.
 */
function migrateInUse(context: CaseContext, tunnel: Tunnel, end: End, { slow, prepare }: Way) {
  const migrate = prepare(end);
  tunnel.send();
  context.forget(slow);
  const { result: reply, missed } = tunnel.sendMeanwhile(migrate);
  if (reply.errno === 'OK' && missed)
    throw new MissedMoment('the kernel did not wait while it migrated');
  return reply;
}

/** Migrates the end that sends, and sends once more. */
export function migrateSender(context: CaseContext, way: Way) {
  const sa = alike(way.parts);
  const tunnel = new Tunnel(context, sa);
  const { xfrm, sa: old } = tunnel.there;
  // What the migrated SA sends is taken, too, and counted apart from what was sent before.
  const now = xfrm.addSa({ ...sa.inbound, ...hosts.b });
  const reply = migrateInUse(context, tunnel, tunnel.here, way);
  if (reply.errno !== 'OK') return { reply };
  tunnel.want(tunnel.here, { ...sa.outbound, ...hosts.b });
  tunnel.send();
  const [before, after] = [old, now].map((each) => done(xfrm.getSa(each)));
  const sent = done(context.xfrm.getSa(tunnel.here.sa));
  if (typeof before !== 'object' || typeof after !== 'object' || typeof sent !== 'object')
    return { reply, before, after, sent };
  const packets = Number(after.packets);
  return {
    ...{ reply, goesOn: packets > 0 },
    // Numbers of the first SA that the second one used again.
    reuses: after.sequence - packets < before.sequence,
    counts: sent.packets === before.sequence + packets,
  };
}

/** No number is used twice, and all packets count for the limits of the SA. */
export const eachOnce = { reply: ok(null), goesOn: true, reuses: false, counts: true };

/** Migrates the end that receives. */
export function migrateReceiver(context: CaseContext, way: Way) {
  const tunnel = new Tunnel(context, alike(way.parts));
  const { there } = tunnel;
  const reply = migrateInUse(context, tunnel, there, way);
  if (reply.errno !== 'OK') return { reply };
  const taken = tunnel.arrived(0);
  const now = done(there.xfrm.getSa({ ...there.sa, ...hosts.b }));
  if (typeof now !== 'object') return { reply, now };
  return {
    reply,
    // Numbers that the first SA has taken, and the second would take again.
    forgets: now.sequence < taken,
    counts: now.packets === taken,
  };
}

/** No number is taken twice, and all packets count for the limits of the SA. */
export const takenOnce = { reply: ok(null), forgets: false, counts: true };

/** Migrates an SA that is allowed one packet, and ends with the first one that is sent meanwhile. */
export function migrateEnding(context: CaseContext, way: Way) {
  const sa = alike({ lifetime: { hard_packet_limit: 1 } });
  const tunnel = new Tunnel(context, sa);
  const reply = migrateInUse(context, tunnel, tunnel.here, way);
  const now = done(context.xfrm.getSa({ ...sa.outbound, ...hosts.b }));
  return { reply, now };
}

/** Two requests at once, the first of which migrates an SA with AES-GCM: both replies. */
export function atOnce(
  context: CaseContext,
  first: () => Reply,
  second: (xfrm: XfrmClient) => Reply,
): readonly [Reply, Reply] {
  context.forget('aes-gcm');
  const replies = context.atOnce(first, second);
  if (replies.first.errno === 'OK' && replies.missed)
    throw new MissedMoment('the kernel did not wait while it migrated');
  return [replies.first, replies.second];
}
