/** Mutations of a request, as data: one that fails can be printed, dropped and tried again. */
import { concat, fromHex, toHex } from '../netlink/codec.ts';
import { bytesOf, type Request } from './request.ts';

export type Mutation =
  | { readonly kind: 'nlmsg_len'; readonly by: number }
  | { readonly kind: 'nlmsg_flags'; readonly flags: number }
  | { readonly kind: 'nlmsg_seq'; readonly sequence: number }
  | { readonly kind: 'nlmsg_pid'; readonly portid: number }
  | { readonly kind: 'header'; readonly at: number; readonly hex: string }
  | { readonly kind: 'header length'; readonly length: number }
  | { readonly kind: 'add'; readonly index: number; readonly type: number; readonly hex: string }
  | { readonly kind: 'drop'; readonly index: number }
  | { readonly kind: 'repeat'; readonly index: number; readonly to: number }
  | { readonly kind: 'swap'; readonly index: number; readonly with: number }
  | { readonly kind: 'type'; readonly index: number; readonly type: number }
  | { readonly kind: 'nla_len'; readonly index: number; readonly by: number }
  | { readonly kind: 'length'; readonly index: number; readonly length: number }
  | { readonly kind: 'value'; readonly index: number; readonly at: number; readonly hex: string }
  | { readonly kind: 'double'; readonly index: number; readonly size: number }
  | { readonly kind: 'tail'; readonly hex: string }
  | { readonly kind: 'more'; readonly hex: string };

/** The request with one mutation; as it was where the mutation finds nothing to change. */
export function mutated(request: Request, mutation: Mutation): Request {
  switch (mutation.kind) {
    case 'nlmsg_len':
      return { ...request, lie: mutation.by };
    case 'nlmsg_flags':
      return { ...request, flags: mutation.flags };
    case 'nlmsg_seq':
      return { ...request, sequence: mutation.sequence };
    case 'nlmsg_pid':
      return { ...request, portid: mutation.portid };
    case 'header':
      return { ...request, header: overwritten(request.header, mutation.at, mutation.hex) };
    case 'header length':
      return { ...request, header: resized(request.header, mutation.length) };
    case 'tail':
      return { ...request, tail: fromHex(mutation.hex) };
    case 'more':
      return { ...request, more: [...request.more, fromHex(mutation.hex)] };
    default:
      return { ...request, attributes: mutatedAttributes(request.attributes, mutation) };
  }
}

type AttributeMutation = Extract<Mutation, { index: number }>;

function mutatedAttributes(
  attributes: Request['attributes'],
  mutation: AttributeMutation,
): Request['attributes'] {
  const { index } = mutation;
  if (mutation.kind === 'add')
    return attributes.toSpliced(index, 0, {
      type: mutation.type,
      payload: fromHex(mutation.hex),
      lie: 0,
    });
  const attribute = attributes[index];
  if (!attribute) return attributes;
  switch (mutation.kind) {
    case 'drop':
      return attributes.toSpliced(index, 1);
    case 'repeat':
      return attributes.toSpliced(mutation.to, 0, attribute);
    case 'swap': {
      const other = attributes[mutation.with];
      return other ? attributes.with(index, other).with(mutation.with, attribute) : attributes;
    }
    case 'type':
      return attributes.with(index, { ...attribute, type: mutation.type });
    case 'nla_len':
      return attributes.with(index, { ...attribute, lie: mutation.by });
    case 'length':
      return attributes.with(index, {
        ...attribute,
        payload: resized(attribute.payload, mutation.length),
      });
    case 'double': {
      const { payload } = attribute;
      const twice = concat(payload, payload.subarray(0, mutation.size));
      return attributes.with(index, { ...attribute, payload: twice });
    }
    case 'value':
      return attributes.with(index, {
        ...attribute,
        payload: overwritten(attribute.payload, mutation.at, mutation.hex),
      });
  }
}

function overwritten(bytes: Uint8Array, at: number, hex: string): Uint8Array {
  const copy = bytes.slice();
  const value = fromHex(hex);
  copy.set(value.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
  return copy;
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

/** The datagram of a request with these mutations, one after the other. */
export function mutatedBytes(request: Request, mutations: readonly Mutation[]): Uint8Array {
  return bytesOf(mutations.reduce(mutated, request));
}

/**
 * Fewest mutations that still fail, and of those that overwrite, the fewest bytes.
 *
 * @param fails whether a request with these mutations still fails
 */
export function minimised(
  mutations: readonly Mutation[],
  fails: (mutations: readonly Mutation[]) => boolean,
): readonly Mutation[] {
  let left = mutations;
  for (let i = left.length - 1; i >= 0; i--) {
    const fewer = left.toSpliced(i, 1);
    if (fails(fewer)) left = fewer;
  }
  for (const [i, mutation] of left.entries()) {
    const shorter = shortened(mutation, (candidate) => fails(left.with(i, candidate)));
    left = left.with(i, shorter);
  }
  return left;
}

/** Cuts bytes off both ends of what a mutation overwrites, as long as it still fails. */
function shortened(mutation: Mutation, fails: (mutation: Mutation) => boolean): Mutation {
  if (mutation.kind !== 'header' && mutation.kind !== 'value') return mutation;
  let best = mutation;
  for (const end of ['back', 'front'] as const) {
    for (;;) {
      const bytes = fromHex(best.hex);
      if (bytes.length < 2) break;
      const front = end === 'front' ? 1 : 0;
      const hex = toHex(bytes.slice(front, bytes.length - 1 + front));
      const candidate = { ...best, at: best.at + front, hex };
      if (!fails(candidate)) break;
      best = candidate;
    }
  }
  return best;
}
