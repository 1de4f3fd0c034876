import {
  type CaseContext,
  compSa,
  type Expected,
  hosts,
  includes,
  type Needs,
  type Sa,
  subnets,
} from '../src/case/index.ts';

type Place = Pick<Sa, 'src' | 'dst'>;

export const mark = { v: 5, m: 0xff };
const parts: Partial<Sa> = { ifId: 7, flags: ['decap-dscp'], mark };

/**
 * IPComp tunnels that belong to an xfrm interface, and what the IP-in-IP SA is to have, by which come
 * the packets that were not worth compressing: interface, mark and selector, and over IPv4 the flags.
 */
export const tunnelsOfInterfaces: Readonly<
  Record<string, { sa: Sa; to: Place; needs: Needs; like: Expected }>
> = {
  'tunnel-of-interface': {
    sa: compSa({ ...parts, selector: subnets.v4 }),
    to: hosts.b,
    needs: { kconfig: ['INET_IPCOMP', 'CRYPTO_DEFLATE'] },
    like: { ifId: 7, mark, selector: subnets.v4, flags: includes('decap-dscp') },
  },
  'tunnel-of-interface-ipv6': {
    sa: compSa({ ...parts, ...hosts.a6, selector: subnets.v6 }),
    to: hosts.b6,
    needs: { kconfig: ['INET6_IPCOMP', 'CRYPTO_DEFLATE'] },
    like: { ifId: 7, mark, selector: subnets.v6 },
  },
};

/** The IP-in-IP SAs at a place. */
export function helpersAt({ xfrm }: Pick<CaseContext, 'xfrm'>, { src, dst }: Place) {
  return xfrm
    .dumpSas()
    .filter((sa) => ['ipip', 'ipv6'].includes(sa.proto as string))
    .filter((sa) => sa.src === src && sa.dst === dst)
    .map(({ ifId, mark, selector, flags }) => ({ ifId, mark, selector, flags }));
}
