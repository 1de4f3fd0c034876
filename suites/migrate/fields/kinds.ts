import { type Encap, espInUdp, type Sa } from '../../../src/case/index.ts';
import type { Rule } from '../../fields/covering-array.ts';

/** What a migration can be asked to change. */
export interface Kind {
  readonly summary: string;
  readonly requirements: readonly string[];
  /** Which of the addresses are new. */
  readonly moves: { readonly src?: boolean; readonly dst?: boolean; readonly family?: boolean };
  /** XFRMA_ENCAP of the request; null: there is none. */
  readonly encap: (sa: Sa) => Encap | null;
  readonly rules?: readonly Rule[];
}

const both = { src: true, dst: true } as const;
/** Without XFRMA_ENCAP an encapsulation goes: one that is to stay is given. */
const kept = (sa: Sa) => sa.encap ?? null;
const other = () => espInUdp(4500, 4501, '192.0.2.99');

const encapsulated: readonly Rule[] = [
  {
    of: ['encap'],
    forbids: ({ encap }) => encap === 'none',
    source: 'there must be an encapsulation to change or remove',
  },
];

export const kinds: { readonly [kind: string]: Kind } = {
  nothing: {
    summary: 'A request that asks for what is there changes nothing, whatever the SA has.',
    requirements: ['M-KEEPS'],
    moves: {},
    encap: kept,
  },
  daddr: {
    summary: 'A new destination changes the destination and nothing else, whatever the SA has.',
    requirements: ['M-MOVE'],
    moves: { dst: true },
    encap: kept,
  },
  saddr: {
    summary: 'A new source changes the source and nothing else, whatever the SA has.',
    requirements: ['M-MOVE'],
    moves: { src: true },
    encap: kept,
  },
  both: {
    summary: 'New addresses change the addresses and nothing else, whatever the SA has.',
    requirements: ['M-MOVE'],
    moves: both,
    encap: kept,
  },
  family: {
    summary: 'A new family changes addresses and family and nothing else, whatever the SA has.',
    requirements: ['M-MOVE'],
    moves: { ...both, family: true },
    encap: kept,
    rules: [
      {
        of: ['mode'],
        forbids: ({ mode }) => mode === 'transport',
        source: 'xfrm_init_state: "Only tunnel modes can accommodate a change of family"',
      },
    ],
  },
  'encap-added': {
    summary: 'An encapsulation that is added is all that changes beside the addresses.',
    requirements: ['M-MOVE', 'M-ENCAP'],
    moves: both,
    encap: other,
    rules: [
      {
        of: ['encap'],
        forbids: ({ encap }) => encap !== 'none',
        source: 'there must be none to add one',
      },
      {
        of: ['transform'],
        forbids: ({ transform }) => transform === 'ah',
        source: 'RFC 3948: encapsulation is for ESP',
      },
    ],
  },
  'encap-changed': {
    summary: 'An encapsulation that is changed is all that changes beside the addresses.',
    requirements: ['M-MOVE', 'M-ENCAP'],
    moves: both,
    encap: other,
    rules: encapsulated,
  },
  'encap-removed': {
    summary: 'An encapsulation that is not given goes with its timers, and nothing else does.',
    requirements: ['M-MOVE', 'M-ENCAP-ABSENT'],
    moves: both,
    encap: () => null,
    rules: encapsulated,
  },
};
