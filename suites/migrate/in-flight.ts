import {
  aesCbc,
  type CaseContext,
  error,
  espSa,
  hmacSha256,
  hosts,
  MissedMoment,
  migrateEntry,
  type Needs,
  ok,
  type Policy,
  policyFor,
  type Reply,
  type UserMigrate,
} from '../../src/case/index.ts';
import {
  atOnce,
  eachOnce,
  migrateReceiver,
  migrateSender,
  needs,
  numbered,
  takenOnce,
  type Way,
} from '../in-flight.ts';
import { migrateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateTopic('in-flight', 'An SA in use while it is migrated');
export default topic;

const other = espSa({
  ...{ spi: 0x2000, reqid: 2, ...hosts.c },
  ...{ crypt: aesCbc, auth: hmacSha256 },
});
const elsewhere = { src: '203.0.113.7', dst: '203.0.113.8' };

const alone: Way = {
  slow: 'aes-gcm',
  prepare:
    ({ xfrm, policy, sa }) =>
    () =>
      xfrm.migrate(policy, [migrateEntry(sa, hosts.b)]),
};

/** The SA in use goes first, and the kernel waits with the second one. */
const withAnother: Way = {
  slow: 'aes-cbc',
  prepare({ xfrm, policy, sa }) {
    const entries = [migrateEntry(sa, hosts.b), migrateEntry(xfrm.addSa(other), elsewhere)];
    return () => xfrm.migrate(policy, entries);
  },
};

const ways: Readonly<Record<string, Way>> = {
  '': alone,
  '-esn': { ...alone, parts: numbered['-esn'] },
  '-with-another': withAnother,
};

for (const [suffix, way] of Object.entries(ways)) {
  const also =
    way === withAnother ? ', also while the next entry of the request is migrated.' : '.';
  testCase(`outbound${suffix}`, {
    summary: `No sequence number is used by both the old SA and the new one${also}`,
    requirements: ['M-ONE-COPY', 'M-MOVE', 'M-EXPIRY'],
    needs,
    run: (context) => migrateSender(context, way),
    expect: { full: eachOnce, ...replyAlone },
  });

  testCase(`inbound${suffix}`, {
    summary: `What the old SA has taken until its end, the new one does not take again${also}`,
    requirements: ['M-ONE-COPY', 'M-KEEPS', 'M-EXPIRY'],
    needs,
    run: (context) => migrateReceiver(context, way),
    expect: { full: takenOnce, ...replyAlone },
  });
}

interface Door {
  readonly needs: Needs;
  readonly migrate: (context: CaseContext, of: Policy, entries: readonly UserMigrate[]) => Reply;
  readonly unlike: Partial<typeof replyAlone>;
}

/** By which door the first of two requests comes; the second is XFRM_MSG_MIGRATE. */
const doors: Readonly<Record<string, Door>> = {
  '': {
    needs,
    migrate: ({ xfrm }, policy, entries) => xfrm.migrate(policy, entries),
    unlike: replyAlone,
  },
  '-pf-key': {
    needs: { kconfig: [...needs.kconfig, 'NET_KEY', 'NET_KEY_MIGRATE'] },
    migrate: (context, policy, entries) => context.pfKeyMigrate(policy, entries),
    unlike: {},
  },
};

for (const [suffix, { needs, migrate, unlike }] of Object.entries(doors)) {
  testCase(`two-at-once${suffix}`, {
    summary: 'Two requests at once to migrate an SA, each to another place, do not make two of it.',
    requirements: ['M-ONE-COPY'],
    needs,
    run(context) {
      const { xfrm } = context;
      const sa = xfrm.addSa(espSa());
      const [one, two] = ['10.2.1.0', '10.2.2.0'].map((daddr) =>
        xfrm.addPolicy(policyFor([sa], { selector: { daddr, prefixlen_d: 24 } })),
      );
      const [reply] = atOnce(
        context,
        () => migrate(context, one!, [migrateEntry(sa, hosts.b)]),
        (other) => other.migrate(two!, [migrateEntry(sa, hosts.c)]),
      );
      return reply.errno === 'OK' ? { reply, sas: xfrm.dumpSas().length } : { reply };
    },
    expect: { full: { reply: ok(null), sas: 1 }, ...unlike },
  });
}

testCase('policy-ending', {
  summary:
    'A policy that comes to its end while it is migrated is gone, and its SA stays where it is.',
  requirements: ['M-POLICY-UNKNOWN', 'M-ALL-OR-NOTHING'],
  needs: { kconfig: [...needs.kconfig, 'XFRM_MIGRATE'] },
  run(context) {
    const { xfrm } = context;
    const sa = xfrm.addSa(espSa());
    const policy = policyFor([sa], { lifetime: { hard_add_expires_seconds: 1 } });
    context.forget('aes-gcm');
    const { result: reply, missed } = context.acrossASecond(
      () => xfrm.addPolicy(policy),
      () => xfrm.migrate(policy, [migrateEntry(sa, hosts.b)]),
    );
    if (missed) throw new MissedMoment('the policy did not end in the middle of a migration');
    const policies = xfrm.dumpPolicies().length;
    return { reply, policies, sas: xfrm.dumpSas().map(({ dst }) => dst) };
  },
  expect: { full: { reply: error('ENOENT'), policies: 0, sas: [hosts.a.dst] } },
});
