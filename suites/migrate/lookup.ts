import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  type Policy,
  policyFor,
  subnets,
} from '../../src/case/index.ts';
import { einval, moved, outPolicy, refused, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('lookup', 'Which policy a request is for');
export default topic;

const sa = espSa();
const entry = migrateEntry(sa, hosts.b);
const moves = { sa: { sa, to: hosts.b } };
const notFound = { message: 'Target policy not found', since: '6.2' };

/** Asks for one policy where others are installed. */
function ask(context: CaseContext, installed: readonly Policy[], asked: Policy) {
  context.xfrm.addSa(sa);
  for (const policy of installed) context.xfrm.addPolicy(policy);
  return migratePolicy(context, asked, [entry], moves);
}

const policy = policyFor([sa]);
const elsewhere = { saddr: '10.9.0.0', prefixlen_s: 16, daddr: '10.8.0.0', prefixlen_d: 16 };

const strangers: Readonly<Record<string, { installed: readonly Policy[]; asked: Policy }>> = {
  'no-policy': { installed: [], asked: policy },
  selector: { installed: [policy], asked: policyFor([sa], { selector: elsewhere }) },
  'selector-family': { installed: [policy], asked: policyFor([sa], { selector: subnets.v6 }) },
  'direction-in': { installed: [policy], asked: policyFor([sa], { dir: 'in' }) },
  'direction-fwd': { installed: [policy], asked: policyFor([sa], { dir: 'fwd' }) },
  'if-id-asked': { installed: [policy], asked: policyFor([sa], { ifId: 7 }) },
  'if-id-other': { installed: [policyFor([sa], { ifId: 8 })], asked: policyFor([sa], { ifId: 7 }) },
};

for (const [name, { installed, asked }] of Object.entries(strangers)) {
  testCase(`unknown-${name}`, {
    summary: 'A policy that is not there is refused with ENOENT, and its SAs stay.',
    requirements: ['M-POLICY-UNKNOWN'],
    run: (context) => ask(context, installed, asked),
    expect: { full: refused(error('ENOENT', notFound)) },
  });
}

for (const [name, type] of [
  ['sub', 1],
  ['main', 0],
] as const) {
  testCase(`unknown-type-${name}`, {
    summary: 'A policy of the other type is not found.',
    requirements: ['M-POLICY-UNKNOWN', 'M-POLICY-TYPE'],
    needs: { kconfig: ['XFRM_SUB_POLICY'] },
    run: (context) =>
      ask(context, [policyFor([sa], { type: 1 - type })], policyFor([sa], { type })),
    expect: { full: refused(error('ENOENT', notFound)) },
  });
}

testCase('type-sub', {
  summary: 'XFRMA_POLICY_TYPE chooses the sub policy; the main one stays.',
  requirements: ['M-POLICY-TYPE'],
  needs: { kconfig: ['XFRM_SUB_POLICY'] },
  run: (context) =>
    ask(context, [policy, policyFor([sa], { type: 1 })], policyFor([sa], { type: 1 })),
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [outPolicy]: [shown(hosts.a)], [`${outPolicy} type 1`]: [shown(hosts.b)] },
    }),
  },
});

testCase('type-invalid', {
  summary: 'A policy type that does not exist is refused.',
  requirements: ['M-POLICY-TYPE'],
  run: (context) => ask(context, [policy], policyFor([sa], { type: 2 })),
  expect: { full: refused(error('EINVAL', 'Invalid policy type')) },
});

for (const dir of [3, 255]) {
  testCase(`direction-${dir}`, {
    summary: 'A direction that does not exist is refused.',
    requirements: ['M-DIRECTION'],
    run: (context) => ask(context, [policy], policyFor([sa], { dir })),
    expect: { full: refused(einval('Invalid policy direction')) },
  });
}

testCase('selector-family-unsupported', {
  summary: 'A selector of a family that is neither IPv4 nor IPv6 is refused.',
  requirements: ['M-SELECTOR-FAMILY'],
  needs: { minVersion: '6.12' },
  run: (context) =>
    ask(context, [policy], policyFor([sa], { selector: { ...subnets.v4, family: 3 } })),
  expect: { full: refused(error('EAFNOSUPPORT', notFound)) },
});

for (const dir of ['in', 'fwd'] as const) {
  testCase(`direction-${dir}`, {
    summary: 'The policy of the direction that was asked for is migrated, and no other.',
    requirements: ['M-DIRECTION'],
    run: (context) => ask(context, [policy, policyFor([sa], { dir })], policyFor([sa], { dir })),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: {
          [outPolicy]: [shown(hosts.a)],
          [outPolicy.replace('out', dir)]: [shown(hosts.b)],
        },
      }),
    },
  });
}

testCase('other-policy-untouched', {
  summary: 'A policy with the same template and another selector keeps its template.',
  requirements: ['M-ONE-POLICY'],
  run: (context) => ask(context, [policy, policyFor([sa], { selector: elsewhere })], policy),
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: {
        [outPolicy]: [shown(hosts.b)],
        'out 10.9.0.0/16 > 10.8.0.0/16': [shown(hosts.a)],
      },
    }),
  },
});

testCase('narrower-selector-refused', {
  summary: 'A selector names the policy that has it, not one that covers it.',
  requirements: ['M-SELECTOR-EXACT'],
  run: (context) =>
    ask(
      context,
      [policy],
      policyFor([sa], {
        selector: { saddr: '10.1.2.3', prefixlen_s: 32, daddr: '10.2.3.4', prefixlen_d: 32 },
      }),
    ),
  expect: { full: refused(error('ENOENT', notFound)) },
});

testCase('exact-beside-covering', {
  summary:
    'Where a policy of higher priority covers the selector too, the one that has it is migrated.',
  requirements: ['M-SELECTOR-EXACT'],
  run: (context) =>
    ask(
      context,
      [
        policyFor([sa], {
          selector: { saddr: '10.0.0.0', prefixlen_s: 8, daddr: '10.0.0.0', prefixlen_d: 8 },
          priority: 1,
        }),
        policyFor([sa], { priority: 10 }),
      ],
      policy,
    ),
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [outPolicy]: [shown(hosts.b)], 'out 10.0.0.0/8 > 10.0.0.0/8': [shown(hosts.a)] },
    }),
  },
});

testCase('if-id', {
  summary: 'XFRMA_IF_ID chooses the policy and the SA of this interface.',
  requirements: ['M-IF-ID'],
  run(context) {
    const other = context.xfrm.addSa(espSa({ spi: 0x2000, ifId: 8 }));
    const own = context.xfrm.addSa(espSa({ ifId: 7 }));
    const asked = policyFor([own], { ifId: 7 });
    context.xfrm.addPolicy(asked);
    context.xfrm.addPolicy(policyFor([other], { ifId: 8 }));
    return migratePolicy(context, asked, [entry], { sa: { sa: own, to: hosts.b } });
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: {
        [`${outPolicy} if_id 7`]: [shown(hosts.b)],
        [`${outPolicy} if_id 8`]: [shown(hosts.a)],
      },
    }),
  },
});

testCase('marked-policy', {
  summary: 'A policy with a mark is found by its selector: the message has no mark to ask for.',
  requirements: ['M-POLICY-MARK'],
  run: (context) => {
    const marked = policyFor([sa], { mark: { v: 5, m: 0xff } });
    return ask(context, [marked], marked);
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [`${outPolicy} mark 5`]: [shown(hosts.b)] },
    }),
  },
});
