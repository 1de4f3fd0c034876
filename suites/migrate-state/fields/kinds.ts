import {
  espInUdp,
  hostSelector,
  hosts,
  noEncap,
  type Sa,
  type StateChange,
  selector,
} from '../../../src/case/index.ts';
import type { Row, Rule } from '../../fields/covering-array.ts';
import { isIpv6 } from '../../fields/properties.ts';

/** What a migration can be asked to change. */
export interface Kind {
  readonly summary: string;
  readonly requirements: readonly string[];
  readonly change: (row: Row, sa: Sa) => StateChange;
  /** SAs that this can not be asked of. */
  readonly rules?: readonly Rule[];
}

const there = (row: Row) => (isIpv6(row) ? hosts.b6 : hosts.b);
const otherFamily = (row: Row) => (isIpv6(row) ? hosts.b : hosts.b6);

const onlyWhere = (property: string, why: string, fits: (row: Row) => boolean): readonly Rule[] => [
  { of: [property], forbids: (row) => !fits(row), source: why },
];
const encapsulated = onlyWhere(
  'encap',
  'there must be an encapsulation to change or remove',
  ({ encap }) => encap !== 'none',
);
const esp = onlyWhere(
  'transform',
  'RFC 3948: encapsulation is for ESP',
  ({ transform }) => transform !== 'ah',
);

const hostToHost = onlyWhere(
  'selector',
  'xfrm_migrate_state.rst, Flags: the selector must be a single-host entry',
  ({ selector: value }) => value === 'hosts',
);

export const kinds: { readonly [kind: string]: Kind } = {
  nothing: {
    summary: 'A request that asks for what is there changes nothing, whatever the SA has.',
    requirements: ['MS-EXPLICIT'],
    change: () => ({}),
  },
  daddr: {
    summary: 'A new destination changes the destination and nothing else, whatever the SA has.',
    requirements: ['MS-NEW-DADDR', 'MS-OLD-GONE'],
    change: (row) => ({ dst: there(row).dst }),
  },
  saddr: {
    summary: 'A new source changes the source and nothing else, whatever the SA has.',
    requirements: ['MS-NEW-SADDR'],
    change: (row) => ({ src: there(row).src }),
  },
  both: {
    summary: 'New addresses change the addresses and nothing else, whatever the SA has.',
    requirements: ['MS-NEW-DADDR', 'MS-NEW-SADDR', 'MS-OLD-GONE'],
    change: (row) => there(row),
  },
  family: {
    summary: 'A new family changes addresses and family and nothing else, whatever the SA has.',
    requirements: ['MS-NEW-FAMILY', 'MS-OLD-GONE'],
    change: (row) => ({
      ...otherFamily(row),
      // Only tunnel modes can carry a selector of another family.
      ...(row.mode === 'transport' ? { selector: hostSelector(otherFamily(row)) } : {}),
    }),
  },
  'encap-added': {
    summary: 'An encapsulation that is added is all that changes, whatever else the SA has.',
    requirements: ['MS-ENCAP-SET'],
    change: () => ({ encap: espInUdp(4500, 4501, '192.0.2.99') }),
    rules: [
      ...onlyWhere('encap', 'there must be none to add one', ({ encap }) => encap === 'none'),
      ...esp,
    ],
  },
  'encap-changed': {
    summary: 'An encapsulation that is changed is all that changes, whatever else the SA has.',
    requirements: ['MS-ENCAP-SET', 'MS-KEEPALIVE-INHERIT', 'MS-MTIMER-INHERIT'],
    change: () => ({ encap: espInUdp(4500, 4501, '192.0.2.99') }),
    rules: encapsulated,
  },
  'encap-removed': {
    summary: 'An encapsulation that is removed takes its timers along and nothing else.',
    requirements: ['MS-ENCAP-REMOVE', 'MS-KEEPALIVE-ENCAP-GONE', 'MS-MTIMER-ENCAP-GONE'],
    change: () => ({ encap: noEncap }),
    rules: encapsulated,
  },
  mark: {
    summary: 'A new mark changes the mark and nothing else, whatever the SA has.',
    requirements: ['MS-MARK-SET'],
    change: () => ({ mark: { v: 6, m: 0xff } }),
  },
  'mark-cleared': {
    summary: 'A mark that is cleared is all that changes, whatever else the SA has.',
    requirements: ['MS-MARK-CLEAR'],
    change: () => ({ mark: { v: 0, m: 0 } }),
  },
  'output-mark': {
    summary: 'A new output mark changes the output mark and nothing else, whatever the SA has.',
    requirements: ['MS-OUTMARK-SET'],
    change: () => ({ outputMark: { v: 0x33, m: 0xff } }),
  },
  reqid: {
    summary: 'A new reqid changes the reqid and nothing else, whatever the SA has.',
    requirements: ['MS-NEW-REQID'],
    change: () => ({ reqid: 0x777 }),
  },
  'reqid-zero': {
    summary: 'A reqid of zero is taken as it is and changes nothing else, whatever the SA has.',
    requirements: ['MS-NEW-REQID', 'MS-EXPLICIT'],
    change: () => ({ reqid: 0 }),
  },
  selector: {
    summary: 'A new selector changes the selector and nothing else, whatever the SA has.',
    requirements: ['MS-NEW-SEL'],
    change: (row) => ({
      selector: {
        ...hostSelector(isIpv6(row) ? hosts.a6 : hosts.c),
        ...{ sport: 7, sport_mask: 0xffff, dport: 9, dport_mask: 0xfff0 },
        ...{ proto: 6, ifindex: 9, user: 7 },
      },
    }),
  },
  'selector-host-to-host': {
    summary: 'A selector that is derived from new addresses is all that changes beside them.',
    requirements: ['MS-H2H-DERIVE', 'MS-NEW-DADDR'],
    change: (row) => ({ ...there(row), flags: ['update-h2h-sel'] }),
    rules: hostToHost,
  },
  'selector-host-to-host-family': {
    summary: 'A selector that is derived is that of the new family, and nothing else changes.',
    requirements: ['MS-H2H-DERIVE', 'MS-NEW-FAMILY'],
    change: (row) => ({ ...otherFamily(row), flags: ['update-h2h-sel'] }),
    rules: hostToHost,
  },
  keepalive: {
    summary: 'A new keepalive interval is all that changes, whatever else the SA has.',
    requirements: ['MS-KEEPALIVE-SET'],
    change: () => ({ natKeepalive: 15 }),
    rules: [
      ...encapsulated,
      ...onlyWhere(
        'direction',
        'xfrm_init_state: "NAT keepalive is only supported for outbound SAs"',
        ({ direction }) => direction === 'out',
      ),
    ],
  },
  'mapping-timer': {
    summary: 'A new mapping threshold is all that changes, whatever else the SA has.',
    requirements: ['MS-MTIMER-SET'],
    change: () => ({ mappingThreshold: 15 }),
    rules: [
      ...encapsulated,
      ...onlyWhere(
        'direction',
        'xfrm_migrate_state.rst: XFRMA_MTIMER_THRESH is only valid on input SAs',
        ({ direction }) => direction !== 'out',
      ),
    ],
  },
  'all-at-once': {
    summary: 'A request that changes all that can be changed changes all of it, and no more.',
    requirements: ['MS-CHANGEABLE', 'MS-OLD-GONE'],
    change: (row) => ({
      ...there(row),
      encap: espInUdp(4500, 4501, '192.0.2.99'),
      mark: { v: 6, m: 0xff },
      outputMark: { v: 0x33, m: 0xff },
      reqid: 0x777,
      selector: selector(isIpv6(row) ? hostSelector(hosts.a6) : hostSelector(hosts.c)),
      flags: ['clear-offload'],
      ...(row.direction === 'out' ? { natKeepalive: 15 } : { mappingThreshold: 15 }),
    }),
    rules: esp,
  },
};
