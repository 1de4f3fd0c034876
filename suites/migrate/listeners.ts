import {
  type CaseContext,
  encodeAttributes,
  error,
  espSa,
  hosts,
  migrateEntry,
  migrateRequest,
  ok,
  policyFor,
  type Reply,
} from '../../src/case/index.ts';
import { moved, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic(
  'listeners',
  'Several listeners, and those that do not keep up',
);
export default topic;

const sa = espSa();

testCase('all-hear-the-same', {
  summary: 'Every listener of the group hears the same message.',
  requirements: ['M-NOTIFY'],
  run(context) {
    const listeners = [1, 2, 3].map(() => context.addListener());
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const moves = { sa: { sa, to: hosts.b } };
    const seen = migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves);
    const heard = listeners.map((listener) => listener.read().messages);
    return {
      ...seen,
      counts: heard.map(({ length }) => length),
      same: heard.every((messages) => `${messages}` === `${heard[0]}`),
      header: netlinkHeader(heard[0]?.[0]),
    };
  },
  expect: {
    full: {
      ...moved({ sa: hosts.b }, [shown(hosts.b)]),
      counts: [1, 1, 1],
      same: true,
      // No NLM_F_MULTI, which would promise more to come; from the kernel, not in answer to anybody.
      header: { flags: '0000', sequence: '00000000', portid: '00000000' },
    },
  },
});

/** Of `struct nlmsghdr`, as hex; null when there was no message. */
function netlinkHeader(message: string | undefined) {
  if (message === undefined) return null;
  return {
    flags: message.slice(12, 16),
    sequence: message.slice(16, 24),
    portid: message.slice(24, 32),
  };
}

/** What is no member of `struct xfrm_userpolicy_id` or `struct xfrm_user_kmaddress`, as hex. */
function padding(message: string | undefined) {
  if (message === undefined) return null;
  const [headerEnd, kmAddress] = [2 * (16 + 64), '2c001300'];
  const at = message.indexOf(kmAddress, headerEnd);
  return {
    header: message.slice(headerEnd - 6, headerEnd),
    kmAddress: at < 0 ? null : message.slice(at + 2 * 42, at + 2 * 44),
  };
}

testCase('nothing-of-the-kernel', {
  summary: 'Bytes that are no member of a struct are zero: no memory of the kernel is told.',
  requirements: ['M-NOTIFY'],
  run(context) {
    const listener = context.addListener();
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const moves = { sa: { sa, to: hosts.b } };
    const addresses = { local: '203.0.113.7', remote: '203.0.113.8' };
    const attributes = {
      XFRMA_KMADDRESS: { ...addresses, reserved: 0, family: 'AF_INET' as const },
    };
    const entries = [migrateEntry(sa, hosts.b)];
    const seen = migratePolicy(context, policy, entries, moves, { attributes });
    return { ...seen, padding: padding(listener.read().messages[0]) };
  },
  expect: {
    full: {
      ...moved({ sa: hosts.b }, [shown(hosts.b)]),
      padding: { header: '000000', kmAddress: '0000' },
    },
  },
});

for (const [name, named] of [
  ['requester-listens', false],
  ['requester-listens-named', true],
] as const) {
  testCase(name, {
    summary:
      'Who asks and listens hears the message before the acknowledgement, like anybody else.',
    requirements: ['M-NOTIFY'],
    // Until 7.0.10 the message goes to another namespace, see M-DEV-NOTIFY-OTHER-NETNS.
    needs: { minVersion: '7.1' },
    run(context) {
      context.xfrm.addSa(sa);
      const policy = context.xfrm.addPolicy(policyFor([sa]));
      const asking = context.addListener();
      // Libraries name the sender in nlmsg_pid.
      const portid = named ? asking.portid : 0;
      const entries = encodeAttributes({ XFRMA_MIGRATE: [migrateEntry(sa, hosts.b)] });
      const reply = asking.xfrm.send({ ...migrateRequest(policy, entries), portid });
      return { reply, order: asking.order() };
    },
    expect: {
      full: { reply: ok(null), order: ['XFRM_MSG_MIGRATE', 'ACK'] },
      compiledOut: { reply: unsupported, order: ['error'] },
      predates: { reply: error('EINVAL', null), order: ['error'] },
    },
  });
}

/** Migrates to and fro more often than the least receive buffer has room for messages. */
function overflow({ xfrm, addListener }: Pick<CaseContext, 'xfrm' | 'addListener'>): Reply[] {
  xfrm.addSa(sa);
  xfrm.addPolicy(policyFor([sa]));
  addListener(1);
  const there = { ...sa, ...hosts.b };
  return Array.from({ length: 12 }, (_, i) =>
    i % 2 === 0
      ? xfrm.migrate(policyFor([sa]), [migrateEntry(sa, hosts.b)])
      : xfrm.migrate(policyFor([there]), [migrateEntry(there, hosts.a)]),
  );
}

for (const [name, alone] of [
  ['slow-beside-fast', false],
  ['slow-alone', true],
] as const) {
  testCase(name, {
    summary: 'That a listener does not keep up is no concern of who asks.',
    requirements: ['M-NOTIFY', 'M-MOVE'],
    run(context) {
      if (alone) context.stopListening();
      const replies = overflow({
        xfrm: context.xfrm,
        addListener: (receiveBuffer) => context.addListener(receiveBuffer),
      });
      return { replies, sas: context.xfrm.dumpSas() };
    },
    expect: {
      full: { replies: Array(12).fill(ok(null)), sas: [hosts.a] },
      compiledOut: { replies: Array(12).fill(unsupported), sas: [hosts.a] },
    },
  });
}

testCase('nobody-listens', {
  summary: 'Without a listener the migration succeeds.',
  requirements: ['M-NOTIFY', 'M-MOVE'],
  run(context) {
    context.stopListening();
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const moves = { sa: { sa, to: hosts.b } };
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves);
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)], { heard: [] }) },
});
