import {
  aesCbc,
  type CaseContext,
  type Encap,
  espInUdp,
  espSa,
  hmacSha256,
  hosts,
  type Needs,
  ok,
  type PacketFields,
  type Peer,
  type Policy,
  policyFor,
  type Reply,
  type Sa,
  type SaView,
  type Sender,
  type XfrmClient,
} from '../src/case/index.ts';

/** One end of an SA: the SA as it is there, and the policy that wants it. */
export interface End {
  readonly xfrm: XfrmClient;
  readonly dir: 'in' | 'out';
  sa: Sa;
  policy: Policy;
}

export type Place = Pick<Sa, 'src' | 'dst'>;

const port = 4000;
/** Of ESP in UDP: from and to. */
const ports = [espInUdp(), espInUdp(4501, 4502)] as const;
/** Both ends of the veth pair have an address of this network, which the policies protect. */
const tunnelled = { saddr: '10.1.0.1', daddr: '10.2.0.1' };
const tunnelled6 = { saddr: 'fd00:1::1', daddr: 'fd00:2::1' };

/** Datagrams from here to the peer through one SA, which both ends have. */
export class Tunnel {
  readonly peer: Peer;
  readonly here: End;
  readonly there: End;
  readonly #context: CaseContext;
  readonly #sas: Record<End['dir'], Sa>;
  readonly #selector: Policy['selector'];
  readonly #sender: Sender;
  readonly #receiver: { receive(waitMs?: 0): string | null };

  constructor(context: CaseContext, { outbound, inbound, carries }: Kind, packets?: PacketFields) {
    const { saddr, daddr } = carries === 'ipv6' ? tunnelled6 : tunnelled;
    const [network, host] = carries === 'ipv6' ? [16, 128] : [8, 32];
    const ends = outbound.mode === 'transport' ? hosts.a : { src: saddr, dst: daddr };
    this.#context = context;
    this.#sas = { out: outbound, in: inbound };
    this.#selector = {
      ...{ saddr: ends.src, prefixlen_s: host, daddr: ends.dst, prefixlen_d: host },
      // The packets of the SA itself are between the same hosts in transport mode.
      ...{ proto: 17, dport: port, dport_mask: 0xffff },
    };
    this.peer = context.addPeer([
      [`${saddr}/${network}`, `${daddr}/${network}`],
      ...[hosts.a, hosts.b].map(({ src, dst }) => [`${src}/24`, `${dst}/24`] as const),
      ...[hosts.a6, hosts.b6].map(({ src, dst }) => [`${src}/64`, `${dst}/64`] as const),
    ]);
    for (const { dport } of ports) this.peer.acceptEspInUdp(dport);
    this.#receiver = this.peer.addReceiver(ends.dst, port);
    this.here = this.#end(context.xfrm, outbound, 'out');
    this.there = this.#end(this.peer.xfrm, inbound, 'in');
    this.#sender = context.addSender(ends.dst, port, packets);
  }

  #end(xfrm: XfrmClient, sa: Sa, dir: 'in' | 'out'): End {
    return { xfrm, dir, sa: xfrm.addSa(sa), policy: xfrm.addPolicy(this.#policyOf(sa, dir)) };
  }

  #policyOf(sa: Sa, dir: 'in' | 'out'): Policy {
    return policyFor([sa], { dir, selector: this.#selector, priority: 10 });
  }

  /** Puts a policy that wants this SA in the place of the end's policy. */
  want(end: End, sa: Sa): void {
    end.xfrm.deletePolicy(end.policy);
    end.sa = sa;
    end.policy = end.xfrm.addPolicy(this.#policyOf(sa, end.dir));
  }

  /** Both ends begin anew, with the SAs and policies that they had at first. */
  renew(): void {
    for (const end of [this.here, this.there]) {
      end.xfrm.flushSas();
      this.want(end, end.xfrm.addSa(this.#sas[end.dir]));
    }
  }

  /** Nothing leaves unprotected while there is no other policy. */
  blockingPolicy(): Policy {
    const any = this.#selector.daddr?.includes(':') ? '::' : '0.0.0.0';
    const selector = { saddr: any, daddr: any, proto: 17, dport: port };
    return policyFor([], { selector: { ...selector, dport_mask: 0xffff }, action: 'block' });
  }

  /** "OK", or why not. */
  send(): string {
    return this.#sender.send();
  }

  /** See `Sender.sendMeanwhile`. */
  sendMeanwhile<T>(act: () => T) {
    return this.#sender.sendMeanwhile(act);
  }

  /** How many of so many datagrams come through. */
  deliver(count: number): number {
    for (let i = 0; i < count; i++) this.send();
    return this.arrived(count);
  }

  /** Sends packets with these sequence numbers, in this order. */
  sendNumbered(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#sentSoFar(number - 1);
      this.send();
    }
  }

  /** How many datagrams have come; waits for so many, and for each that does not come once. */
  arrived(count: number): number {
    for (let i = 0; i < count; i++) if (this.#receiver.receive() === null) return i;
    let more = count;
    while (this.#receiver.receive(0) !== null) more++;
    return more;
  }

  /** Sends what was sent before, so many packets, once more, and a new one; how many are taken. */
  replay(count: number): number {
    this.#sentSoFar(0);
    for (let i = 0; i < count; i++) this.send();
    this.#sentSoFar(count);
    return this.deliver(1);
  }

  #sentSoFar(oseq: number): void {
    const { xfrm, sa } = this.here;
    xfrm.setReplay(sa, { XFRMA_REPLAY_VAL: { oseq, seq: 0, bitmap: 0 } });
  }

  /** Goes on with an SA in the place of the one that has sent all that it may. */
  sendAnew(to: Place): void {
    const { xfrm, sa } = this.here;
    xfrm.flushSas();
    this.want(this.here, xfrm.addSa({ ...sa, ...to, lifetime: {} }));
    this.#sentSoFar(1);
  }

  /** What the SA of the end that receives has taken. */
  taken() {
    return done(this.there.xfrm.getSa(this.there.sa));
  }

  /** Half of a datagram, which an IP-TFS SA sends in two packets, the second of which is never sent. */
  sendHalf(): void {
    this.#context.listenTo('XFRMNLGRP_EXPIRE');
    this.send();
    // The second packet is one more than the SA may send.
    this.#context.xfrm.awaitNotifications('XFRMNLGRP_EXPIRE');
  }
}

/** What an SA has done: packets, and the last sequence number that it sent or took. */
export function done(found: SaView | object) {
  if (!('counted' in found)) return 'gone';
  const { counted, replay, replayEsn } = found as SaView;
  const { oseq = 0, seq = 0 } = replayEsn ?? replay ?? {};
  return { packets: counted.packets, sequence: Math.max(oseq, seq) };
}

interface Kind {
  readonly outbound: Sa;
  readonly inbound: Sa;
  /** The family of the datagrams; IPv4 when left out. */
  readonly carries?: 'ipv6';
  readonly needs?: Needs;
}

export const esn = { oseq: 0, seq: 0, oseq_hi: 0, seq_hi: 0, replay_window: 32, bmp: [0] };
const beet = {
  mode: 'beet',
  selector: { ...tunnelled, prefixlen_s: 32, prefixlen_d: 32 },
} as const;
const iptfsNeeds: Needs = { minVersion: '6.14', kconfig: ['XFRM_IPTFS'] };

/** The same SA at both ends: the one that receives has a window. */
export function alike(sa: Partial<Sa> = {}, needs: Needs = {}): Kind {
  const window = sa.replayEsn ? {} : { replayWindow: 32 };
  return { outbound: espSa(sa), inbound: espSa({ ...sa, ...window }), needs };
}

/** An SA that has no selector of its own carries either family. */
const anyInside: Partial<Sa> = { flags: ['af-unspec'], selector: { family: 'AF_UNSPEC' } };

const iptfs = {
  outbound: espSa({ mode: 'iptfs', dir: 'out' }),
  inbound: espSa({
    ...{ mode: 'iptfs', dir: 'in', replayWindow: 32 },
    // A minute: what waits for a packet that is lost does not come by itself.
    iptfs: { XFRMA_IPTFS_REORDER_WINDOW: 7, XFRMA_IPTFS_DROP_TIME: 60_000_000 },
  }),
  needs: iptfsNeeds,
} satisfies Kind;

/** Room for less than a datagram: each takes two packets. */
const smallPackets = { XFRMA_IPTFS_PKT_SIZE: 80 };

/** An SA whose packets have room for less than a datagram, and that may send one. */
export const halfSent = {
  ...iptfs,
  outbound: {
    ...iptfs.outbound,
    iptfs: smallPackets,
    lifetime: { hard_packet_limit: 1 },
  },
  needs: iptfsNeeds,
} satisfies Kind;

/** An SA that gathers datagrams for a while, and has room for one in its queue. */
export const queueing = {
  ...iptfs,
  outbound: {
    ...iptfs.outbound,
    iptfs: { XFRMA_IPTFS_INIT_DELAY: 3_000_000, XFRMA_IPTFS_MAX_QSIZE: 100 },
  },
  needs: iptfsNeeds,
} satisfies Kind;

/** An SA with much room in its queue, and one with room for just one datagram, which fills it. */
export const queues = {
  roomy: {
    kind: iptfs,
    summary:
      'A queue that is nearly empty marks no datagram (ECN) after a migration that it did not before.',
  },
  full: {
    kind: { ...iptfs, outbound: { ...iptfs.outbound, iptfs: { XFRMA_IPTFS_MAX_QSIZE: 62 } } },
    summary: 'A queue that a datagram fills marks it (ECN) after a migration if it did before.',
  },
} as const;

/** How many packets wait at most for one before them. */
const reorderWindow = 9;

/** An SA whose peer puts packets into their order. */
export const ordering = {
  ...iptfs,
  inbound: {
    ...iptfs.inbound,
    iptfs: { ...iptfs.inbound.iptfs, XFRMA_IPTFS_REORDER_WINDOW: reorderWindow },
  },
  needs: iptfsNeeds,
} satisfies Kind;

export interface Journey extends Kind {
  readonly to: Partial<Place> & { readonly encap?: Encap };
  /** That a datagram takes; one when left out. */
  readonly packets?: number;
  /** The same after the migration; as before when left out. */
  readonly packetsThen?: number;
}

/** SAs of each kind, and where they go. */
export const journeys: Readonly<Record<string, Journey>> = {
  moved: { ...alike(), to: hosts.b },
  'source-moved': { ...alike(), to: { src: hosts.b.src } },
  'destination-moved': { ...alike(), to: { dst: hosts.b.dst } },
  'to-ipv6': { ...alike(), to: hosts.b6 },
  'to-ipv4': { ...alike({ ...hosts.a6, selector: { family: 'AF_INET' } }), to: hosts.b },
  'carries-ipv6': { ...alike(anyInside), carries: 'ipv6', to: hosts.b },
  'carries-ipv6-to-ipv6': { ...alike(anyInside), carries: 'ipv6', to: hosts.b6 },
  'carries-ipv4': { ...alike({ ...anyInside, ...hosts.a6 }), to: hosts.b6 },
  'carries-ipv4-to-ipv6': { ...alike(anyInside), to: hosts.b6 },
  'encap-added': { ...alike(), to: { ...hosts.b, encap: ports[0] } },
  'encap-ports': { ...alike({ encap: ports[0] }), to: { ...hosts.b, encap: ports[1] } },
  esn: { ...alike({ flags: ['esn'], replayEsn: esn }), to: hosts.b },
  'cbc-hmac': { ...alike({ crypt: aesCbc, auth: hmacSha256 }), to: hosts.b },
  ah: { ...alike({ proto: 'ah', auth: hmacSha256 }), to: hosts.b },
  beet: { ...alike(beet), to: hosts.b },
  iptfs: { ...iptfs, to: hosts.b },
  'iptfs-small-packets': {
    ...iptfs,
    ...{ outbound: { ...iptfs.outbound, iptfs: smallPackets }, to: hosts.b, packets: 2 },
  },
  // The header is 20 bytes longer, and leaves room for 20 bytes of a datagram of 60.
  'iptfs-small-packets-to-ipv6': {
    ...iptfs,
    outbound: { ...iptfs.outbound, iptfs: smallPackets },
    ...{ to: hosts.b6, packets: 2, packetsThen: 3 },
  },
};

/** How the ends are migrated; the one that sends goes second. */
export interface Way {
  /** @param asks for it; the end itself when left out */
  there(tunnel: Tunnel, to: Journey['to'], asks?: XfrmClient): Reply;
  here(tunnel: Tunnel, to: Journey['to']): object;
}

/** Sends two datagrams before both ends migrate, and two afterwards. */
export function cross(context: CaseContext, journey: Journey, way: Way) {
  const tunnel = new Tunnel(context, journey);
  const before = tunnel.deliver(2);
  const reply = way.there(tunnel, journey.to);
  if (reply.errno !== 'OK') return { before, reply };
  const here = way.here(tunnel, journey.to);
  const after = tunnel.deliver(2);
  const sent = done(context.xfrm.getSa(tunnel.here.sa));
  return { before, reply, here, after, sent, taken: tunnel.taken() };
}

/** All four have come through. */
export function crossed({ packets = 1, packetsThen = packets }: Journey) {
  const all = 2 * packets + 2 * packetsThen;
  const whole = { packets: all, sequence: all };
  return { before: 2, reply: ok(null), after: 2, sent: whole, taken: whole };
}

/** Sends three datagrams, and the packets of all of them once more after both ends have migrated. */
export function sendTwice(context: CaseContext, way: Way) {
  const tunnel = new Tunnel(context, alike());
  const before = tunnel.deliver(3);
  const reply = way.there(tunnel, hosts.b);
  if (reply.errno !== 'OK') return { before, reply };
  const here = way.here(tunnel, hosts.b);
  const after = tunnel.replay(3);
  return { before, reply, here, after, taken: tunnel.taken() };
}

export const takenOnce = {
  ...{ before: 3, reply: ok(null), after: 1 },
  taken: { packets: 4, sequence: 4 },
} as const;

/** Sends half a datagram, and two whole ones after the end that receives has migrated. */
export function sendHalf(context: CaseContext, way: Way) {
  const tunnel = new Tunnel(context, halfSent);
  tunnel.sendHalf();
  const before = tunnel.taken();
  const reply = way.there(tunnel, hosts.b);
  if (reply.errno !== 'OK') return { before, reply };
  tunnel.sendAnew(hosts.b);
  const after = tunnel.deliver(2);
  return { before, reply, after, taken: tunnel.taken() };
}

export const wholeAfterHalf = {
  before: { packets: 1, sequence: 1 },
  reply: ok(null),
  after: 2,
  taken: { packets: 5, sequence: 5 },
} as const;

/** Sends a datagram that still waits in the SA's queue when both ends migrate, and another one. */
export function sendQueued(context: CaseContext, way: Way) {
  const tunnel = new Tunnel(context, queueing);
  tunnel.send();
  const before = tunnel.taken();
  const reply = way.there(tunnel, hosts.b);
  if (reply.errno !== 'OK') return { before, reply };
  const here = way.here(tunnel, hosts.b);
  // Whether the one that waited is lost with the old SA is not said.
  return { before, reply, here, comes: tunnel.deliver(1) > 0 };
}

export const sentInSpiteOfQueue = {
  before: { packets: 0, sequence: 0 },
  reply: ok(null),
  comes: true,
} as const;

/** Sends two datagrams that may be marked before both ends migrate, and two afterwards. */
export function sendCongested(context: CaseContext, queue: Kind, way: Way) {
  const tunnel = new Tunnel(context, queue, { ecnCapable: true });
  const { peer } = tunnel;
  const before = tunnel.deliver(2);
  const marks = peer.congestionMarks();
  const reply = way.there(tunnel, hosts.b);
  if (reply.errno !== 'OK') return { before, reply };
  const here = way.here(tunnel, hosts.b);
  const after = tunnel.deliver(2);
  return { before, reply, here, after, marksAsBefore: peer.congestionMarks() === 2 * marks };
}

export const markedAsBefore = {
  before: 2,
  reply: ok(null),
  after: 2,
  marksAsBefore: true,
} as const;

/**
 * Packets that come out of order after both ends have migrated. None waits for another when an SA goes:
 * up to 7.3.4 such a packet keeps a deleted SA alive, and one that is delivered when its namespace is
 * gone brings the kernel down, migration or not.
 */
export function sendOutOfOrder(context: CaseContext, way: Way) {
  const tunnel = new Tunnel(context, ordering);
  const before = tunnel.deliver(1);
  const reply = way.there(tunnel, hosts.b);
  if (reply.errno !== 'OK') return { before, reply };
  const here = way.here(tunnel, hosts.b);
  // The second one takes the last place of the window, and waits for all the others.
  tunnel.sendNumbered([2, 3 + reorderWindow]);
  const inOrder = tunnel.arrived(1);
  const late = Array.from({ length: reorderWindow }, (_, i) => 3 + i);
  tunnel.sendNumbered(late);
  const after = tunnel.arrived(late.length + 1);
  return { before, reply, here, inOrder, after, taken: tunnel.taken() };
}

export const putIntoOrder = {
  ...{ before: 1, reply: ok(null), inOrder: 1, after: reorderWindow + 1 },
  taken: { packets: reorderWindow + 3, sequence: reorderWindow + 3 },
} as const;
