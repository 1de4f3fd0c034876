import {
  type CaseContext,
  compSa,
  type Expected,
  hosts,
  includes,
  type Needs,
  type Sa,
} from '../src/case/index.ts';

type Place = Pick<Sa, 'src' | 'dst'>;

const parts: Partial<Sa> = { ifId: 7, flags: ['decap-dscp'] };

/**
 * IPComp tunnels that belong to an xfrm interface, and what the IP-in-IP SA is to have, by which come
 * the packets that were not worth compressing: the interface, and over IPv4 the flags, of the tunnel.
 */
export const tunnelsOfInterfaces: Readonly<
  Record<string, { sa: Sa; to: Place; needs: Needs; like: Expected }>
> = {
  'tunnel-of-interface': {
    sa: compSa(parts),
    to: hosts.b,
    needs: { kconfig: ['INET_IPCOMP', 'CRYPTO_DEFLATE'] },
    like: { ifId: 7, flags: includes('decap-dscp') },
  },
  'tunnel-of-interface-ipv6': {
    sa: compSa({ ...parts, ...hosts.a6 }),
    to: hosts.b6,
    needs: { kconfig: ['INET6_IPCOMP', 'CRYPTO_DEFLATE'] },
    like: { ifId: 7 },
  },
};

/** The IP-in-IP SAs at a place. */
export function helpersAt({ xfrm }: Pick<CaseContext, 'xfrm'>, { src, dst }: Place) {
  return xfrm
    .dumpSas()
    .filter((sa) => ['ipip', 'ipv6'].includes(sa.proto as string))
    .filter((sa) => sa.src === src && sa.dst === dst)
    .map(({ ifId, flags }) => ({ ifId, flags }));
}
