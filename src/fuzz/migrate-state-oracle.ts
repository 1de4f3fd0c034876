/** What XFRM_MSG_MIGRATE_STATE must do with any bytes, by xfrm_migrate_state.rst and netlink's rules. */
import { viewOf } from '../netlink/codec.ts';
import { xfrm_user_migrate_state } from '../netlink/xfrm.ts';
import { attributeType, type XfrmAttributeName } from '../netlink/xfrm-attributes.ts';
import { parseAttributes, type Refusal } from './netlink-rules.ts';
import { type Outcome, refused, Unmodelled } from './outcome.ts';
import { changed, familyOfSa, type Item, sameAddress, saOffset, type World } from './world.ts';

const size = xfrm_user_migrate_state.size;
/** Offsets into struct xfrm_user_migrate_state, bytes. */
const at = {
  daddr: 0,
  spi: 16,
  family: 20,
  proto: 22,
  newDaddr: 24,
  newSaddr: 40,
  mark: 56,
  selector: 64,
  reqid: 120,
  flags: 124,
  newFamily: 128,
  reserved: 130,
} as const;
const [CLEAR_OFFLOAD, UPDATE_H2H_SEL] = [1, 2];
const [AF_UNSPEC, AF_INET, AF_INET6] = [0, 2, 10];
const [AH, TRANSPORT, OUT, UDP_ENCAP_ESPINUDP] = [51, 0, 2, 2];

const type = Object.fromEntries(
  (
    [
      'XFRMA_ENCAP',
      'XFRMA_MARK',
      'XFRMA_OFFLOAD_DEV',
      'XFRMA_SET_MARK',
      'XFRMA_SET_MARK_MASK',
      'XFRMA_MTIMER_THRESH',
      'XFRMA_NAT_KEEPALIVE_INTERVAL',
      'XFRMA_SA_DIR',
      'XFRMA_SA_PCPU',
    ] satisfies XfrmAttributeName[]
  ).map((name) => [name, attributeType(name)]),
) as Record<string, number>;
const accepted = new Set(
  Object.entries(type)
    .filter(([name]) => name !== 'XFRMA_SA_DIR' && name !== 'XFRMA_SA_PCPU')
    .map(([, number]) => number),
);

const einval = (text?: string): Refusal => ({ errno: 'EINVAL', ...(text && { text }) });
const leU32 = (bytes: Uint8Array | undefined) => (bytes ? viewOf(bytes).getUint32(0, true) : 0);

/** Predicts what a message with this payload does. */
export function migrateStateOutcome(world: World, payload: Uint8Array): Outcome {
  if (payload.length < size) return refused(einval('Invalid header length'));
  const { values, refusals: parsing } = parseAttributes(payload, size);
  const view = viewOf(payload);
  const flags = view.getUint32(at.flags, true);
  const newFamily = view.getUint16(at.newFamily, true);
  const refusals: Refusal[] = [...parsing, ...unused(values), ...headerRefusals(payload)];
  const index = lookUp(world, payload);
  if (index < 0) return refused(...refusals, { errno: 'ESRCH', text: 'Can not find state' });
  const sa = world.sas[index]!;
  const after = migrated(sa, payload, values);
  refusals.push(...stateRefusals(sa, flags, after, values));
  refusals.push(...collisions(world, payload, values, newFamily));
  const sas = world.sas.with(index, after.sa);
  if (refusals.length > 0) return refused(...refusals);
  // Known deviation (MS-DEV-OFFLOAD-EXCLUSIVE): this must be refused, and is done.
  const exclusive = (flags & CLEAR_OFFLOAD) !== 0 && values.has(type.XFRMA_OFFLOAD_DEV!);
  return { refusals: exclusive ? [einval()] : [], after: { ...world, sas } };
}

function unused(values: ReadonlyMap<number, Uint8Array>): Refusal[] {
  const refusals: Refusal[] = [];
  if (values.has(type.XFRMA_SA_DIR!)) refusals.push(einval('Invalid attribute SA_DIR'));
  if (values.has(type.XFRMA_SA_PCPU!)) refusals.push(einval('Invalid attribute SA_PCPU'));
  if ([...values.keys()].some((each) => !accepted.has(each)))
    refusals.push(einval('Unsupported attribute in XFRM_MSG_MIGRATE_STATE'));
  return refusals;
}

function headerRefusals(payload: Uint8Array): Refusal[] {
  const view = viewOf(payload);
  const flags = view.getUint32(at.flags, true);
  const family = view.getUint16(at.newFamily, true);
  const refusals: Refusal[] = [];
  if (view.getUint32(at.spi) === 0) refusals.push(einval('Invalid SPI 0x0'));
  if (view.getUint16(at.reserved, true) !== 0) refusals.push(einval('Reserved field must be zero'));
  const unknown = (flags & ~(CLEAR_OFFLOAD! | UPDATE_H2H_SEL!)) >>> 0;
  if (unknown !== 0) refusals.push(einval(`Unknown flags: 0x${unknown.toString(16)}`));
  if (family !== AF_INET && family !== AF_INET6) refusals.push(einval('Invalid address family'));
  if ((flags & UPDATE_H2H_SEL!) === 0) refusals.push(...selectorRefusals(view));
  return refusals;
}

function selectorRefusals(view: DataView): Refusal[] {
  const family = view.getUint16(at.selector + 40, true);
  if (family === AF_UNSPEC) return [];
  if (family !== AF_INET && family !== AF_INET6)
    return [einval('Invalid address family in selector')];
  const most = family === AF_INET ? 32 : 128;
  const name = family === AF_INET ? 'IPv4' : 'IPv6';
  const [d, s] = [view.getUint8(at.selector + 42), view.getUint8(at.selector + 43)];
  if (d <= most && s <= most) return [];
  return [einval(`Invalid prefix length in selector (must be <= ${most} for ${name})`)];
}

/** The one SA that identity and mark of the request name; -1 when there is none. */
function lookUp(world: World, payload: Uint8Array): number {
  const view = viewOf(payload);
  const mark = view.getUint32(at.mark, true) & view.getUint32(at.mark + 4, true);
  return find(world, {
    daddr: payload.subarray(at.daddr, at.daddr + 16),
    spi: view.getUint32(at.spi),
    proto: view.getUint8(at.proto),
    family: view.getUint16(at.family, true),
    mark,
  });
}

interface Identity {
  daddr: Uint8Array;
  spi: number;
  proto: number;
  family: number;
  mark: number;
}

function find({ sas }: World, { daddr, spi, proto, family, mark }: Identity): number {
  const matches = sas.flatMap((sa, index) => {
    const view = viewOf(sa.info);
    const own = sa.attributes.get(type.XFRMA_MARK!);
    const [v, m] = own ? [leU32(own), leU32(own.subarray(4))] : [0, 0];
    const fits =
      view.getUint32(saOffset.spi) === spi &&
      view.getUint8(saOffset.proto) === proto &&
      familyOfSa(sa) === family &&
      sameAddress(sa.info.subarray(saOffset.daddr), daddr, family) &&
      (mark & m) >>> 0 === v;
    return fits ? [index] : [];
  });
  if (matches.length > 1) throw new Unmodelled('two SAs fit');
  return matches[0] ?? -1;
}

interface Migrated {
  sa: Item;
  encap: Uint8Array | undefined;
  keepalive: number;
}

/** The SA as the request asks for it. */
function migrated(
  sa: Item,
  payload: Uint8Array,
  values: ReadonlyMap<number, Uint8Array>,
): Migrated {
  const asked = values.get(type.XFRMA_ENCAP!)?.subarray(0, 24);
  const removed = asked !== undefined && viewOf(asked).getUint16(0, true) === 0;
  const encap = removed ? undefined : (asked ?? sa.attributes.get(type.XFRMA_ENCAP!));
  const inherit = (name: string) =>
    leU32(values.get(type[name]!) ?? sa.attributes.get(type[name]!));
  const keepalive = encap ? inherit('XFRMA_NAT_KEEPALIVE_INTERVAL') : 0;
  const threshold = encap ? inherit('XFRMA_MTIMER_THRESH') : 0;
  const attributes: [number, Uint8Array | null][] = [
    [type.XFRMA_ENCAP!, encap ?? null],
    [type.XFRMA_MARK!, markOf(values.get(type.XFRMA_MARK!) ?? payload.subarray(at.mark))],
    [type.XFRMA_NAT_KEEPALIVE_INTERVAL!, keepalive === 0 ? null : u32Bytes(keepalive)],
    [type.XFRMA_MTIMER_THRESH!, threshold === 0 ? null : u32Bytes(threshold)],
    ...outputMark(values),
  ];
  const bytes: [number, Uint8Array][] = [
    [saOffset.selector, newSelector(sa, payload)],
    [saOffset.daddr, payload.subarray(at.newDaddr, at.newDaddr + 16)],
    [saOffset.saddr, payload.subarray(at.newSaddr, at.newSaddr + 16)],
    [saOffset.reqid, payload.subarray(at.reqid, at.reqid + 4)],
    [saOffset.family, payload.subarray(at.newFamily, at.newFamily + 2)],
    [saOffset.stats, new Uint8Array(12)],
  ];
  return { sa: changed(sa, bytes, attributes), encap, keepalive };
}

function newSelector(sa: Item, payload: Uint8Array): Uint8Array {
  const flags = viewOf(payload).getUint32(at.flags, true);
  if ((flags & UPDATE_H2H_SEL!) === 0) return payload.subarray(at.selector, at.selector + 56);
  const selector = sa.info.slice(0, 56);
  const family = viewOf(payload).getUint16(at.newFamily, true);
  selector.set(payload.subarray(at.newDaddr, at.newDaddr + 16), 0);
  selector.set(payload.subarray(at.newSaddr, at.newSaddr + 16), 16);
  viewOf(selector).setUint16(40, family, true);
  selector.fill(family === AF_INET6 ? 128 : 32, 42, 44);
  return selector;
}

/** As GETSA shows a mark: value bits outside the mask are dropped, {0, 0} is none. */
function markOf(bytes: Uint8Array): Uint8Array | null {
  const [v, m] = [leU32(bytes), leU32(bytes.subarray(4))];
  return m === 0 ? null : pair(v & m, m);
}

function outputMark(values: ReadonlyMap<number, Uint8Array>): [number, Uint8Array | null][] {
  const value = values.get(type.XFRMA_SET_MARK!);
  if (!value) return [];
  const given = values.get(type.XFRMA_SET_MARK_MASK!);
  const [v, m] = [leU32(value), given ? leU32(given) : 0xffff_ffff];
  const none = v === 0 && m === 0;
  return [
    [type.XFRMA_SET_MARK!, none ? null : u32Bytes(v)],
    [type.XFRMA_SET_MARK_MASK!, none ? null : u32Bytes(m)],
  ];
}

/** What the SA that was found, or the one that would be made, does not allow. */
function stateRefusals(
  sa: Item,
  flags: number,
  after: Migrated,
  values: ReadonlyMap<number, Uint8Array>,
): Refusal[] {
  const refusals: Refusal[] = [];
  const dir = sa.attributes.get(type.XFRMA_SA_DIR!)?.[0] ?? 0;
  if ((flags & UPDATE_H2H_SEL!) !== 0 && !isHostToHost(sa))
    refusals.push(einval('SA selector is not a single-host match for SA addresses'));
  if (after.encap && viewOf(after.encap).getUint16(0, true) !== UDP_ENCAP_ESPINUDP)
    refusals.push(einval('Unsupported encapsulation type'));
  if (values.has(type.XFRMA_MTIMER_THRESH!)) {
    if (!after.encap) refusals.push(einval('MTIMER_THRESH requires encapsulation'));
    if (dir === OUT) refusals.push(einval('MTIMER_THRESH should not be set on output SA'));
  }
  if (leU32(values.get(type.XFRMA_NAT_KEEPALIVE_INTERVAL!)) !== 0 && !after.encap)
    refusals.push(einval('NAT_KEEPALIVE_INTERVAL requires encapsulation'));
  if (after.keepalive !== 0 && dir !== OUT)
    refusals.push(einval('NAT keepalive is only supported for outbound SAs'));
  const family = viewOf(after.sa.info).getUint16(40, true);
  if (sa.info[saOffset.mode] === TRANSPORT && family !== 0 && family !== familyOfSa(after.sa))
    refusals.push(einval('Only tunnel modes can accommodate a change of family'));
  if (sa.info[saOffset.proto] === AH && after.encap)
    refusals.push(einval('AH is not compatible with encapsulation'));
  const offload = values.get(type.XFRMA_OFFLOAD_DEV!);
  return offload ? [...refusals, ...offloadRefusals(offload, dir)] : refusals;
}

/** No device here can offload: crypto offload falls back to software, packet offload is refused. */
export function offloadRefusals(offload: Uint8Array, dir: number): Refusal[] {
  const flags = offload[4]!;
  const [INBOUND, PACKET] = [2, 4];
  const refusals: Refusal[] = [];
  if ((flags & ~7) !== 0) refusals.push(einval('Unrecognized flags in offload request'));
  const inbound = (flags & INBOUND!) !== 0;
  if ((inbound && dir === OUT) || (!inbound && dir === 1))
    refusals.push(einval('Mismatched SA and offload direction'));
  // Any text: see MS-DEV-OFFLOAD-BLAMES-CLONE.
  if ((flags & PACKET!) !== 0) refusals.push(einval());
  return refusals;
}

function isHostToHost({ info }: Item): boolean {
  const family = viewOf(info).getUint16(saOffset.family, true);
  const length = family === AF_INET6 ? 128 : 32;
  return (
    info[42] === length &&
    info[43] === length &&
    sameAddress(info.subarray(0), info.subarray(saOffset.daddr), family) &&
    sameAddress(info.subarray(16), info.subarray(saOffset.saddr), family)
  );
}

function collisions(
  world: World,
  payload: Uint8Array,
  values: ReadonlyMap<number, Uint8Array>,
  newFamily: number,
): Refusal[] {
  const view = viewOf(payload);
  const family = view.getUint16(at.family, true);
  const daddr = payload.subarray(at.newDaddr, at.newDaddr + 16);
  if (newFamily === family && sameAddress(daddr, payload.subarray(at.daddr), family)) return [];
  const mark = values.get(type.XFRMA_MARK!) ?? payload.subarray(at.mark);
  const taken = find(world, {
    daddr,
    spi: view.getUint32(at.spi),
    proto: view.getUint8(at.proto),
    family: newFamily,
    mark: leU32(mark) & leU32(mark.subarray(4)),
  });
  return taken < 0 ? [] : [{ errno: 'EEXIST', text: 'New SA tuple already occupied' }];
}

function u32Bytes(value: number): Uint8Array {
  return pair(value, 0).subarray(0, 4);
}

function pair(first: number, second: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setUint32(0, first >>> 0, true);
  viewOf(bytes).setUint32(4, second >>> 0, true);
  return bytes;
}
