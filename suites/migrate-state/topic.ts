import { defineTopic, error, type Matcher } from '../../src/case/index.ts';
import { refused } from './expect.ts';

/** What a kernel without XFRM_MSG_MIGRATE_STATE answers. */
export const unsupported = {
  compiledOut: error('ENOPROTOOPT', 'XFRM_MSG_MIGRATE_STATE is not supported'),
  // A message type out of range: netlink says EINVAL and nothing else.
  predates: error('EINVAL', null),
} as const satisfies Record<string, Matcher>;

/** The same, for cases that go no further: what they observe is the reply. */
export const replyAlone = {
  compiledOut: { reply: unsupported.compiledOut },
  predates: { reply: unsupported.predates },
};

/**
 * A topic of XFRM_MSG_MIGRATE_STATE. Kernels without it refuse every request and change nothing; the
 * cases return a `Migration`, or write down what else those kernels show.
 */
export function migrateStateTopic(name: string, title: string) {
  return defineTopic({
    interface: 'migrate-state',
    name,
    title,
    defaults: {
      compiledOut: refused(unsupported.compiledOut),
      predates: refused(unsupported.predates),
    },
  });
}
