import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  type Policy,
  policyFor,
  template,
} from '../../src/case/index.ts';
import { moved, outPolicy, refused, shown, socketPolicy } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('policy', 'What of a policy is used, changed, and kept');
export default topic;

const sa = espSa();
const entry = migrateEntry(sa, hosts.b);
const moves = { sa: { sa, to: hosts.b } };

function ask(context: CaseContext, installed: readonly Policy[], asked: Policy) {
  context.xfrm.addSa(sa);
  for (const policy of installed) context.xfrm.addPolicy(policy);
  return migratePolicy(context, asked, [entry], moves);
}

testCase('keeps-everything-else', {
  summary: 'Priority, index and mark of a policy stay, and all of its templates but addresses.',
  requirements: ['M-POLICY-KEEPS'],
  run: (context) => {
    const unusual = template(sa, {
      ...{ id: { daddr: sa.dst, spi: 0x1000, proto: 'esp' }, share: 3, optional: 1 },
      ...{ aalgos: 5, ealgos: 6, calgos: 7 },
    });
    // Only inbound templates can be optional.
    const policy = policyFor([], { dir: 'in', templates: [unusual], priority: 77, index: 0x20 });
    return ask(context, [policy], policy);
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [`in${outPolicy.slice(3)}`]: [shown(hosts.b)] },
    }),
  },
});

testCase('optional-templates', {
  summary: 'A template that need not be used is migrated as any other, wherever it stands.',
  requirements: ['M-TEMPLATE', 'M-POLICY-KEEPS'],
  run: (context) => {
    const templates = [1, 0, 1].map((optional) => template(sa, { optional }));
    const policy = policyFor([], { dir: 'in', templates });
    return ask(context, [policy], policy);
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [`in${outPolicy.slice(3)}`]: Array(3).fill(shown(hosts.b)) },
    }),
  },
});

testCase('index-of-another', {
  summary: 'Selector, direction and type name the policy; the index in the header plays no part.',
  requirements: ['M-POLICY-INDEX'],
  run(context) {
    const other = { saddr: '10.9.0.0', prefixlen_s: 16, daddr: '10.8.0.0', prefixlen_d: 16 };
    const installed = [
      policyFor([sa], { index: 9 }),
      policyFor([sa], { selector: other, index: 17 }),
    ];
    return ask(context, installed, policyFor([sa], { index: 17 }));
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: {
        [outPolicy]: [shown(hosts.b)],
        'out 10.9.0.0/16 > 10.8.0.0/16': [shown(hosts.a)],
      },
    }),
  },
});

testCase('index-alone', {
  summary: 'The index of a policy does not name it.',
  requirements: ['M-POLICY-INDEX', 'M-SELECTOR-FAMILY'],
  needs: { minVersion: '6.12' },
  run: (context) =>
    ask(context, [policyFor([sa], { index: 9 })], policyFor([sa], { selector: {}, index: 9 })),
  expect: { full: refused(error('EAFNOSUPPORT', 'Target policy not found')) },
});

testCase('unmarked-beside-marked', {
  summary: 'A policy with a mark and the same selector keeps its template.',
  requirements: ['M-ONE-POLICY'],
  run: (context) =>
    ask(context, [policyFor([sa]), policyFor([sa], { mark: { v: 5, m: 0xff } })], policyFor([sa])),
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [outPolicy]: [shown(hosts.b)], [`${outPolicy} mark 5`]: [shown(hosts.a)] },
    }),
  },
});

testCase('if-id-not-asked-for', {
  summary: 'Without XFRMA_IF_ID the interface is not looked at: policy and SA are found.',
  requirements: ['M-IF-ID-ABSENT'],
  run(context) {
    const own = context.xfrm.addSa(espSa({ ifId: 7 }));
    context.xfrm.addPolicy(policyFor([own], { ifId: 7 }));
    return migratePolicy(context, policyFor([own]), [entry], { sa: { sa: own, to: hosts.b } });
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [`${outPolicy} if_id 7`]: [shown(hosts.b)] },
    }),
  },
});

testCase('second-policy-of-an-sa', {
  summary: 'An SA has one policy for each direction that it serves; each is migrated in its turn.',
  requirements: ['M-ONE-POLICY', 'M-SA-OPTIONAL'],
  run(context) {
    context.xfrm.addSa(sa);
    const [inward, forward] = (['in', 'fwd'] as const).map((dir) =>
      context.xfrm.addPolicy(policyFor([sa], { dir })),
    ) as [Policy, Policy];
    const first = migratePolicy(context, inward, [entry], moves);
    const second = migratePolicy(context, forward, [entry], {
      sa: { sa: { ...sa, ...hosts.b }, to: hosts.b },
    });
    return { ...first, second };
  },
  expect: {
    full: {
      ...moved({ sa: hosts.b }, 'unchanged', {
        policies: {
          [`in${outPolicy.slice(3)}`]: [shown(hosts.b)],
          [`fwd${outPolicy.slice(3)}`]: [shown(hosts.a)],
        },
      }),
      second: moved({}, 'unchanged', {
        sas: { sa: { old: 'unchanged' } },
        policies: {
          [`in${outPolicy.slice(3)}`]: [shown(hosts.b)],
          [`fwd${outPolicy.slice(3)}`]: [shown(hosts.b)],
        },
      }),
    },
  },
});

testCase('transport-without-sa', {
  summary:
    'A transport template matches by mode and protocol alone: nothing changes, without error.',
  requirements: ['M-TEMPLATE-TRANSPORT', 'M-SA-OPTIONAL'],
  run(context) {
    const policy = context.xfrm.addPolicy(policyFor([espSa({ mode: 'transport' })]));
    const elsewhere = espSa({ ...hosts.c, mode: 'transport' });
    return migratePolicy(context, policy, [migrateEntry(elsewhere, hosts.b)], {});
  },
  expect: { full: moved({}, 'unchanged', { databases: 'unchanged' }) },
});

testCase('block-beside-sa', {
  summary: 'A block policy with templates is migrated as any other.',
  requirements: ['M-TEMPLATE'],
  run: (context) => {
    const policy = policyFor([sa], { action: 'block' });
    return ask(context, [policy], policy);
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('socket-policy-beside', {
  summary: 'The policy of a socket with the same selector and template stays as it is.',
  requirements: ['M-SOCKET-POLICY'],
  run(context) {
    context.addSocketPolicy(policyFor([sa]));
    return ask(context, [policyFor([sa])], policyFor([sa]));
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [outPolicy]: [shown(hosts.b)], [socketPolicy]: [shown(hosts.a)] },
    }),
  },
});

testCase('socket-policy-alone', {
  summary: 'The policy of a socket cannot be named.',
  requirements: ['M-SOCKET-POLICY', 'M-POLICY-UNKNOWN'],
  run(context) {
    context.addSocketPolicy(policyFor([sa]));
    return ask(context, [], policyFor([sa]));
  },
  expect: {
    full: refused(error('ENOENT', { message: 'Target policy not found', since: '6.2' })),
  },
});

testCase('deleted-afterwards', {
  summary: 'A policy that was migrated can be found and deleted by its selector, and its SA too.',
  requirements: ['M-POLICY-KEEPS', 'M-MOVE'],
  run(context) {
    const policy = policyFor([sa]);
    const seen = ask(context, [policy], policy);
    return {
      ...seen,
      deleted: [
        context.xfrm.deletePolicy(policy).errno,
        context.xfrm.deleteSa({ ...sa, ...(seen.reply.errno === 'OK' ? hosts.b : hosts.a) }).errno,
      ],
      left: [context.xfrm.dumpPolicies().length, context.xfrm.dumpSas().length],
    };
  },
  expect: {
    full: {
      ...moved({ sa: hosts.b }, [shown(hosts.b)]),
      deleted: ['OK', 'OK'],
      left: [0, 0],
    },
  },
});
