import {
  absent,
  ahSa,
  type CaseContext,
  encapTemplate,
  error,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  ok,
  oneOf,
  policyFor,
  selector,
  subnets,
  type UserMigrate,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { type Members, moved, notified, outPolicy, refused, shown } from './expect.ts';
import { migratePolicy, type PolicyMigration, watchPolicies } from './migration.ts';
import { migrateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateTopic('notification', 'What listeners hear of a migration');
export default topic;

const sa = espSa();
const entry = migrateEntry(sa, hosts.b);

function move(context: CaseContext, attributes: XfrmAttributeSet = {}) {
  context.xfrm.addSa(sa);
  const policy = context.xfrm.addPolicy(policyFor([sa]));
  const moves = { sa: { sa, to: hosts.b } };
  return migratePolicy(context, policy, [entry], moves, { attributes });
}

const header = { sel: { ...selector(subnets.v4) }, index: 0, dir: 'out' };
/** An entry as the notification carries it: without the reserved field's garbage, all else as sent. */
const shownEntry = (sent: UserMigrate): Members => ({ ...sent });

testCase('content', {
  summary: 'The notification names the policy, its type, and each entry as it was asked.',
  requirements: ['M-NOTIFY', 'M-NOTIFY-ENTRIES', 'M-NOTIFY-TYPE'],
  run: (context) => move(context),
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      heard: [
        {
          ...notified,
          header,
          attributes: {
            XFRMA_POLICY_TYPE: { type: 0, reserved1: 0, reserved2: 0 },
            XFRMA_MIGRATE: [shownEntry(entry)],
            XFRMA_ENCAP: absent(),
            XFRMA_KMADDRESS: absent(),
          },
          carries: ['XFRMA_MIGRATE', 'XFRMA_POLICY_TYPE'],
        },
      ],
    }),
  },
});

testCase('two-entries', {
  summary: 'Each entry of the request is in the notification, in its order.',
  requirements: ['M-NOTIFY-ENTRIES'],
  run(context) {
    context.xfrm.addSa(sa);
    const ah = context.xfrm.addSa(ahSa({ mode: 'tunnel', spi: 0x2000, reqid: 2 }));
    const policy = context.xfrm.addPolicy(policyFor([sa, ah]));
    return migratePolicy(context, policy, [entry, migrateEntry(ah, hosts.c)], {
      sa: { sa, to: hosts.b },
      ah: { sa: ah, to: hosts.c },
    });
  },
  expect: {
    full: moved(
      { sa: hosts.b, ah: hosts.c },
      [shown(hosts.b), shown(hosts.c, { proto: 'ah', reqid: 2 })],
      {
        heard: [
          {
            ...notified,
            attributes: {
              XFRMA_MIGRATE: [
                shownEntry(entry),
                shownEntry(migrateEntry(ahSa({ mode: 'tunnel', reqid: 2 }), hosts.c)),
              ],
            },
          },
        ],
      },
    ),
  },
});

const kmAddress = {
  local: '203.0.113.7',
  remote: '203.0.113.8',
  reserved: 0,
  family: 'AF_INET',
} as const;

const kmAddress6 = {
  ...{ local: '2001:db8::7', remote: '2001:db8::8', reserved: 0, family: 'AF_INET6' },
} as const;

const withOriginal = espInUdp(4500, 4501, '192.0.2.77');

/** An entry of an SA and a template that are not there. */
const stranger = migrateEntry(espSa({ ...hosts.c, reqid: 99 }), hosts.b);

testCase('km-address', {
  summary: 'XFRMA_KMADDRESS, the addresses that IKE is to use, is passed on.',
  requirements: ['M-NOTIFY-KMADDRESS'],
  run: (context) => move(context, { XFRMA_KMADDRESS: kmAddress }),
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      heard: [{ ...notified, attributes: { XFRMA_KMADDRESS: { ...kmAddress } } }],
    }),
  },
});

testCase('encap', {
  summary: 'The encapsulation that was asked for is in the notification.',
  requirements: ['M-NOTIFY-ENCAP'],
  run: (context) => move(context, { XFRMA_ENCAP: encapTemplate(espInUdp(4500, 4501)) }),
  expect: {
    full: moved(
      {
        sa: { ...hosts.b, encap: { type: 'espinudp', sport: 4500, dport: 4501, oa: '0.0.0.0' } },
      },
      [shown(hosts.b)],
      {
        heard: [
          {
            ...notified,
            attributes: { XFRMA_ENCAP: { ...encapTemplate(espInUdp(4500, 4501)) } },
          },
        ],
      },
    ),
  },
});

testCase('sub-policy', {
  summary: 'The type of a sub policy is in the notification.',
  requirements: ['M-NOTIFY-TYPE'],
  needs: { kconfig: ['XFRM_SUB_POLICY'] },
  run(context) {
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa], { type: 1 }));
    return migratePolicy(context, policy, [entry], { sa: { sa, to: hosts.b } });
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: { [`${outPolicy} type 1`]: [shown(hosts.b)] },
      heard: [{ ...notified, attributes: { XFRMA_POLICY_TYPE: { type: 1 } } }],
    }),
  },
});

testCase('nobody-listens', {
  summary: 'Without a listener the migration succeeds.',
  requirements: ['M-NOTIFY'],
  run(context) {
    context.stopListening();
    return move(context);
  },
  expect: {
    full: { ...moved({ sa: hosts.b }, [shown(hosts.b)]), reply: ok(), heard: [] },
    compiledOut: { reply: unsupported, databases: 'unchanged', heard: [] },
  },
});

for (const [name, dir] of [
  ['in', 'in'],
  ['fwd', 'fwd'],
] as const) {
  testCase(`direction-${name}`, {
    summary: 'The notification has the direction that was asked for.',
    requirements: ['M-NOTIFY'],
    run(context) {
      context.xfrm.addSa(sa);
      const policy = context.xfrm.addPolicy(policyFor([sa], { dir }));
      return migratePolicy(context, policy, [entry], { sa: { sa, to: hosts.b } });
    },
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [`${dir}${outPolicy.slice(3)}`]: [shown(hosts.b)] },
        heard: [{ ...notified, header: { ...header, dir } }],
      }),
    },
  });
}

testCase('ipv6', {
  summary: 'Selector and entries are those of the request in IPv6 too, each with its family.',
  requirements: ['M-NOTIFY', 'M-NOTIFY-ENTRIES'],
  run(context) {
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa], { selector: subnets.v6 }));
    const moves = { sa: { sa, to: hosts.b6 } };
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.b6)], moves);
  },
  expect: {
    full: moved({ sa: { ...hosts.b6, family: 'AF_INET6' } }, 'unchanged', {
      policies: { 'out 2001:db8:1::/48 > 2001:db8:2::/48': [shown(hosts.b6)] },
      heard: [
        {
          ...notified,
          header: { ...header, sel: { ...selector(subnets.v6) } },
          attributes: { XFRMA_MIGRATE: [shownEntry(migrateEntry(sa, hosts.b6))] },
        },
      ],
    }),
  },
});

testCase('reserved-not-echoed', {
  summary: 'The reserved field of an entry is zero in the notification.',
  requirements: ['M-NOTIFY-ENTRIES'],
  run(context) {
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const moves = { sa: { sa, to: hosts.b } };
    return migratePolicy(context, policy, [{ ...entry, reserved: 0x1234 }], moves);
  },
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      heard: [{ ...notified, attributes: { XFRMA_MIGRATE: [shownEntry(entry)] } }],
    }),
  },
});

testCase('km-address-ipv6', {
  summary: 'XFRMA_KMADDRESS in IPv6 is passed on.',
  requirements: ['M-NOTIFY-KMADDRESS'],
  run: (context) => move(context, { XFRMA_KMADDRESS: kmAddress6 }),
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      heard: [{ ...notified, attributes: { XFRMA_KMADDRESS: { ...kmAddress6 } } }],
    }),
  },
});

testCase('encap-original-address', {
  summary: 'The encapsulation that was asked for is in the notification with its original address.',
  requirements: ['M-NOTIFY-ENCAP'],
  run: (context) => move(context, { XFRMA_ENCAP: encapTemplate(withOriginal) }),
  expect: {
    full: moved({ sa: { ...hosts.b, encap: { ...withOriginal } } }, [shown(hosts.b)], {
      heard: [{ ...notified, attributes: { XFRMA_ENCAP: { ...encapTemplate(withOriginal) } } }],
    }),
  },
});

testCase('entries-ipv6', {
  summary: 'The addresses of IPv6, old and new, are in the notification in full.',
  requirements: ['M-NOTIFY-ENTRIES'],
  run(context) {
    const sa6 = context.xfrm.addSa(espSa(hosts.a6));
    const policy = context.xfrm.addPolicy(policyFor([sa6]));
    const entries = [migrateEntry(sa6, hosts.b6)];
    return migratePolicy(context, policy, entries, { sa: { sa: sa6, to: hosts.b6 } });
  },
  expect: {
    full: moved({ sa: hosts.b6 }, [shown(hosts.b6)], {
      heard: [
        {
          ...notified,
          attributes: {
            XFRMA_MIGRATE: [shownEntry(migrateEntry(espSa(hosts.a6), hosts.b6))],
          },
        },
      ],
    }),
  },
});

testCase('km-address-odd-family', {
  summary:
    'An XFRMA_KMADDRESS of a family that only its low byte makes AF_INET is passed on as it is, or refused.',
  requirements: ['M-NOTIFY-KMADDRESS'],
  run: (context) => move(context, { XFRMA_KMADDRESS: { ...kmAddress, family: 0x102 } }),
  expect: {
    full: oneOf(
      moved({ sa: hosts.b }, [shown(hosts.b)], {
        heard: [{ ...notified, attributes: { XFRMA_KMADDRESS: { family: 0x102 } } }],
      }),
      refused(oneOf(error('EINVAL'), error('EAFNOSUPPORT'))),
    ),
  },
});

testCase('of-what-was-not-there', {
  summary: 'Entries that matched nothing are announced with those that did.',
  requirements: ['M-NOTIFY-ENTRIES'],
  run(context) {
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const entries = [stranger, entry];
    return migratePolicy(context, policy, entries, { sa: { sa, to: hosts.b } });
  },
  expect: {
    full: moved({ sa: hosts.b }, [shown(hosts.b)], {
      heard: [
        { ...notified, attributes: { XFRMA_MIGRATE: [shownEntry(stranger), shownEntry(entry)] } },
      ],
    }),
  },
});

testCase('encap-of-the-old-not-told', {
  summary: 'Encapsulation that was not asked for is not in the notification.',
  requirements: ['M-NOTIFY-ENCAP'],
  run(context) {
    const encapsulated = context.xfrm.addSa(espSa({ encap: espInUdp() }));
    const policy = context.xfrm.addPolicy(policyFor([encapsulated]));
    return migratePolicy(context, policy, [entry], {});
  },
  expect: {
    full: moved({}, [shown(hosts.b)], {
      others: {},
      heard: [{ ...notified, carries: ['XFRMA_MIGRATE', 'XFRMA_POLICY_TYPE'] }],
    }),
  },
});

testCase('other-namespace', {
  summary: 'Listeners in another network namespace hear nothing.',
  requirements: ['M-NOTIFY-NETNS'],
  run(context) {
    const peer = context.addPeer();
    const seen = move(context);
    return { ...seen, heardThere: peer.xfrm.notifications().length };
  },
  expect: {
    full: { ...moved({ sa: hosts.b }, [shown(hosts.b)]), heardThere: 0 },
    compiledOut: { reply: unsupported, databases: 'unchanged', heardThere: 0 },
  },
});

testCase('of-the-peer', {
  summary: 'A migration in another namespace is heard there, and moves nothing here.',
  requirements: ['M-NOTIFY-NETNS'],
  run(context) {
    const peer = context.addPeer();
    context.xfrm.addSa(sa);
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    peer.xfrm.addSa(sa);
    peer.xfrm.addPolicy(policy);
    let there: PolicyMigration | undefined;
    const here = watchPolicies(context, { sa: { sa, to: hosts.b } }, () => {
      there = migratePolicy(peer, policy, [entry], { sa: { sa, to: hosts.b } });
      return there.reply;
    });
    return { ...there, here };
  },
  expect: {
    full: {
      ...moved({ sa: hosts.b }, [shown(hosts.b)]),
      here: { databases: 'unchanged', heard: [] },
    },
  },
});

interface Size {
  count: number;
  attributes: XfrmAttributeSet;
}

const everything: XfrmAttributeSet = {
  XFRMA_KMADDRESS: kmAddress,
  XFRMA_ENCAP: encapTemplate(espInUdp()),
};
const { XFRMA_KMADDRESS: _, ...encapAlone } = everything;
const { XFRMA_ENCAP: __, ...kmAddressAlone } = everything;

/** Announcements of a policy without SAs, of each of these sizes. */
function announce({ xfrm }: CaseContext, sizes: readonly Size[]) {
  const policy = xfrm.addPolicy(policyFor([sa]));
  xfrm.skipNotifications();
  const replies = sizes.map(({ count, attributes }) => {
    const others = Array.from({ length: count - 1 }, (_, i) => ({ ...stranger, reqid: 200 + i }));
    return xfrm.migrate(policy, [migrateEntry(sa, hosts.a), ...others], { attributes });
  });
  const heard = xfrm.notifications().map(({ attributes }) => ({
    carries: Object.keys(attributes).sort(),
    entries: Array.isArray(attributes.XFRMA_MIGRATE) ? attributes.XFRMA_MIGRATE.length : 0,
  }));
  return { replies, heard };
}

function announced(sizes: readonly Size[]) {
  return {
    full: {
      replies: sizes.map(() => ok(null)),
      heard: sizes.map(({ count, attributes }) => ({
        carries: [...Object.keys(attributes), 'XFRMA_MIGRATE', 'XFRMA_POLICY_TYPE'].sort(),
        entries: count,
      })),
    },
    compiledOut: { replies: sizes.map(() => unsupported), heard: [] },
    predates: { replies: sizes.map(() => error('EINVAL', null)), heard: [] },
  };
}

const twoWithEverything: Size = { count: 2, attributes: everything };
const otherSizes: readonly Size[] = [1, 2, 3, 4, 5, 6]
  .flatMap((count) =>
    [{}, kmAddressAlone, encapAlone, everything].map((attributes) => ({ count, attributes })),
  )
  .filter(({ count, attributes }) => count !== 2 || attributes !== everything);

testCase('other-sizes', {
  summary: 'Any number of entries is announced, with and without what may be beside them.',
  requirements: ['M-NOTIFY-ENTRIES', 'M-NOTIFY-KMADDRESS', 'M-NOTIFY-ENCAP'],
  run: (context) => announce(context, otherSizes),
  expect: announced(otherSizes),
});

// The last case of all: kernels that do not survive it need not be booted again.
testCase('two-with-everything', {
  summary: 'Two entries, KM address and encapsulation are announced.',
  requirements: ['M-NOTIFY-ENTRIES', 'M-NOTIFY-KMADDRESS', 'M-NOTIFY-ENCAP'],
  run: (context) => announce(context, [twoWithEverything]),
  expect: announced([twoWithEverything]),
});
