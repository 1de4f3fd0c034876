import {
  attributePayloads,
  encapTemplate,
  type Json,
  type Sa,
  type StateChange,
  type WholeSa,
  type XfrmAttributeSet,
  type XfrmClient,
} from '../../src/case/index.ts';

/** The SA as it must be after the change: what was asked for, and all else as it was. */
export function expectedAfter(before: WholeSa, sa: Sa, change: StateChange): WholeSa {
  const { info } = before;
  const dst = change.dst ?? sa.dst;
  const src = change.src ?? sa.src;
  return {
    info: {
      ...info,
      sel: expectedSelector(before, { src, dst }, change),
      id: { ...info.id, daddr: dst },
      saddr: src,
      family: familyOf(dst),
      reqid: change.reqid ?? info.reqid,
    },
    attributes: sorted(expectedAttributes(before.attributes, change)),
  };
}

function expectedSelector(
  { info }: WholeSa,
  { src, dst }: { src: string; dst: string },
  change: StateChange,
): WholeSa['info']['sel'] {
  if (!change.flags?.includes('update-h2h-sel')) return { ...info.sel, ...change.selector };
  const prefixlen = familyOf(dst) === 'AF_INET6' ? 128 : 32;
  return {
    ...info.sel,
    ...{ saddr: src, daddr: dst, prefixlen_s: prefixlen, prefixlen_d: prefixlen },
    family: familyOf(dst),
  };
}

function familyOf(address: string): 'AF_INET' | 'AF_INET6' {
  return address.includes(':') ? 'AF_INET6' : 'AF_INET';
}

type Payloads = { readonly [name: string]: string };

function expectedAttributes(before: Payloads, change: StateChange): Payloads {
  let after: Payloads = before;
  const set = (attributes: XfrmAttributeSet, present = true) => {
    const payloads = attributePayloads(attributes);
    const rest = Object.entries(after).filter(([name]) => !(name in payloads));
    after = { ...Object.fromEntries(rest), ...(present ? payloads : {}) };
  };
  const { mark, outputMark, encap, natKeepalive, mappingThreshold } = change;
  if (mark) set({ XFRMA_MARK: mark }, mark.m !== 0);
  if (outputMark)
    set({ XFRMA_SET_MARK: outputMark.v ?? 0, XFRMA_SET_MARK_MASK: outputMark.m ?? 0 });
  if (encap) set({ XFRMA_ENCAP: encapTemplate(encap) }, encap.type !== 'none');
  if (encap?.type === 'none')
    set({ XFRMA_NAT_KEEPALIVE_INTERVAL: 0, XFRMA_MTIMER_THRESH: 0 }, false);
  if (change.flags?.includes('clear-offload'))
    set({ XFRMA_OFFLOAD_DEV: { ifindex: 0, flags: [] } }, false);
  if (natKeepalive !== undefined) set({ XFRMA_NAT_KEEPALIVE_INTERVAL: natKeepalive });
  if (mappingThreshold !== undefined) set({ XFRMA_MTIMER_THRESH: mappingThreshold });
  return after;
}

/** Attributes by name, so that two sets can be compared as text. */
export function sorted(attributes: Payloads): Payloads {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** "Attributes in the notification": those of the new SA, and no others. */
const announced: readonly string[] = [
  ...['XFRMA_ENCAP', 'XFRMA_OFFLOAD_DEV', 'XFRMA_MARK', 'XFRMA_SET_MARK', 'XFRMA_SET_MARK_MASK'],
  ...['XFRMA_MTIMER_THRESH', 'XFRMA_NAT_KEEPALIVE_INTERVAL', 'XFRMA_SA_DIR'],
];

export function announcedOf({ attributes }: WholeSa): Payloads {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => announced.includes(name)),
  );
}

/** A dump does not tell them: they are asked for where the SA was given some. */
export function thresholdsOf(xfrm: XfrmClient, sa: Sa): { [threshold: string]: Json } {
  if (sa.replayThreshold === undefined && sa.timerThreshold === undefined) return {};
  const { replay, timer, errno } = { errno: 'OK', ...xfrm.getThresholds(sa) } as {
    [threshold: string]: Json;
  };
  return {
    XFRMA_REPLAY_THRESH: replay ?? errno!,
    XFRMA_ETIMER_THRESH: timer ?? errno!,
  };
}

/** SAs by what tells the rows apart; the helpers of IPComp tunnels have SPIs of their own. */
export function bySpi(sas: readonly WholeSa[]): Map<number, WholeSa[]> {
  const map = new Map<number, WholeSa[]>();
  for (const { info, attributes } of sas) {
    const found = map.get(info.id.spi) ?? [];
    map.set(info.id.spi, [...found, { info, attributes: sorted(attributes) }]);
  }
  return map;
}
