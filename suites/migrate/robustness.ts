import type { Json } from '../../src/case/index.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('robustness', 'Requests that chance has spoilt');
export default topic;

const count = 200;

testCase('mutated-requests', {
  summary: 'Whatever the bytes of a request, it is refused for a reason or done as it says.',
  requirements: ['M-ROBUST'],
  // The oracle knows what migrations do since Linux 7.2.
  needs: { kconfig: ['XFRM_MIGRATE'], minVersion: '7.2' },
  run: (context) => observe(context.fuzz('migrate', { count })),
  expect: { full: { many: true, failures: [] } },
});

/** How many were done and how many refused is not a promise, and differs between seeds. */
function observe(report: Json) {
  const { requests, failures } = report as { requests: number; failures: Json };
  // Some are not sent: those that the oracle does not know.
  return { many: requests > 0.9 * count, failures };
}
