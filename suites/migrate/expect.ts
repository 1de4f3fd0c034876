import { type Expected, error, ok } from '../../src/case/index.ts';
import { changes, type Members } from '../migrate-state/expect.ts';

export { changes, type Members };

/** The policy that most cases migrate: the one between the subnets. */
export const outPolicy = 'out 10.1.0.0/16 > 10.2.0.0/16';

/** A socket's policy has a direction of its own: 3 more than the other's. */
export const socketPolicy = '4 10.1.0.0/16 > 10.2.0.0/16';

/** A template as an observation shows it. */
export function shown(
  { src, dst }: { src: string; dst: string },
  { proto = 'esp', mode = 'tunnel', reqid = 1 } = {},
): string {
  return `${proto} ${mode} ${src} > ${dst} reqid ${reqid}`;
}

/** One XFRM_MSG_MIGRATE to the group, whatever it carries. */
export const notified = { group: 'XFRMNLGRP_MIGRATE', message: 'XFRM_MSG_MIGRATE' } as const;

/** Success: the SAs moved and changed in these members only; the templates are these. */
export function moved(
  sas: { readonly [name: string]: Members },
  templates: readonly string[] | 'unchanged',
  rest: Members = {},
): Members {
  return {
    reply: ok(null),
    sas: Object.fromEntries(
      Object.entries(sas).map(([name, to]) => [name, { old: movedFrom(to), new: changes(to) }]),
    ),
    others: 'unchanged',
    policies: templates === 'unchanged' ? templates : { [outPolicy]: templates },
    policiesOtherwise: 'unchanged',
    heard: [notified],
    ...rest,
  };
}

/** The source address alone does not tell two SAs apart: the new one is found where the old one was. */
function movedFrom(to: Members): Expected {
  return 'dst' in to ? 'gone' : changes(to);
}

/** Refused, and nothing happened. */
export function refused(reply: Expected): Members {
  return { reply, databases: 'unchanged', heard: [] };
}

/** The texts of the front end came with Linux 6.2; kernels before it say nothing. */
export const einval = (message: string) => error('EINVAL', { message, since: '6.2' });

/** An SA could not be made: ENODATA, since 7.2 with the reason. */
export const enodata = (message: string) => error('ENODATA', { message, since: '7.2' });
