import {
  ahSa,
  type CaseContext,
  error,
  espSa,
  hosts,
  ok,
  type Reply,
  type Sa,
  type SaView,
  type StateChange,
} from '../../src/case/index.ts';
import { sameJson } from './compare.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic(
  'orders',
  'Which SA is hit, in whatever order they came',
);
export default topic;

const marked = (v: number, m: number) => espSa({ mark: { v, m } });
/** Its addresses begin with the bytes of hosts.b, and it is in the same bucket of the kernel's hash. */
const sameBytes6 = { src: 'c633:6401::', dst: 'c633:6402::' };

/** SAs that have all but one part of their identity in common; the first is the one that is named. */
const neighbours: Readonly<Record<string, readonly [summary: string, sas: readonly Sa[]]>> = {
  marks: [
    'Of SAs that differ in their marks the one with the mark that is named is migrated.',
    [marked(5, 0xff), marked(6, 0xff), marked(0x500, 0xff00)],
  ],
  masks: [
    'Of SAs whose masks let other bits through the one that the mark fits is migrated.',
    [marked(0x15, 0xff), marked(0x25, 0xff), marked(0x35, 0xf5)],
  ],
  protocols: [
    'ESP and AH with one SPI are two SAs.',
    [espSa(), ahSa({ mode: 'tunnel' }), espSa({ spi: 0x1001 })],
  ],
  families: [
    'Addresses of another family that begin with the same bytes are other addresses.',
    [espSa(hosts.b), espSa(sameBytes6), espSa(hosts.a6)],
  ],
  'families-ipv6': [
    'Addresses of another family that have the first bytes are other addresses.',
    [espSa(sameBytes6), espSa(hosts.b), espSa({ ...sameBytes6, dst: 'c633:6402::1' })],
  ],
  destinations: [
    'The destination is a part of the identity and the source is none.',
    [espSa(), espSa({ dst: '192.0.2.3' }), espSa({ src: '192.0.2.9', dst: '192.0.2.4' })],
  ],
};

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]),
  );
}

interface Hit {
  reply: Reply;
  /** Places in the order of `sas` of the SAs that are not what they were, for each order of coming. */
  hit: readonly (readonly number[])[];
}

/** Each order with SPIs of its own, all in one namespace. */
function migrateInEachOrder({ xfrm }: CaseContext, sas: readonly Sa[], change: StateChange): Hit {
  const orders = permutations(sas.map((_, i) => i)).map((order, n) =>
    order.map((i) => ({ i, sa: { ...sas[i]!, spi: sas[i]!.spi + n * 0x100 } })),
  );
  for (const order of orders) for (const { sa } of order) xfrm.addSa(sa);
  const before = xfrm.dumpSas();
  const replies = orders.map((order) => {
    const { sa } = order.find(({ i }) => i === 0)!;
    return xfrm.migrateState(sa, change);
  });
  const after = xfrm.dumpSas();
  const isLeft = (sa: Sa) => {
    const [was, is] = [before, after].map((dump) => dump.find((view) => isOf(view, sa)));
    return was !== undefined && sameJson(was, is);
  };
  return {
    reply: replies.find(({ errno }) => errno !== 'OK') ?? replies[0]!,
    hit: orders.map((order) =>
      order
        .filter(({ sa }) => !isLeft(sa))
        .map(({ i }) => i)
        .sort(),
    ),
  };
}

function isOf(view: SaView, { spi, proto, dst, mark }: Sa): boolean {
  const sameMark = (view.mark?.v ?? 0) === (mark ? mark.v & mark.m : 0);
  return view.spi === spi && view.proto === proto && view.dst === dst && sameMark;
}

const never = Array(6).fill([]);

for (const [name, [summary, sas]] of Object.entries(neighbours)) {
  const to = sas[0]!.dst.includes(':') ? hosts.b6 : hosts.c;
  testCase(`${name}-moved`, {
    summary,
    requirements: ['MS-ONE-SA', 'MS-LOOKUP', 'MS-LOOKUP-MARK', 'MS-OLD-GONE'],
    run: (context) => migrateInEachOrder(context, sas, to),
    expect: {
      full: { reply: ok(null), hit: Array(6).fill([0]) },
      compiledOut: { reply: unsupported.compiledOut, hit: never },
      predates: { reply: unsupported.predates, hit: never },
    },
  });

  testCase(`${name}-in-place`, {
    summary,
    requirements: ['MS-ONE-SA', 'MS-LOOKUP', 'MS-LOOKUP-MARK'],
    run: (context) => migrateInEachOrder(context, sas, { reqid: 0x777 }),
    expect: {
      full: { reply: ok(null), hit: Array(6).fill([0]) },
      compiledOut: { reply: unsupported.compiledOut, hit: never },
      predates: { reply: unsupported.predates, hit: never },
    },
  });
}

/** SAs that an SA in the way may be: installed after the one that is to move. */
const inTheWay: readonly [name: string, other: Sa, sa: Sa, StateChange][] = [
  ['daddr', espSa(hosts.b), espSa(), hosts.b],
  ['ipv6', espSa(hosts.b6), espSa(hosts.a6), hosts.b6],
  ['family', espSa(hosts.b6), espSa(), { ...hosts.b6, family: 'AF_INET6' }],
  ['saddr', espSa({ ...hosts.b, src: hosts.c.src }), espSa(), hosts.b],
  ['mark', espSa({ ...hosts.b, mark: { v: 5, m: 0xff } }), marked(5, 0xff), hosts.b],
  ['unmarked', espSa(hosts.b), marked(5, 0xff), hosts.b],
  ['direction', espSa({ ...hosts.b, dir: 'in' }), espSa({ dir: 'out' }), hosts.b],
  ['if-id', espSa({ ...hosts.b, ifId: 7 }), espSa({ ifId: 8 }), hosts.b],
  ['per-cpu', espSa({ ...hosts.b, dir: 'in', pcpu: 0 }), espSa({ dir: 'in' }), hosts.b],
];

for (const [name, other, sa, change] of inTheWay) {
  testCase(`taken-later-${name}`, {
    summary: 'A tuple that was taken after the SA came is taken like any other.',
    requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT', 'MS-ERROR-INTACT'],
    needs: { minVersion: '6.13' },
    run({ xfrm }) {
      xfrm.addSa(sa);
      xfrm.addSa(other);
      xfrm.skipNotifications();
      const before = xfrm.dumpWholeSas();
      const reply = xfrm.migrateState(sa, change);
      const unchanged = sameJson(before, xfrm.dumpWholeSas());
      return { reply, unchanged, heard: xfrm.notifications() };
    },
    expect: {
      full: {
        reply: error('EEXIST', 'New SA tuple already occupied'),
        ...{ unchanged: true, heard: [] },
      },
      compiledOut: { reply: unsupported.compiledOut, unchanged: true, heard: [] },
      predates: { reply: unsupported.predates, unchanged: true, heard: [] },
    },
  });
}

testCase('mark-fits-two', {
  summary:
    'Where a mark fits an SA without a mark too, which came later, one of the two is migrated and the other left alone.',
  requirements: ['MS-ONE-SA', 'MS-LOOKUP-MARK'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa({ mark: { v: 5, m: 0xff }, reqid: 5 }));
    const plain = xfrm.addSa(espSa({ reqid: 6 }));
    const reply = xfrm.migrateState(sa, hosts.b);
    const places = [sa, plain].map(
      ({ reqid }) =>
        // The reqid is that of the request on the one that moved.
        xfrm.dumpSas().filter((view) => view.reqid === reqid && view.dst === hosts.a.dst).length,
    );
    const [here, there] = [hosts.a, hosts.b].map(
      ({ dst }) => xfrm.dumpSas().filter((view) => view.dst === dst).length,
    );
    return { reply, here, there, left: places.reduce((sum, each) => sum + each, 0) };
  },
  expect: {
    full: { reply: ok(null), here: 1, there: 1, left: 1 },
    compiledOut: { reply: unsupported.compiledOut, here: 2, there: 0, left: 2 },
    predates: { reply: unsupported.predates, here: 2, there: 0, left: 2 },
  },
});
