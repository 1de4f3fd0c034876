import type { CaseContext, Needs } from '../../../src/case/index.ts';
import type { Row, Rule, Table } from '../../fields/covering-array.ts';
import { rulesOfKinds } from '../../fields/fields.ts';
import { factorsOf, type Properties, properties } from '../../fields/properties.ts';
import { rules } from '../../fields/rules.ts';
import { type Kind, kinds } from './kinds.ts';

/** SAs that not every kernel can have, each with all kinds of change in one case. */
export interface Variant {
  readonly summary: string;
  readonly requirements: readonly string[];
  readonly needs: Needs;
  readonly properties: Properties;
  readonly kinds: { readonly [kind: string]: Kind };
  readonly table: Table;
  /** Properties that are known only once the case runs. */
  readonly prepare?: (context: CaseContext) => Properties;
}

function variant(
  parts: Omit<Variant, 'table' | 'kinds'> & Partial<Pick<Variant, 'kinds'>>,
  more: readonly Rule[] = [],
): Variant {
  const { properties: own, kinds: possible = kinds } = parts;
  const factors = { kind: Object.keys(possible), ...factorsOf(own) };
  const all = [...rules, ...more, ...rulesOfKinds(possible)];
  return {
    ...parts,
    kinds: possible,
    table: { factors, rules: all.filter(({ of }) => of.every((factor) => factor in factors)) },
  };
}

function without<T>(table: { readonly [name: string]: T }, ...names: readonly string[]) {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)));
}

function only(table: Properties, property: string, ...values: readonly string[]): Properties {
  const kept = values.map((value) => [value, table[property]![value]!]);
  return { ...table, [property]: Object.fromEntries(kept) };
}

/** The kinds in which a variant may go another way: all others are the same for every SA. */
function some(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, kinds[name]!]));
}

const deflate = { proto: 'comp', comp: { name: 'deflate', key: '' } } as const;

const ipcomp = variant({
  summary: 'IPComp SAs keep what they have, wherever they move.',
  requirements: [],
  needs: { kconfig: ['INET_IPCOMP', 'INET6_IPCOMP', 'CRYPTO_DEFLATE'] },
  properties: {
    ...only(
      only(without(properties, 'encap', 'nat-timer', 'tfc-pad'), 'replay', 'none', 'plain'),
      'mode',
      ...['tunnel', 'transport'],
    ),
    transform: { deflate: { sa: deflate } },
  },
  kinds: some('nothing', 'both', 'family', 'selector'),
});

const iptfsIn = { XFRMA_IPTFS_DROP_TIME: 2000, XFRMA_IPTFS_REORDER_WINDOW: 7 };
const iptfsOut = {
  ...{ XFRMA_IPTFS_DONT_FRAG: true as const, XFRMA_IPTFS_INIT_DELAY: 3000 },
  ...{ XFRMA_IPTFS_MAX_QSIZE: 50_000, XFRMA_IPTFS_PKT_SIZE: 1000 },
};

const iptfs = variant({
  summary: 'IP-TFS SAs keep what they have, wherever they move.',
  requirements: [],
  needs: { kconfig: ['XFRM_IPTFS'], minVersion: '6.14' },
  properties: {
    ...only(
      only(without(properties, 'tfc-pad'), 'transform', 'aes-gcm', 'aes-cbc-hmac-96'),
      'direction',
      ...['in', 'out'],
    ),
    mode: { iptfs: { sa: { mode: 'iptfs' } } },
    iptfs: {
      default: {},
      tuned: { sa: ({ direction }) => ({ iptfs: direction === 'in' ? iptfsIn : iptfsOut }) },
    },
  },
  kinds: some('nothing', 'both', 'family', 'encap-changed'),
});

const offloadNeeds = {
  kconfig: ['NETDEVSIM', 'INET_ESP_OFFLOAD', 'INET6_ESP_OFFLOAD', 'XFRM_OFFLOAD'],
};
const offloadable: Properties = {
  ...only(
    only(
      only(without(properties, 'encap', 'nat-timer', 'tfc-pad'), 'transform', 'aes-gcm'),
      'mode',
      ...['tunnel', 'transport'],
    ),
    'replay',
    ...['none', 'plain'],
  ),
  // The device is made when the case runs.
  offload: { device: {} },
};

function offloadTo(context: CaseContext): Properties {
  const ifindex = context.addOffloadDevice();
  const inbound = ({ direction }: Row) => direction !== 'out';
  return {
    offload: {
      device: {
        sa: (row) => ({ offload: { ifindex, flags: inbound(row) ? ['inbound'] : [] } }),
      },
    },
  };
}

const offloadRules: readonly Rule[] = [
  {
    of: ['direction', 'if-id'],
    forbids: (row) => row.direction !== 'out' && row['if-id'] !== 'none',
    source: 'xfrm_dev_state_add: "XFRM if_id is not supported in RX path"',
  },
];

const offloadKept = variant(
  {
    summary: 'SAs with crypto offload keep it with all that they have, wherever they move.',
    requirements: ['MS-OFFLOAD-INHERIT'],
    needs: offloadNeeds,
    properties: offloadable,
    kinds: some('both', 'saddr', 'reqid'),
    prepare: offloadTo,
  },
  offloadRules,
);

const offloadCleared = variant(
  {
    summary: 'CLEAR_OFFLOAD takes the offload away and nothing else, whatever the SA has.',
    requirements: ['MS-OFFLOAD-CLEAR'],
    needs: offloadNeeds,
    properties: offloadable,
    kinds: {
      'clear-offload': {
        ...kinds.nothing!,
        change: () => ({ flags: ['clear-offload'] }),
      },
      'both-and-clear-offload': {
        ...kinds.both!,
        change: (row, sa) => ({ ...kinds.both!.change(row, sa), flags: ['clear-offload'] }),
      },
    },
    prepare: offloadTo,
  },
  offloadRules,
);

export const variants: { readonly [name: string]: Variant } = {
  ipcomp,
  iptfs,
  'offload-kept': offloadKept,
  'offload-cleared': offloadCleared,
};
