import {
  ahSa,
  type CaseContext,
  espSa,
  hosts,
  type Needs,
  policyFor,
  type Sa,
  type Sender,
} from '../src/case/index.ts';
import { inner } from './inner.ts';

/** Traffic that goes over to a migrated SA, or goes on to wait for another. */

const marked: Partial<Sa> = { mark: { v: 7, m: 0xff } };
/** SAs over IPv6 that carry IPv4. */
const over6: Partial<Sa> = { ...hosts.b6, selector: { family: 'AF_INET' } };

/** SAs that traffic takes, at hosts.b or hosts.b6, until another one like them comes there. */
export const takenFrom: Readonly<Record<string, Sa>> = {
  elsewhere: espSa({ ...hosts.b, spi: 0x2000 }),
  marked: espSa({ ...hosts.b, spi: 0x2000, ...marked }),
  ipv6: espSa({ spi: 0x2000, ...over6 }),
  interface: espSa({ ...hosts.b, spi: 0x2000, ifId: 7 }),
};

/** The same SA, but where it comes from. */
export function fromElsewhere(used: Sa): Sa {
  return { ...used, ...(used.dst.includes(':') ? hosts.a6 : hosts.a), spi: 0x1000 };
}

/** What traffic waits for at hosts.b, and an SA that migrates there is not. */
export const unlikeAcquired: Readonly<Record<string, Sa>> = {
  'other-mark': espSa({ ...hosts.b, ...marked }),
  'other-mode': espSa({ ...hosts.b, mode: 'beet' }),
  'other-protocol': ahSa({ ...hosts.b, mode: 'tunnel' }),
  'other-reqid': espSa({ ...hosts.b, reqid: 2 }),
  'other-interface': espSa({ ...hosts.b, ifId: 7 }),
  'other-cpu': espSa({ ...hosts.b, dir: 'out', pcpu: 0 }),
};

/** The SPI of an SA for any CPU, which traffic takes while it waits for one of its CPU. */
const ofAnyCpu = 0x3000;

/** The SAs of the namespace but that one: a larval one has no SPI. */
export function listed({ xfrm }: CaseContext) {
  return xfrm
    .dumpSas()
    .filter(({ spi }) => spi !== ofAnyCpu)
    .map(({ spi, src, dst }) => ({ spi, src, dst }));
}

/** A larval SA where the other moves. */
export const waiting = [
  { spi: 0, ...hosts.b },
  { spi: 0x1000, ...hosts.a },
];

/** What `sendBy` needs for an SA. */
export function sendNeeds({ ifId, pcpu }: Sa): Needs {
  if (pcpu !== undefined) return { minVersion: '6.13' };
  return ifId === undefined ? {} : { kconfig: ['XFRM_INTERFACE'] };
}

/** Traffic with the mark and the interface of an SA, and the policy that wants it, or one of a CPU. */
export function sendBy(context: CaseContext, sa: Sa): Sender {
  const { pcpu, ...general } = sa;
  const { src, dst, mark, ifId } = sa;
  if (pcpu !== undefined) context.xfrm.addSa({ ...general, spi: ofAnyCpu });
  const [own, outer] = [`${inner.saddr}/24`, `${src}/${dst.includes(':') ? 64 : 24}`];
  if (ifId !== undefined) context.addXfrmInterface('ipsec0', ifId, [own]);
  const addresses = new Set(ifId === undefined ? [own, outer] : [outer]);
  context.addLink('dummy0', 'dummy', [...addresses]);
  const parts = {
    ...(mark && { mark }),
    ...(ifId !== undefined && { ifId }),
    ...(pcpu !== undefined && { flags: ['cpu-acquire'] }),
  };
  context.xfrm.addPolicy(policyFor([sa], { selector: inner, ...parts }));
  return context.addSender(inner.daddr, 4000, mark && { mark: mark.v });
}
