import { espSa, hosts, policyFor } from '../../src/case/index.ts';
import { migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('reqid', 'The new reqid');
export default topic;

const cases: readonly [name: string, summary: string, was: number, becomes: number][] = [
  ['changed', 'new_reqid replaces the reqid.', 1, 2],
  ['zero', 'new_reqid 0 is no reqid; it does not mean "keep".', 1, 0],
  ['from-zero', 'An SA without a reqid gets one.', 0, 42],
  ['largest', 'A reqid has 32 bits.', 1, 0xffffffff],
];

for (const [name, summary, was, becomes] of cases) {
  for (const where of ['in-place', 'moved'] as const) {
    const to = where === 'moved' ? hosts.b : {};
    testCase(`${name}-${where}`, {
      summary,
      requirements: ['MS-NEW-REQID', 'MS-EXPLICIT', 'MS-CHANGEABLE'],
      run: ({ xfrm }) =>
        migrate({ xfrm }, xfrm.addSa(espSa({ reqid: was })), { ...to, reqid: becomes }),
      expect: { full: migrated({ ...to, reqid: becomes }) },
    });
  }
}

testCase('kept', {
  summary: 'The same reqid given again stays.',
  requirements: ['MS-NEW-REQID'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa({ reqid: 42 })), hosts.b),
  expect: { full: migrated(hosts.b) },
});

testCase('of-a-policy', {
  summary: 'The reqid changes on the SA alone: the template of the policy that uses it stays.',
  requirements: ['MS-NEW-REQID', 'MS-NO-POLICY'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa());
    const policy = xfrm.addPolicy(policyFor([sa]));
    const migration = migrate({ xfrm }, sa, { reqid: 2 });
    return { ...migration, policy: xfrm.getPolicy(policy) };
  },
  expect: {
    full: { ...migrated({ reqid: 2 }), policy: { templates: [{ reqid: 1, daddr: hosts.a.dst }] } },
  },
});
