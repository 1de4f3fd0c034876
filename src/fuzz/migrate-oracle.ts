/**
 * What XFRM_MSG_MIGRATE must do with any bytes. Where the interface has no document that says (odd
 * families, selectors that are not a policy's own, entries that compete), the outcome is left open,
 * and only what the entries cannot mean must stay.
 */
import { viewOf } from '../netlink/codec.ts';
import { XFRM_MAX_DEPTH, xfrm_user_migrate, xfrm_userpolicy_id } from '../netlink/xfrm.ts';
import { attributeType } from '../netlink/xfrm-attributes.ts';
import { offloadRefusals } from './migrate-state-oracle.ts';
import { parseAttributes, type Refusal } from './netlink-rules.ts';
import { type Outcome, refused } from './outcome.ts';
import {
  changed,
  dirOfPolicy,
  familyOfSa,
  type Item,
  sameAddress,
  saOffset,
  type World,
} from './world.ts';

const headerSize = xfrm_userpolicy_id.size;
const entrySize = xfrm_user_migrate.size;
const templateSize = 64;
const [AF_INET, AF_INET6, TUNNEL, BEET, IPTFS, TRANSPORT] = [2, 10, 1, 4, 5, 0];
const AH = 51;

const MIGRATE = attributeType('XFRMA_MIGRATE');
const POLICY_TYPE = attributeType('XFRMA_POLICY_TYPE');
const IF_ID = attributeType('XFRMA_IF_ID');
const ENCAP = attributeType('XFRMA_ENCAP');
const OFFLOAD = attributeType('XFRMA_OFFLOAD_DEV');
const SA_PCPU = attributeType('XFRMA_SA_PCPU');
const TMPL = attributeType('XFRMA_TMPL');
const MTIMER = attributeType('XFRMA_MTIMER_THRESH');
const KEEPALIVE = attributeType('XFRMA_NAT_KEEPALIVE_INTERVAL');
const SA_DIR = attributeType('XFRMA_SA_DIR');

const einval = (text: string): Refusal => ({ errno: 'EINVAL', text });
/** The reason of an ENODATA is that of whatever could not be done. */
const enodata: Refusal = { errno: 'ENODATA' };

/** An entry of XFRMA_MIGRATE. */
class Entry {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }

  address(which: 'oldDaddr' | 'oldSaddr' | 'newDaddr' | 'newSaddr'): Uint8Array {
    const start = { oldDaddr: 0, oldSaddr: 16, newDaddr: 32, newSaddr: 48 }[which];
    return this.bytes.subarray(start, start + 16);
  }

  get proto() {
    return this.bytes[64]!;
  }

  get mode() {
    return this.bytes[65]!;
  }

  get reqid() {
    return this.#view.getUint32(68, true);
  }

  get oldFamily() {
    return this.#view.getUint16(72, true);
  }

  get newFamily() {
    return this.#view.getUint16(74, true);
  }

  /** The families are ones that the interface speaks of. */
  get isPlain(): boolean {
    return [this.oldFamily, this.newFamily].every((each) => each === AF_INET || each === AF_INET6);
  }

  get hasNull(): boolean {
    if (this.newFamily !== AF_INET && this.newFamily !== AF_INET6) return false;
    const nothing = new Uint8Array(16);
    return (['newDaddr', 'newSaddr'] as const).some((each) =>
      sameAddress(this.address(each), nothing, this.newFamily),
    );
  }

  isLike(other: Entry): boolean {
    const same = (from: number, to: number) =>
      this.bytes.subarray(from, to).every((byte, i) => byte === other.bytes[from + i]);
    return same(0, 32) && same(64, 66) && same(68, 74);
  }

  /** @param anyFamily see M-DEV-SA-FAMILY: the family of an SA is not compared */
  fits(sa: Item, ifId: number, anyFamily: boolean): boolean {
    const own = sa.attributes.get(IF_ID);
    return (
      sa.info[saOffset.mode] === this.mode &&
      sa.info[saOffset.proto] === this.proto &&
      (this.reqid === 0 || viewOf(sa.info).getUint32(saOffset.reqid, true) === this.reqid) &&
      (ifId === 0 || (own ? viewOf(own).getUint32(0, true) : 0) === ifId) &&
      (anyFamily || familyOfSa(sa) === this.oldFamily) &&
      sameAddress(sa.info.subarray(saOffset.daddr), this.address('oldDaddr'), this.oldFamily) &&
      sameAddress(sa.info.subarray(saOffset.saddr), this.address('oldSaddr'), this.oldFamily)
    );
  }
}

/** Predicts what a message with this payload does. */
export function migrateOutcome(world: World, payload: Uint8Array): Outcome {
  if (payload.length < headerSize) return refused(einval('Invalid header length'));
  const { values, refusals: parsing } = parseAttributes(payload, headerSize);
  const refusals = [...parsing];
  if (values.has(SA_DIR)) refusals.push(einval('Invalid attribute SA_DIR'));
  if (values.has(SA_PCPU)) refusals.push(einval('Invalid attribute SA_PCPU'));
  const type = values.get(POLICY_TYPE)?.[0] ?? 0;
  if (type > 1) refusals.push(einval('Invalid policy type'));
  const list = values.get(MIGRATE);
  if (!list) return refused(...refusals, einval('Missing required MIGRATE attribute'));
  const count = Math.floor(list.length / entrySize);
  if (count < 1 || count > XFRM_MAX_DEPTH)
    return refused(
      ...refusals,
      einval('Invalid number of SAs to migrate, must be 0 < num <= XFRM_MAX_DEPTH (6)'),
    );
  const entries = Array.from(
    { length: count },
    (_, i) => new Entry(list.subarray(i * entrySize, (i + 1) * entrySize)),
  );
  if (entries.some((entry) => entry.hasNull))
    refusals.push(einval("Addresses in the MIGRATE attribute's list cannot be null"));
  if (entries.some((entry, i) => entries.slice(i + 1).some((other) => entry.isLike(other))))
    refusals.push(einval("Entries in the MIGRATE attribute's list must be unique"));
  const dir = payload[60]!;
  if (dir > 2) refusals.push(einval('Invalid policy direction'));
  const family = viewOf(payload).getUint16(40, true);
  const notFound = 'Target policy not found';
  if (family !== AF_INET && family !== AF_INET6)
    refusals.push({ errno: 'EAFNOSUPPORT', text: notFound });
  const ifId = leU32(values.get(IF_ID));
  // Policies here are of the main type and of no interface.
  const index = policyIndex(world, payload, dir);
  if (type === 1 || ifId !== 0 || dirIsEmpty(world, dir))
    refusals.push({ errno: 'ENOENT', text: notFound });
  if (refusals.length > 0) return refused(...refusals);
  return carryOut({ world, values, entries, index, ifId });
}

const leU32 = (bytes: Uint8Array | undefined) => (bytes ? viewOf(bytes).getUint32(0, true) : 0);

const dirIsEmpty = ({ policies }: World, dir: number) =>
  !policies.some((policy) => dirOfPolicy(policy) === dir);

/** The policy that has exactly this selector; -1 when there is none. */
function policyIndex({ policies }: World, payload: Uint8Array, dir: number): number {
  return policies.findIndex(
    (policy) =>
      dirOfPolicy(policy) === dir &&
      policy.info.subarray(0, 56).every((byte, i) => byte === payload[i]),
  );
}

interface Migration {
  world: World;
  values: ReadonlyMap<number, Uint8Array>;
  entries: readonly Entry[];
  index: number;
  ifId: number;
}

function carryOut({ world, values, entries, index, ifId }: Migration): Outcome {
  const fitting = (entry: Entry, anyFamily: boolean) =>
    world.sas.flatMap((sa, i) => (entry.fits(sa, ifId, anyFamily) ? [i] : []));
  const touched = entries.map((entry) => fitting(entry, true));
  const templates = index < 0 ? [] : templatesOf(world.policies[index]!);
  const matching = templates.map((template) =>
    entries.filter((entry) => fitsTemplate(entry, template)),
  );
  const disputed =
    // Known deviations (M-DEV-SA-FAMILY, M-DEV-TEMPLATE-FAMILY): old_family is not compared.
    entries.some((entry, i) => fitting(entry, false).length < touched[i]!.length) ||
    templates.some((each) => entries.some((entry) => fitsButForFamily(entry, each))) ||
    touched.some((list) => list.length > 1) ||
    new Set(touched.flat()).size < touched.flat().length ||
    matching.some((list) => list.length > 1) ||
    isChain(world, entries);
  if (index < 0 || disputed || entries.some((entry) => !entry.isPlain))
    return {
      refusals: [
        enodata,
        { errno: 'ENOENT', text: 'Target policy not found' },
        { errno: 'EINVAL' },
      ],
      after: 'open',
      mayChange: touched.flat(),
    };
  const moves = entries.flatMap((entry, i) => touched[i]!.map((sa) => ({ entry, sa })));
  const refusals = moves.flatMap(({ entry, sa }) => saRefusals(world, sa, entry, values));
  if (matching.every((list) => list.length === 0)) refusals.push({ errno: 'ENODATA', text: null });
  if (refusals.length > 0) return refused(...refusals);
  const sas = [...world.sas];
  for (const { entry, sa } of moves) sas[sa] = movedSa(sas[sa]!, entry, values);
  const policies = world.policies.with(index, movedPolicy(world.policies[index]!, matching));
  // Whether there is TCP encapsulation is a choice of the kernel's config.
  const encap = values.get(ENCAP);
  const perhaps = encap && encapType(encap) === TCP_ENCAP_ESPINTCP && moves.length > 0;
  return { refusals: perhaps ? [enodata] : [], after: { sas, policies } };
}

/** An entry leads to where another starts, or to where another SA of the namespace is. */
function isChain(world: World, entries: readonly Entry[]): boolean {
  return entries.some(
    (entry) =>
      entries.some(
        (other) =>
          other !== entry &&
          sameAddress(entry.address('newDaddr'), other.address('oldDaddr'), AF_INET),
      ) ||
      entries.some(
        (other) =>
          other !== entry &&
          sameAddress(entry.address('newDaddr'), other.address('newDaddr'), AF_INET) &&
          world.sas.length > 1,
      ),
  );
}

/** Why the SA that an entry names cannot move. */
function saRefusals(
  world: World,
  index: number,
  entry: Entry,
  values: ReadonlyMap<number, Uint8Array>,
): Refusal[] {
  const sa = world.sas[index]!;
  const refusals: Refusal[] = [];
  const encap = values.get(ENCAP);
  if (encap && (!mayEncapsulate(encap) || sa.info[saOffset.proto] === AH)) refusals.push(enodata);
  const offload = values.get(OFFLOAD);
  const dir = sa.attributes.get(SA_DIR)?.[0] ?? 0;
  if (offload && offloadRefusals(offload, dir).length > 0) refusals.push(enodata);
  const family = viewOf(sa.info).getUint16(40, true);
  if (entry.mode === TRANSPORT && family !== 0 && family !== entry.newFamily)
    refusals.push(enodata);
  const taken = world.sas.some(
    (other, i) =>
      i !== index &&
      viewOf(other.info).getUint32(saOffset.spi) === viewOf(sa.info).getUint32(saOffset.spi) &&
      other.info[saOffset.proto] === sa.info[saOffset.proto] &&
      familyOfSa(other) === entry.newFamily &&
      sameAddress(other.info.subarray(saOffset.daddr), entry.address('newDaddr'), entry.newFamily),
  );
  if (taken) refusals.push(enodata);
  return refusals;
}

const encapType = (encap: Uint8Array) => viewOf(encap).getUint16(0, true);
const [UDP_ENCAP_ESPINUDP, TCP_ENCAP_ESPINTCP] = [2, 7];
const mayEncapsulate = (encap: Uint8Array) =>
  encapType(encap) === UDP_ENCAP_ESPINUDP || encapType(encap) === TCP_ENCAP_ESPINTCP;

function movedSa(sa: Item, entry: Entry, values: ReadonlyMap<number, Uint8Array>): Item {
  const encap = values.get(ENCAP)?.subarray(0, 24) ?? null;
  const family = new Uint8Array(2);
  viewOf(family).setUint16(0, entry.newFamily, true);
  return changed(
    sa,
    [
      [saOffset.daddr, entry.address('newDaddr')],
      [saOffset.saddr, entry.address('newSaddr')],
      [saOffset.family, family],
      [saOffset.stats, new Uint8Array(12)],
    ],
    [
      [ENCAP, encap],
      ...(encap
        ? []
        : ([
            [MTIMER, null],
            [KEEPALIVE, null],
          ] as const)),
    ],
  );
}

function templatesOf(policy: Item): Uint8Array[] {
  const bytes = policy.attributes.get(TMPL) ?? new Uint8Array();
  return Array.from({ length: bytes.length / templateSize }, (_, i) =>
    bytes.subarray(i * templateSize, (i + 1) * templateSize),
  );
}

/** struct xfrm_user_tmpl: daddr 0, proto 20, family 24, saddr 28, reqid 44, mode 48. */
function fitsTemplate(entry: Entry, template: Uint8Array): boolean {
  return (
    fits(entry, template) &&
    (entry.mode === TRANSPORT || templateFamily(template) === entry.oldFamily)
  );
}

const templateFamily = (template: Uint8Array) => viewOf(template).getUint16(24, true);

const fitsButForFamily = (entry: Entry, template: Uint8Array) =>
  fits(entry, template) && !fitsTemplate(entry, template);

function fits(entry: Entry, template: Uint8Array): boolean {
  const view = viewOf(template);
  if (
    template[48] !== entry.mode ||
    template[20] !== entry.proto ||
    (entry.reqid !== 0 && view.getUint32(44, true) !== entry.reqid)
  )
    return false;
  if (entry.mode === TRANSPORT) return true;
  return (
    hasAddresses(entry.mode) &&
    sameAddress(template, entry.address('oldDaddr'), entry.oldFamily) &&
    sameAddress(template.subarray(28), entry.address('oldSaddr'), entry.oldFamily)
  );
}

const hasAddresses = (mode: number) => mode === TUNNEL || mode === BEET || mode === IPTFS;

function movedPolicy(policy: Item, matching: readonly (readonly Entry[])[]): Item {
  const bytes = policy.attributes.get(TMPL)!.slice();
  for (const [i, [entry]] of matching.entries()) {
    if (!entry || !hasAddresses(entry.mode)) continue;
    const template = bytes.subarray(i * templateSize, (i + 1) * templateSize);
    template.set(entry.address('newDaddr'), 0);
    viewOf(template).setUint16(24, entry.newFamily, true);
    template.set(entry.address('newSaddr'), 28);
  }
  return changed(policy, [], [[TMPL, bytes]]);
}
