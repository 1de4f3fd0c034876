import { attributeValue, type Json, type WholeSa } from '../../src/case/index.ts';

/** Members that are not as they should be, by the kernel's names; none when all is right. */
export type Wrong = { readonly [member: string]: { readonly expected: Json; readonly seen: Json } };

/** What differs in an SA, down to each field of the header and each attribute. */
export function compareWholeSas(expected: WholeSa, seen: WholeSa): Wrong {
  if (JSON.stringify(expected) === JSON.stringify(seen)) return {};
  return {
    ...compareMembers(flatten(expected.info), flatten(seen.info), (_, value) => value),
    ...compareMembers(expected.attributes, seen.attributes, decoded),
  };
}

/** What differs in two sets of attributes, decoded or not. */
export function compareMembers(
  expected: { readonly [member: string]: Json },
  seen: { readonly [member: string]: Json },
  show: (member: string, value: Json) => Json = (_, value) => value,
): Wrong {
  const members = new Set([...Object.keys(expected), ...Object.keys(seen)]);
  const wrong: [string, Wrong[string]][] = [];
  for (const member of members) {
    const [should, is] = [expected[member] ?? null, seen[member] ?? null];
    if (should === is || JSON.stringify(should) === JSON.stringify(is)) continue;
    const pair = { expected: show(member, should), seen: show(member, is) };
    wrong.push([member, passesByItself(member) ? { expected: 'as it was', seen: 'other' } : pair]);
  }
  return Object.fromEntries(wrong);
}

/** Times are no part of an observation: they are others each time. */
function passesByItself(member: string): boolean {
  return /^(curlft\.(add|use)_time|XFRMA_LASTUSED)$/.test(member);
}

function decoded(name: string, hex: Json): Json {
  return typeof hex === 'string' ? attributeValue(name, hex) : hex;
}

type Tree = { readonly [member: string]: Json };

/** { id: { spi: 1 } } as { "id.spi": 1 } */
function flatten(tree: object, prefix = ''): Tree {
  return Object.fromEntries(
    Object.entries(tree as Tree).flatMap(([name, value]): [string, Json][] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(flatten(value, `${prefix}${name}.`))
        : [[`${prefix}${name}`, value]],
    ),
  );
}
