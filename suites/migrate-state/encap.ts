import { ahSa, compSa, espInUdp, espSa, hosts, noEncap } from '../../src/case/index.ts';
import { einval, migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('encap', 'UDP encapsulation on the migrated SA');
export default topic;

const encapsulated = espSa({ encap: espInUdp(4500, 4501, '192.0.2.77') });

testCase('kept', {
  summary: 'Without XFRMA_ENCAP the encapsulation of the SA is inherited.',
  requirements: ['MS-ENCAP-INHERIT', 'MS-INHERIT'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(encapsulated), hosts.b),
  expect: { full: migrated(hosts.b) },
});

testCase('none', {
  summary: 'Without XFRMA_ENCAP an SA without encapsulation stays without.',
  requirements: ['MS-ENCAP-INHERIT'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa()), hosts.b),
  expect: { full: migrated(hosts.b) },
});

testCase('removed', {
  summary: 'An XFRMA_ENCAP of type 0 removes the encapsulation: encapsulated to non-encapsulated.',
  requirements: ['MS-ENCAP-REMOVE'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(encapsulated), { ...hosts.b, encap: noEncap }),
  expect: { full: migrated({ ...hosts.b, encap: null }) },
});

testCase('removed-with-ports', {
  summary: 'The type alone says that the encapsulation goes; ports beside it mean nothing.',
  requirements: ['MS-ENCAP-REMOVE'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(encapsulated), {
      ...hosts.b,
      encap: { type: 'none', sport: 4500, dport: 4501 },
    }),
  expect: { full: migrated({ ...hosts.b, encap: null }) },
});

testCase('removed-where-none', {
  summary: 'Removing the encapsulation of an SA without one is no error.',
  requirements: ['MS-ENCAP-REMOVE'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa()), { ...hosts.b, encap: noEncap }),
  expect: { full: migrated(hosts.b) },
});

testCase('removed-in-place', {
  summary: 'The encapsulation can go while the addresses stay.',
  requirements: ['MS-ENCAP-REMOVE', 'MS-CHANGEABLE'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(encapsulated), { encap: noEncap }),
  expect: { full: migrated({ encap: null }) },
});

testCase('added', {
  summary: 'XFRMA_ENCAP encapsulates an SA that was not.',
  requirements: ['MS-ENCAP-SET'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(espSa()), {
      ...hosts.b,
      encap: espInUdp(4500, 4501, '192.0.2.77'),
    }),
  expect: {
    full: migrated({
      ...hosts.b,
      encap: { type: 'espinudp', sport: 4500, dport: 4501, oa: '192.0.2.77' },
    }),
  },
});

testCase('added-in-place', {
  summary: 'A NAT that appears on the path: encapsulation is added while the addresses stay.',
  requirements: ['MS-ENCAP-SET', 'MS-CHANGEABLE'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa()), { encap: espInUdp(4500, 4501) }),
  expect: {
    full: migrated({ encap: { type: 'espinudp', sport: 4500, dport: 4501, oa: '0.0.0.0' } }),
  },
});

testCase('added-ipv6', {
  summary: 'ESP in UDP is for IPv6 too.',
  requirements: ['MS-ENCAP-SET'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(espSa(hosts.a6)), { ...hosts.b6, encap: espInUdp(4500, 4501) }),
  expect: {
    full: migrated({
      ...hosts.b6,
      encap: { type: 'espinudp', sport: 4500, dport: 4501, oa: '0.0.0.0' },
    }),
  },
});

testCase('ports-changed', {
  summary: 'The NAT gave other ports: XFRMA_ENCAP replaces both.',
  requirements: ['MS-ENCAP-SET'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(encapsulated), { encap: espInUdp(1024, 65535, '192.0.2.77') }),
  expect: { full: migrated({ encap: { sport: 1024, dport: 65535 } }) },
});

testCase('one-port-changed', {
  summary: 'A change of one port alone counts.',
  requirements: ['MS-ENCAP-SET'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(encapsulated), {
      ...hosts.b,
      encap: espInUdp(4500, 4502, '192.0.2.77'),
    }),
  expect: { full: migrated({ ...hosts.b, encap: { dport: 4502 } }) },
});

testCase('original-address-changed', {
  summary: 'The original address is part of the template: it is replaced, not kept.',
  requirements: ['MS-ENCAP-SET'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(encapsulated), { ...hosts.b, encap: espInUdp(4500, 4501) }),
  expect: { full: migrated({ ...hosts.b, encap: { oa: '0.0.0.0' } }) },
});

const unsupported: readonly [string, number][] = [
  ['espinudp-nonike', 1],
  ['l2tpinudp', 3],
  ['gtp0', 4],
  ['gtp1u', 5],
  ['rxrpc', 6],
  ['espintcp', 7],
  ['type-8', 8],
  ['type-65535', 65535],
];

for (const [name, type] of unsupported) {
  testCase(`unsupported-${name}`, {
    summary: `Encapsulation type ${type} is refused: only UDP_ENCAP_ESPINUDP is supported.`,
    requirements: ['MS-ENCAP-TYPE', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) =>
      migrate({ xfrm }, xfrm.addSa(encapsulated), {
        ...hosts.b,
        encap: { type, sport: 4500, dport: 4501 },
      }),
    expect: { full: einval('Unsupported encapsulation type') },
  });
}

testCase('on-ah', {
  summary: 'AH cannot be encapsulated: XFRMA_ENCAP on it is refused.',
  requirements: ['MS-ENCAP-PROTOCOL', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(ahSa()), { ...hosts.b, encap: espInUdp() }),
  expect: { full: einval('AH is not compatible with encapsulation') },
});

testCase('on-ipcomp', {
  summary: 'IPComp cannot be encapsulated: XFRMA_ENCAP on it is refused.',
  requirements: ['MS-ENCAP-PROTOCOL', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) =>
    migrate({ xfrm }, xfrm.addSa(compSa({ mode: 'transport' })), {
      ...hosts.b,
      encap: espInUdp(),
    }),
  expect: { full: einval('IPComp is not compatible with encapsulation') },
});

testCase('removed-on-ah', {
  summary: 'An AH SA has no encapsulation; removing it changes nothing else.',
  requirements: ['MS-ENCAP-REMOVE'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(ahSa()), { ...hosts.b, encap: noEncap }),
  expect: { full: migrated(hosts.b) },
});

testCase('tcp-kept', {
  summary: 'ESP in TCP is inherited like any other encapsulation, though it cannot be asked for.',
  requirements: ['MS-ENCAP-INHERIT', 'MS-INHERIT'],
  needs: { kconfig: ['INET_ESPINTCP'] },
  run: ({ xfrm }) => {
    const sa = xfrm.addSa(espSa({ encap: { type: 'espintcp', sport: 4500, dport: 4501 } }));
    return migrate({ xfrm }, sa, hosts.b);
  },
  expect: { full: migrated(hosts.b) },
});

testCase('tcp-removed', {
  summary: 'ESP in TCP can be removed.',
  requirements: ['MS-ENCAP-REMOVE'],
  needs: { kconfig: ['INET_ESPINTCP'] },
  run: ({ xfrm }) => {
    const sa = xfrm.addSa(espSa({ encap: { type: 'espintcp', sport: 4500, dport: 4501 } }));
    return migrate({ xfrm }, sa, { ...hosts.b, encap: noEncap });
  },
  expect: { full: migrated({ ...hosts.b, encap: null }) },
});
