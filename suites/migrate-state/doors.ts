import { type CaseContext, error, espSa, hosts, ok, type Reply } from '../../src/case/index.ts';
import { mixedSockets, userNamespaces } from '../mixed-sockets.ts';
import { sameJson } from './compare.ts';
import { migrated, refused } from './expect.ts';
import { watch } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('doors', 'Who asks, and from where');
export default topic;

const sa = espSa();
const moved = { ...sa, ...hosts.b };
const notPermitted = refused(error('EPERM', null));
/** Privileges are asked for before anything else, but for the type of the message. */
const nowhere = { full: notPermitted, compiledOut: notPermitted };

function ask({ xfrm }: Pick<CaseContext, 'xfrm'>, request: () => Reply) {
  xfrm.addSa(sa);
  return watch({ xfrm }, { was: sa, becomes: moved }, request);
}

const mixed: typeof mixedSockets = [
  ...mixedSockets,
  [
    'socket-passed-to-user-namespace',
    'agent',
    'root-of-user-namespace',
    'A socket that is passed into a user namespace does not take the privileges along.',
    userNamespaces,
  ],
  [
    'socket-passed-out-of-user-namespace',
    'root-of-user-namespace',
    'agent',
    'A socket that comes out of a user namespace does not gain the privileges of who sends.',
    userNamespaces,
  ],
];

for (const [name, opener, sender, summary, needs] of mixed) {
  testCase(name, {
    summary,
    requirements: ['MS-CAPABILITY', 'MS-CAPABILITY-BOTH', 'MS-ERROR-INTACT'],
    ...(needs && { needs }),
    run: (context) => ask(context, () => context.between(opener, sender).migrateState(sa, hosts.b)),
    expect: nowhere,
  });
}

testCase('inside-user-namespace', {
  summary: 'CAP_NET_ADMIN in the user namespace that owns the network namespace is enough.',
  requirements: ['MS-CAPABILITY-NETNS'],
  needs: userNamespaces,
  run(context) {
    const place = context.addUserNamespace();
    const root = place.between('root-of-user-namespace', 'root-of-user-namespace');
    return ask(place, () => root.migrateState(sa, hosts.b));
  },
  expect: { full: migrated(hosts.b) },
});

testCase('inside-user-namespace-without-capability', {
  summary: 'In a user namespace, too, the capability is asked for.',
  requirements: ['MS-CAPABILITY', 'MS-ERROR-INTACT'],
  needs: userNamespaces,
  run(context) {
    const place = context.addUserNamespace();
    const nobody = place.between('nobody-of-user-namespace', 'nobody-of-user-namespace');
    return ask(place, () => nobody.migrateState(sa, hosts.b));
  },
  expect: nowhere,
});

testCase('inside-user-namespace-socket-of-root', {
  summary: 'In a user namespace, too, both who opened the socket and who sends need it.',
  requirements: ['MS-CAPABILITY-BOTH', 'MS-ERROR-INTACT'],
  needs: userNamespaces,
  run(context) {
    const place = context.addUserNamespace();
    const passed = place.between('root-of-user-namespace', 'nobody-of-user-namespace');
    return ask(place, () => passed.migrateState(sa, hosts.b));
  },
  expect: nowhere,
});

testCase('from-user-namespace-outwards', {
  summary: 'Root of a user namespace migrates nothing in the network namespace it came from.',
  requirements: ['MS-CAPABILITY-NETNS', 'MS-ERROR-INTACT'],
  needs: userNamespaces,
  run(context) {
    const place = context.addUserNamespace();
    place.xfrm.addSa(sa);
    const outward = place.betweenInMain('agent', 'root-of-user-namespace');
    const seen = ask(context, () => outward.migrateState(sa, hosts.b));
    return { ...seen, inside: place.xfrm.dumpSas().map(({ dst }) => dst) };
  },
  expect: {
    full: { ...notPermitted, inside: [hosts.a.dst] },
    compiledOut: { ...notPermitted, inside: [hosts.a.dst] },
    predates: { ...refused(unsupported.predates), inside: [hosts.a.dst] },
  },
});

testCase('socket-of-another-namespace', {
  summary: 'The request is about the network namespace of the socket, wherever the sender is.',
  requirements: ['MS-SOCKET-NETNS'],
  run(context) {
    const { xfrm: there } = context.addPeer();
    there.addSa(sa);
    context.xfrm.addSa(sa);
    const elsewhere = watch({ xfrm: there }, { was: sa, becomes: moved }, () =>
      there.migrateState(sa, hosts.b),
    );
    const here = context.xfrm.dumpSas().map(({ dst }) => dst);
    return { ...elsewhere, here, heardHere: context.xfrm.notifications('XFRMNLGRP_MIGRATE') };
  },
  expect: {
    full: { ...migrated(hosts.b), here: [hosts.a.dst], heardHere: [] },
  },
});

const compat = ['IA32_EMULATION', '!IA32_EMULATION_DEFAULT_DISABLED'];

testCase('32-bit-process', {
  summary: 'A 32-bit process is served as any other: the message has the same layout for it.',
  requirements: ['MS-COMPAT'],
  needs: { kconfig: [...compat, 'XFRM_USER_COMPAT'] },
  run: (context) => ask(context, () => context.of32Bits().migrateState(sa, hosts.b)),
  expect: { full: migrated(hosts.b) },
});

testCase('32-bit-listener', {
  summary: 'A 32-bit process hears what any other hears: the message has the same layout for it.',
  requirements: ['MS-COMPAT', 'MS-NOTIFY'],
  needs: { kconfig: [...compat, 'XFRM_USER_COMPAT'] },
  run(context) {
    const [listener, listener32] = [context.addListener(), context.addListenerOf32Bits()];
    const seen = ask(context, () => context.xfrm.migrateState(sa, hosts.b));
    return { ...seen, sameHeard: sameJson(listener32.read(), listener.read().messages) };
  },
  expect: { full: { ...migrated(hosts.b), sameHeard: true } },
});

testCase('32-bit-process-attributes', {
  summary: 'The attributes of a 32-bit process are read as those of any other.',
  requirements: ['MS-COMPAT'],
  needs: { kconfig: [...compat, 'XFRM_USER_COMPAT'] },
  run: (context) =>
    ask(context, () =>
      context.of32Bits().migrateState(sa, {
        ...hosts.b,
        ...{
          reqid: 77,
          outputMark: { v: 3, m: 0xff },
          encap: { type: 'espinudp', sport: 1, dport: 2 },
        },
      }),
    ),
  expect: {
    full: migrated({
      ...hosts.b,
      ...{ reqid: 77, outputMark: { v: 3, m: 0xff } },
      encap: { type: 'espinudp', sport: 1, dport: 2, oa: '0.0.0.0' },
    }),
  },
});

const noCompat = refused(error('EOPNOTSUPP', null));

testCase('32-bit-process-refused', {
  summary: 'Without the translator a 32-bit process is told so, and nothing is done.',
  requirements: ['MS-COMPAT', 'MS-ERROR-INTACT'],
  needs: { kconfig: [...compat, '!XFRM_USER_COMPAT'] },
  run: (context) => ask(context, () => context.of32Bits().migrateState(sa, hosts.b)),
  expect: { full: noCompat, compiledOut: noCompat },
});

testCase('32-bit-process-not-a-request', {
  summary: 'What is no request is acknowledged for a 32-bit process, too.',
  requirements: ['MS-ACK'],
  needs: { kconfig: compat },
  run: (context) =>
    ask(context, () =>
      context.of32Bits().send({ type: 0x29, header: new Uint8Array(132), allFlags: 4 }),
    ),
  expect: {
    full: refused(ok(null)),
    compiledOut: refused(ok(null)),
    predates: refused(ok(null)),
  },
});
