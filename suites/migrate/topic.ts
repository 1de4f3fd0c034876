import { defineTopic, error } from '../../src/case/index.ts';
import { refused } from './expect.ts';

/** What a kernel without CONFIG_XFRM_MIGRATE answers, once the request has been parsed. */
export const unsupported = error('ENOPROTOOPT', null);

/** The same, for cases that go no further: what they observe is the reply. */
export const replyAlone = {
  compiledOut: { reply: unsupported },
  predates: { reply: error('EINVAL', null) },
};

/**
 * A topic of XFRM_MSG_MIGRATE. Kernels without it refuse every request and change nothing; the cases
 * return a `PolicyMigration`, or write down what else those kernels show.
 */
export function migrateTopic(name: string, title: string) {
  return defineTopic({
    interface: 'migrate',
    name,
    title,
    defaults: {
      compiledOut: refused(unsupported),
      // The message is as old as Linux 2.6.21: no kernel that boots here predates it.
      predates: refused(error('EINVAL', null)),
    },
  });
}
