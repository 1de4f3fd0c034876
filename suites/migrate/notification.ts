import {
  absent,
  ahSa,
  type CaseContext,
  encapTemplate,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  ok,
  policyFor,
  selector,
  subnets,
  type UserMigrate,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { type Members, moved, notified, outPolicy, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
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

const header = { sel: { ...selector(subnets.v4) }, dir: 'out' };
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
