import { defineTopic, error } from '../../src/case/index.ts';

/** A topic of XFRM_MSG_MIGRATE_STATE, with what kernels without it answer to every request. */
export function migrateStateTopic(name: string, title: string) {
  return defineTopic({
    interface: 'migrate-state',
    name,
    title,
    defaults: {
      compiledOut: { reply: error('ENOPROTOOPT', 'XFRM_MSG_MIGRATE_STATE is not supported') },
      // A message type out of range: netlink says EINVAL and nothing else.
      predates: { reply: error('EINVAL', null) },
    },
  });
}
