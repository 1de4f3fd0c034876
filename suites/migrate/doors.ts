import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  policyFor,
  type Reply,
} from '../../src/case/index.ts';
import { sameJson } from '../migrate-state/compare.ts';
import { mixedSockets, userNamespaces } from '../mixed-sockets.ts';
import { moved, outPolicy, refused, shown } from './expect.ts';
import { watchPolicies } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('doors', 'Who asks, from where, and by which message');
export default topic;

const sa = espSa();
const policy = policyFor([sa]);
const entry = migrateEntry(sa, hosts.b);
const moves = { sa: { sa, to: hosts.b } };
const notPermitted = refused(error('EPERM', null));
const nowhere = { full: notPermitted, compiledOut: notPermitted };
const done = moved({ sa: hosts.b }, [shown(hosts.b)]);

function ask({ xfrm }: Pick<CaseContext, 'xfrm'>, request: () => Reply) {
  xfrm.addSa(sa);
  xfrm.addPolicy(policy);
  return watchPolicies({ xfrm }, moves, request);
}

for (const [name, opener, sender, summary, needs] of mixedSockets) {
  testCase(name, {
    summary,
    requirements: ['M-NET-ADMIN', 'M-NET-ADMIN-BOTH'],
    ...(needs && { needs }),
    run: (context) => ask(context, () => context.between(opener, sender).migrate(policy, [entry])),
    expect: nowhere,
  });
}

testCase('inside-user-namespace', {
  summary: 'CAP_NET_ADMIN in the user namespace that owns the network namespace is enough.',
  requirements: ['M-NET-ADMIN'],
  needs: userNamespaces,
  run(context) {
    const place = context.addUserNamespace();
    const root = place.between('root-of-user-namespace', 'root-of-user-namespace');
    return ask(place, () => root.migrate(policy, [entry]));
  },
  expect: { full: done },
});

const compat = ['IA32_EMULATION', '!IA32_EMULATION_DEFAULT_DISABLED'];

testCase('32-bit-process', {
  summary: 'A 32-bit process is served as any other.',
  requirements: ['M-COMPAT'],
  needs: { kconfig: [...compat, 'XFRM_USER_COMPAT'] },
  run: (context) => ask(context, () => context.of32Bits().migrate(policy, [entry])),
  expect: { full: done },
});

testCase('32-bit-listener', {
  summary: 'A 32-bit process hears what any other hears: the message has the same layout for it.',
  requirements: ['M-COMPAT', 'M-NOTIFY'],
  needs: { kconfig: [...compat, 'XFRM_USER_COMPAT'] },
  run(context) {
    const [listener, listener32] = [context.addListener(), context.addListenerOf32Bits()];
    const seen = ask(context, () => context.xfrm.migrate(policy, [entry]));
    return { ...seen, sameHeard: sameJson(listener32.read(), listener.read().messages) };
  },
  expect: { full: { ...done, sameHeard: true } },
});

const noCompat = refused(error('EOPNOTSUPP', null));

testCase('32-bit-process-refused', {
  summary: 'Without the translator a 32-bit process is told so, and nothing is done.',
  requirements: ['M-COMPAT'],
  needs: { kconfig: [...compat, '!XFRM_USER_COMPAT'] },
  run: (context) => ask(context, () => context.of32Bits().migrate(policy, [entry])),
  expect: { full: noCompat, compiledOut: noCompat },
});

const pfKey = { kconfig: ['NET_KEY', 'NET_KEY_MIGRATE'] };

testCase('pf-key', {
  summary: 'SADB_X_MIGRATE moves the SA and the template, and is announced to xfrm listeners too.',
  requirements: ['M-PF-KEY'],
  needs: pfKey,
  run: (context) => ask(context, () => context.pfKeyMigrate(policy, [entry])),
  expect: { full: done },
});

testCase('pf-key-ipv6', {
  summary: 'SADB_X_MIGRATE can lead to the other family.',
  requirements: ['M-PF-KEY'],
  needs: pfKey,
  run: (context) => {
    context.xfrm.addSa(sa);
    context.xfrm.addPolicy(policy);
    return watchPolicies(context, { sa: { sa, to: hosts.b6 } }, () =>
      context.pfKeyMigrate(policy, [migrateEntry(sa, hosts.b6)]),
    );
  },
  expect: {
    full: moved({ sa: { ...hosts.b6, family: 'AF_INET6' } }, [shown(hosts.b6)]),
  },
});

testCase('pf-key-one-of-two-templates', {
  summary: 'SADB_X_MIGRATE leaves what it does not name.',
  requirements: ['M-PF-KEY'],
  needs: pfKey,
  run(context) {
    const other = context.xfrm.addSa(espSa({ spi: 0x1001, reqid: 2 }));
    context.xfrm.addSa(sa);
    const both = context.xfrm.addPolicy(policyFor([sa, other]));
    return watchPolicies(context, moves, () => context.pfKeyMigrate(both, [entry]));
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [outPolicy]: [shown(hosts.b), shown(hosts.a, { reqid: 2 })] },
    }),
  },
});

const refusals: readonly [
  name: string,
  errno: string,
  summary: string,
  (context: CaseContext) => Reply,
][] = [
  [
    'no-policy',
    'ENOENT',
    'A policy that is not there is refused.',
    (context) => context.pfKeyMigrate(policyFor([sa], { dir: 'in' }), [entry]),
  ],
  [
    'no-template',
    'ENODATA',
    'A request that matches no template is refused.',
    (context) => context.pfKeyMigrate(policy, [{ ...entry, reqid: 99 }]),
  ],
  [
    'null-address',
    'EINVAL',
    'An SA cannot move to the null address.',
    (context) => context.pfKeyMigrate(policy, [{ ...entry, new_daddr: '0.0.0.0' }]),
  ],
  [
    'duplicate',
    'EINVAL',
    'Two entries for the same SA are refused.',
    (context) => context.pfKeyMigrate(policy, [entry, entry]),
  ],
  [
    'seven-entries',
    'EINVAL',
    'More than XFRM_MAX_DEPTH (6) entries are refused.',
    (context) =>
      context.pfKeyMigrate(
        policy,
        [1, 2, 3, 4, 5, 6, 7].map((reqid) => ({ ...entry, reqid })),
      ),
  ],
  [
    'no-entries',
    'EINVAL',
    'A request without entries is refused.',
    (context) => context.pfKeyMigrate(policy, []),
  ],
  [
    'direction',
    'EINVAL',
    'A direction that does not exist is refused.',
    (context) => context.pfKeyMigrate({ ...policy, dir: 3 }, [entry]),
  ],
];

for (const [name, errno, summary, request] of refusals) {
  testCase(`pf-key-${name}`, {
    summary: `SADB_X_MIGRATE: ${summary}`,
    requirements: ['M-PF-KEY', 'M-PF-KEY-ERROR'],
    needs: pfKey,
    run: (context) => ask(context, () => request(context)),
    expect: { full: refused(error(errno, null)) },
  });
}

testCase('pf-key-taken', {
  summary: 'SADB_X_MIGRATE, too, moves all or nothing.',
  requirements: ['M-PF-KEY-ERROR', 'M-ALL-OR-NOTHING'],
  needs: pfKey,
  run(context) {
    context.xfrm.addSa({ ...sa, ...hosts.b, reqid: 9 });
    return ask(context, () => context.pfKeyMigrate(policy, [entry]));
  },
  expect: { full: refused(error('ENODATA', null)) },
});
