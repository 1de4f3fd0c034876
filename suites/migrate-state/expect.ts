import { type Expected, error, isMatcher, ok } from '../../src/case/index.ts';

export type Members = { readonly [member: string]: Expected };

/** Exactly these members of the SA differ, nested as the SA shows them. */
export function changes(to: Members): Expected {
  return { changed: paths(to).sort(), to };
}

function paths(members: Members, prefix = ''): string[] {
  return Object.entries(members).flatMap(([name, value]) =>
    isMembers(value) ? paths(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

function isMembers(value: Expected): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isMatcher(value);
}

/** Success: the SA moved, changed in these members and no others; one notification; others as before. */
export function migrated(to: Members, rest: Members = {}): Members {
  const moved = ['dst', 'family', 'mark'].some((name) => name in to);
  return {
    reply: ok(null),
    old: moved ? 'gone' : paths(to).length === 0 ? 'unchanged' : changes(to),
    new: changes(to),
    policies: 'unchanged',
    others: 'unchanged',
    heard: [notified],
    ...rest,
  };
}

/** Refused, and nothing happened. */
export function refused(reply: Expected): Members {
  return { reply, old: 'unchanged', databases: 'unchanged', others: 'unchanged', heard: [] };
}

export const einval = (text: string, attribute?: string) =>
  refused(error('EINVAL', attribute === undefined ? text : { message: text, attribute }));

/** One notification of the request, whatever it carries. */
export const notified = {
  group: 'XFRMNLGRP_MIGRATE',
  message: 'XFRM_MSG_MIGRATE_STATE',
  echoesRequest: true,
} as const;
