import type { Json } from '../../src/case/index.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('robustness', 'Requests that chance has spoilt');
export default topic;

const count = 200;

testCase('mutated-requests', {
  summary: 'Whatever the bytes of a request, it is refused for a reason or done as it says.',
  requirements: ['MS-ROBUST'],
  // Where the message is not supported there is no parser to speak of.
  needs: { kconfig: ['XFRM_MIGRATE'], minVersion: '7.2' },
  run: (context) => observe(context.fuzz('migrate-state', { count })),
  expect: { full: { many: true, failures: [] } },
});

/** How many were done and how many refused is not a promise, and differs between seeds. */
function observe(report: Json) {
  const { requests, failures } = report as { requests: number; failures: Json };
  // Some are not sent: those that the oracle does not know.
  return { many: requests > 0.9 * count, failures };
}
