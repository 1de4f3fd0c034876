import {
  ahSa,
  type CaseContext,
  espSa,
  hosts,
  policyFor,
  type Sa,
  type Sender,
} from '../src/case/index.ts';

/** Traffic that goes over to a migrated SA, or goes on to wait for another. */

const marked: Partial<Sa> = { mark: { v: 7, m: 0xff } };
/** SAs over IPv6 that carry IPv4. */
const over6: Partial<Sa> = { ...hosts.b6, selector: { family: 'AF_INET' } };

/** SAs that traffic takes, at hosts.b or hosts.b6, until another one like them comes there. */
export const takenFrom: Readonly<Record<string, Sa>> = {
  elsewhere: espSa({ ...hosts.b, spi: 0x2000 }),
  marked: espSa({ ...hosts.b, spi: 0x2000, ...marked }),
  ipv6: espSa({ spi: 0x2000, ...over6 }),
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
};

/** What is sent by way of an SA, from where and to where. */
const carried = { saddr: '192.0.2.1', prefixlen_s: 32, daddr: '192.0.2.9', prefixlen_d: 32 };

/** Traffic with the mark of an SA, and the policy that wants it. */
export function sendBy(context: CaseContext, sa: Sa): Sender {
  const { src, dst, mark } = sa;
  const addresses = new Set(['192.0.2.1/24', `${src}/${dst.includes(':') ? 64 : 24}`]);
  context.addLink('dummy0', 'dummy', [...addresses]);
  context.xfrm.addPolicy(policyFor([sa], { selector: carried, ...(mark && { mark }) }));
  return context.addSender(carried.daddr, 4000, mark?.v);
}
