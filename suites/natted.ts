import {
  type CaseContext,
  type Encap,
  espInUdp,
  espSa,
  hosts,
  type Peer,
  policyFor,
  type Sa,
} from '../src/case/index.ts';

type Place = Pick<Sa, 'src' | 'dst'>;

/** A peer at the other end of a veth pair, which has both pairs of `hosts`: ours are the sources. */
export function addNattedPeer(context: CaseContext): Peer {
  return context.addPeer(
    [hosts.a, hosts.b].map(({ src, dst }) => [`${src}/24`, `${dst}/24`] as const),
  );
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
export function sendFromNat(peer: Peer, { src, dst }: Place, daddr: string): void {
  const sa = peer.xfrm.addSa(espSa({ src, dst, encap: espInUdp(1024, 4500) }));
  const selector = { saddr: hosts.a.dst, prefixlen_s: 32, daddr, prefixlen_d: 32 };
  peer.xfrm.addPolicy(policyFor([sa], { selector }));
  peer.addSender(daddr, 4000).send();
}
