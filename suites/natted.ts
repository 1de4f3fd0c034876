import {
  type CaseContext,
  type Encap,
  espInUdp,
  espSa,
  hosts,
  type NotificationView,
  ok,
  type Peer,
  policyFor,
  type Reply,
  type Sa,
} from '../src/case/index.ts';
import { longUnused, mapping } from './events.ts';
import { inner } from './inner.ts';

export type Place = Pick<Sa, 'src' | 'dst'>;

/** A peer at the other end of a veth pair, which has these pairs of `hosts`: ours are the sources. */
export function addNattedPeer(
  context: CaseContext,
  pairs: readonly Place[] = [hosts.a, hosts.b],
): Peer {
  return context.addPeer(
    pairs.map(({ src, dst }) => {
      const length = dst.includes(':') ? 64 : 24;
      return [`${src}/${length}`, `${dst}/${length}`] as const;
    }),
  );
}

/** Of SAs that send keepalives: from and to. */
export const keepalivePorts = espInUdp(4500, 4501);

/** More addresses in the networks of hosts.b and hosts.b6, which no route prefers. */
const second = { src: '198.51.100.77', dst: '198.51.100.78' };
const second6 = { src: '2001:db8:b::77', dst: '2001:db8:b::78' };

/** Places that SAs with keepalives are in and move to. */
export const keptAliveAt: Readonly<Record<string, { from: Place; to: Place }>> = {
  moved: { from: hosts.a, to: hosts.b },
  ipv6: { from: hosts.a6, to: hosts.b6 },
  'to-ipv6': { from: hosts.a, to: hosts.b6 },
  'to-ipv4': { from: hosts.a6, to: hosts.b },
  'second-address': { from: hosts.a, to: { ...hosts.b, src: second.src } },
  'second-address-ipv6': { from: hosts.a6, to: { ...hosts.b6, src: second6.src } },
};

/** Reads keepalives at the two places that an SA leads to, before and after its migration. */
function keepaliveReceivers(context: CaseContext, { from, to }: { from: Place; to: Place }) {
  // The address that a route prefers is the one that came first.
  const more = to.dst.includes(':') ? [hosts.b6, second6] : [hosts.b, second];
  const peer = addNattedPeer(context, [from, ...more]);
  const [old, moved] = [from, to].map(({ dst }) => peer.addReceiver(dst, keepalivePorts.dport));
  return { old: old!, moved: moved! };
}

/** Who sends keepalives to a place. */
export function keepaliveOf({ src }: Place): string {
  return `${src.includes(':') ? `[${src}]` : src}:${keepalivePorts.sport} ff`;
}

/** An SA at a place that sends keepalives. */
export function keptAlive(place: Place, parts: Partial<Sa> = {}): Sa {
  return espSa({ ...place, dir: 'out', encap: keepalivePorts, natKeepalive: 1, ...parts });
}

/** What keepalives need. */
export const keepaliveNeeds = { minVersion: '6.11' };

/** Reads keepalives of an SA before it migrates, and twice afterwards; what still comes to the old place. */
export function moveKeptAlive(
  context: CaseContext,
  { from, to }: { from: Place; to: Place },
  migrate: (sa: Sa) => Reply,
) {
  const { old, moved } = keepaliveReceivers(context, { from, to });
  const sa = context.xfrm.addSa(keptAlive(from));
  const before = old.receive();
  const reply = migrate(sa);
  if (reply.errno !== 'OK') return { reply, before };
  if (!isKeptAlive(context, { ...sa, ...to })) return { reply, before, after: null, still: null };
  // What was sent until then.
  while (old.receive(0) !== null);
  const after = [moved.receive(), moved.receive()];
  return { reply, before, after, still: old.receive(0) };
}

/** Whether an SA has an interval: what lost it would be waited for in vain. */
function isKeptAlive({ xfrm }: CaseContext, sa: Sa): boolean {
  const found = xfrm.getSa(sa);
  return 'natKeepalive' in found && found.natKeepalive !== null;
}

/** They go over to the new place. */
export function keepalivesMoved({ from, to }: { from: Place; to: Place }) {
  const after = [keepaliveOf(to), keepaliveOf(to)];
  return { reply: ok(null), before: keepaliveOf(from), after, still: null };
}

/** Migrates an SA with an output mark where only keepalives with that mark pass; the first that does. */
export function markKeptAlive(context: CaseContext, migrate: (sa: Sa) => Reply) {
  const [from, to] = [hosts.a6, hosts.b6];
  const { moved } = keepaliveReceivers(context, { from, to });
  letMarkedPass(context);
  const sa = context.xfrm.addSa(keptAlive(from, { outputMark: keptAliveMark }));
  const reply = migrate(sa);
  if (reply.errno !== 'OK') return { reply };
  return { reply, after: isKeptAlive(context, { ...sa, ...to }) ? moved.receive() : null };
}

/** Longer than it takes between two packets that a case sends. */
const patientInterval = 3;

/** An SA that is in use and sends keepalives where it is not, and its policy. */
export function useKeptAlive({ xfrm }: CaseContext) {
  const sa = xfrm.addSa(keptAlive(hosts.a, { natKeepalive: patientInterval }));
  return { sa, policy: xfrm.addPolicy(policyFor([sa], { selector: inner })) };
}

/**
 * Uses an SA before and after its migration to hosts.b, longer than its interval; and then not.
 *
 * @param want puts a policy for the migrated SA in the place of the other, where need be
 */
export function keepAliveInUse(context: CaseContext, migrate: () => Reply, want = () => {}) {
  context.listenTo('XFRMNLGRP_EXPIRE');
  const { moved } = keepaliveReceivers(context, { from: hosts.a, to: hosts.b });
  const sender = context.addSender(inner.daddr, 4000);
  sender.send();
  const reply = migrate();
  if (reply.errno !== 'OK') return { reply };
  want();
  let keepalives = 0;
  for (let spi = 0x2000; spi < 0x2000 + patientInterval + 2; spi++) {
    sender.send();
    awaitSecond(context, spi);
    // The packets themselves come there, too.
    for (let got = moved.receive(0); got !== null; got = moved.receive(0))
      if (got === keepaliveOf(hosts.b)) keepalives++;
  }
  return { reply, keepalives, after: moved.receive() };
}

/** None while the SA is in use, and one when it is not. */
export const keptAliveWhenIdle = { keepalives: 0, after: keepaliveOf(hosts.b) };

/** A mark that the packets of an SA get, and policies that let only such keepalives pass. */
const keptAliveMark = { v: 0x10, m: 0xff };
function letMarkedPass(context: CaseContext): void {
  const selector = {
    ...{ saddr: '::', daddr: '::', proto: 17 },
    ...{ dport: keepalivePorts.dport, dport_mask: 0xffff },
  };
  context.xfrm.addPolicy(policyFor([], { selector, priority: 20, action: 'block' }));
  context.xfrm.addPolicy(policyFor([], { selector, priority: 10, mark: keptAliveMark }));
}

/** Waits for the kernel's own second: so long after it came an SA that is too old is told. */
export function awaitSecond({ xfrm }: CaseContext, spi: number): void {
  const sa = xfrm.addSa(espSa({ spi, lifetime: { soft_add_expires_seconds: 60 } }));
  xfrm.setReplay(sa, longUnused);
  xfrm.awaitNotifications('XFRMNLGRP_EXPIRE');
}

/** The same SA as the other end sees it. */
export function reversed<T extends Place>(sa: T): T {
  return { ...sa, src: sa.dst, dst: sa.src };
}

/** An inbound SA, from the peer; it has no direction, which only newer kernels know. */
export function inboundSa(encap: Encap, overrides: Partial<Sa> = {}): Sa {
  return reversed(espSa({ encap, mappingThreshold: 3600, ...overrides }));
}

/**
 * Sends a packet of the peer through the SA as the NAT makes it look: from another port.
 *
 * @param daddr of what is in the packet; each place needs another
 */
export function sendFromNat(peer: Peer, { src, dst }: Place, daddr: string, port = 1024): void {
  const sa = peer.xfrm.addSa(espSa({ src, dst, encap: espInUdp(port, 4500) }));
  const selector = { saddr: hosts.a.dst, prefixlen_s: 32, daddr, prefixlen_d: 32 };
  peer.xfrm.addPolicy(policyFor([sa], { selector }));
  peer.addSender(daddr, 4000).send();
}

/** Where an SA is whose packets come from elsewhere. */
const mapped = reversed(hosts.b);

/** How SAs that have been migrated tell of packets from elsewhere, by the threshold that they have. */
export const mappingsTold = {
  'other-port': {
    summary:
      'A packet from another port is told at once; one from the same within the threshold not.',
    threshold: 3600,
    ports: [1024, 1024, 1025],
    told: [1024, 1025],
  },
  'threshold-over': {
    summary: 'When the threshold is over a packet from the same port is told again.',
    threshold: 1,
    ports: [1024, 1024],
    told: [1024, 1024],
  },
} as const;

/** Migrates an inbound SA to here, and sends it a packet from each port, a while apart where told so. */
export function hearMappings(
  context: CaseContext,
  { threshold, ports, told }: (typeof mappingsTold)[keyof typeof mappingsTold],
  migrate: (sa: Sa, to: Place) => Reply,
) {
  const peer = addNattedPeer(context);
  context.acceptEspInUdp(4500);
  const sa = context.xfrm.addSa(inboundSa(espInUdp(), { mappingThreshold: threshold }));
  const reply = migrate(sa, mapped);
  if (reply.errno !== 'OK') return { reply };
  context.listenTo('XFRMNLGRP_MAPPING');
  context.listenTo('XFRMNLGRP_EXPIRE');
  const heard: NotificationView[] = [];
  const hear = (count: number) =>
    heard.push(...context.xfrm.awaitNotifications('XFRMNLGRP_MAPPING', count));
  for (const [i, port] of ports.entries()) {
    if (i > 0 && threshold < 3) {
      hear(1);
      for (const spi of [0x2000, 0x2001, 0x2002]) awaitSecond(context, spi);
    }
    peer.xfrm.flushSas();
    sendFromNat(peer, mapped, `192.0.2.${20 + i}`, port);
  }
  hear(told.length - heard.length);
  return { reply, mappings: heard.map(mapping) };
}

/** What is told then. */
export function mappingsHeard({ told }: { told: readonly number[] }) {
  const mappings = told.map((port) => ({ was: `${mapped.src}:4500`, is: `${mapped.src}:${port}` }));
  return { reply: ok(null), mappings };
}
