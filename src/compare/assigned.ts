import type { CaseRecord, Json } from '../case/record.ts';

/** Members that hold the time of an event, in seconds since 1970; 0: it has not happened yet. */
const times = new Set(['add_time', 'use_time']);
/** Attributes that hold such a time. */
const timeAttributes = new Set(['XFRMA_LASTUSED']);

/** Attributes that carry nothing: whether one is needed goes by the architecture's alignment. */
export const padding: ReadonlySet<string> = new Set(['XFRMA_PAD']);

/** Members that the kernel numbers itself, with what it numbers. */
const numbered: Readonly<Record<string, string>> = {
  index: 'policy index',
  ifindex: 'ifindex',
  // Of an SA that the kernel asks for: a counter of all namespaces.
  seq: 'acquire',
};

/**
 * Replaces what a kernel assigns by chance in the values of one case: times by "(time)", and numbers
 * of its own choosing by their order of appearance ("(policy index 2)"), so that a mix-up of two
 * still shows.
 */
export class Assigned {
  readonly #chosen: ReadonlySet<string>;
  readonly #order = new Map<string, number>();
  readonly #counts = new Map<string, number>();

  constructor(record: Pick<CaseRecord, 'requests'>) {
    this.#chosen = new Set(record.requests.flatMap(({ header }) => chosenIn(header)));
  }

  normalise(value: Json): Json {
    if (typeof value !== 'object' || value === null) return value;
    if (isList(value)) return value.map((item) => this.normalise(item));
    const members = Object.entries(value).filter(([name]) => !padding.has(name));
    const normal = members.map(([name, member]) => [
      name,
      name === 'seq' && !isOfSaOrAcquire(value) ? member : this.#member(name, member),
    ]);
    return { ...Object.fromEntries(normal), ...tunnelSpi(value) };
  }

  /** Attributes by name; each name's second one gets a number of its own. */
  attribute(name: string, value: Json): Json {
    return timeAttributes.has(name) && isScalar(value) ? time(value) : this.normalise(value);
  }

  #member(name: string, value: Json): Json {
    if (!isScalar(value)) return this.normalise(value);
    if (times.has(name) || timeAttributes.has(name)) return time(value);
    const kind = numbered[name];
    return kind === undefined ? value : this.#number(kind, value);
  }

  #number(kind: string, value: Json): Json {
    if (Number(value) === 0 || typeof value === 'boolean' || value === null) return value;
    // What the case asked for is not the kernel's choice.
    if (this.#chosen.has(`${kind} ${value}`)) return value;
    const key = `${kind} ${value}`;
    let order = this.#order.get(key);
    if (order === undefined) {
      order = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, order);
      this.#order.set(key, order);
    }
    return `(${kind} ${order})`;
  }
}

/**
 * The SPI of an IPv6 tunnel that IPComp makes for itself: a counter of the namespace, which goes on
 * or not by when the garbage of an earlier SA was collected (net/ipv6/xfrm6_tunnel.c).
 */
function tunnelSpi(value: { readonly [key: string]: Json }): { spi?: Json } {
  return value.proto === 'ipv6' && Number(value.spi) > 0 ? { spi: '(tunnel SPI)' } : {};
}

/** struct xfrm_usersa_info or xfrm_user_acquire: elsewhere "seq" counts packets, or is a case's word. */
function isOfSaOrAcquire(value: { readonly [key: string]: Json }): boolean {
  return 'curlft' in value || 'aalgos' in value;
}

function time(value: Json): Json {
  return Number(value) === 0 ? value : '(time)';
}

function isScalar(value: Json): value is null | boolean | number | string {
  return typeof value !== 'object' || value === null;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The policy indices and the numbers of acquires that a request's header names. */
function chosenIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, Json]) =>
    (name === 'index' || name === 'seq') && isScalar(member) && Number(member) !== 0
      ? [`${numbered[name]} ${member}`]
      : chosenIn(member),
  );
}
