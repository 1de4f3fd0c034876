import {
  encapTemplate,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hosts,
  migrateStateRequest,
  ok,
  type Reply,
  rawAttribute,
  resizedAttribute,
  type XfrmAttributeName,
  type XfrmAttributeSet,
  type XfrmClient,
} from '../../src/case/index.ts';
import { type Members, migrated, refused } from './expect.ts';
import { watch } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('parsing', 'Attributes as netlink reads them');
export default topic;

const sa = espSa({ encap: espInUdp() });
const moved = encapTemplate(espInUdp(1024, 4500));

/** Sends these attributes with a request that moves the SA. */
function send(xfrm: XfrmClient, ...attributes: readonly Uint8Array[]) {
  xfrm.addSa(sa);
  const request = migrateStateRequest(sa, hosts.b, ...attributes);
  return watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () => xfrm.send(request));
}

/** One request for each of these attributes; all are to be refused, so one look will do. */
function sendEach(xfrm: XfrmClient, attributes: readonly Uint8Array[]) {
  xfrm.addSa(sa);
  const replies: Reply[] = [];
  const after = watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () => {
    for (const attribute of attributes)
      replies.push(xfrm.send(migrateStateRequest(sa, hosts.b, attribute)));
    return replies[0]!;
  });
  return { ...after, replies };
}

/** What netlink itself refuses a kernel without the message refuses in the same words. */
function before(reply: Members[string]) {
  return { full: refused(reply), compiledOut: refused(reply) };
}

function refusedEach(
  sizes: readonly number[],
  errno: string,
  message: string,
  attribute: XfrmAttributeName,
) {
  const reply = error(errno, { message, attribute });
  const refusal = { ...refused(reply), replies: sizes.map(() => reply) };
  return {
    full: refusal,
    compiledOut: refusal,
    predates: {
      ...refused(unsupported.predates),
      replies: sizes.map(() => unsupported.predates),
    },
  };
}

const samples: readonly [XfrmAttributeSet, sizes: readonly number[]][] = [
  [{ XFRMA_MARK: { v: 1, m: 1 } }, [0, 4, 7]],
  [{ XFRMA_ENCAP: encapTemplate(espInUdp()) }, [0, 2, 23]],
  [{ XFRMA_OFFLOAD_DEV: { ifindex: 1, flags: [] } }, [0, 5, 7]],
  [{ XFRMA_SET_MARK: 1 }, [0, 3]],
  [{ XFRMA_SET_MARK_MASK: 1 }, [0, 3]],
  [{ XFRMA_MTIMER_THRESH: 1 }, [0, 3]],
];

for (const [attribute, sizes] of samples) {
  const [name] = Object.keys(attribute) as [XfrmAttributeName];
  const slug = name.slice('XFRMA_'.length).toLowerCase().replaceAll('_', '-');
  testCase(`short-${slug}`, {
    summary: `${name} that is too short for its struct is refused before it is read.`,
    requirements: ['MS-ATTRIBUTE-LENGTH', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) =>
      sendEach(
        xfrm,
        sizes.map((size) => resizedAttribute(attribute, size)),
      ),
    expect: refusedEach(sizes, 'ERANGE', 'Attribute failed policy validation', name),
  });
}

const strictSizes = [0, 3, 8];
testCase('strict-nat-keepalive-interval', {
  summary: 'Newer attributes must have their length exactly.',
  requirements: ['MS-ATTRIBUTE-LENGTH', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) =>
    sendEach(
      xfrm,
      strictSizes.map((size) => resizedAttribute({ XFRMA_NAT_KEEPALIVE_INTERVAL: 20 }, size)),
    ),
  expect: refusedEach(
    strictSizes,
    'EINVAL',
    'invalid attribute length',
    'XFRMA_NAT_KEEPALIVE_INTERVAL',
  ),
});

testCase('strict-nat-keepalive-interval-nested', {
  summary: 'Newer attributes must not be flagged as nested when they are not.',
  requirements: ['MS-ATTRIBUTE-LENGTH', 'MS-ERROR-INTACT'],
  run({ xfrm }) {
    const nested = 0x8000;
    return send(xfrm, rawAttribute(nested | 34, Uint8Array.of(20, 0, 0, 0)));
  },
  expect: before(error('EINVAL', 'NLA_F_NESTED not expected')),
});

testCase('direction-out-of-range', {
  summary: 'A direction that is none is refused for that before it is refused for being there.',
  requirements: ['MS-ATTRIBUTE-REFUSED', 'MS-IMMUTABLE', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) => send(xfrm, encodeAttributes({ XFRMA_SA_DIR: 3 })),
  expect: before(error('ERANGE', { message: 'integer out of range', attribute: 'XFRMA_SA_DIR' })),
});

testCase('long-encap', {
  summary: 'Older attributes may be longer than their struct: the rest is ignored.',
  requirements: ['MS-ATTRIBUTE-LENGTH'],
  run: ({ xfrm }) => send(xfrm, resizedAttribute({ XFRMA_ENCAP: moved }, 64)),
  expect: { full: migrated({ ...hosts.b, encap: { sport: 1024 } }) },
});

const twice: readonly [name: string, first: XfrmAttributeSet, last: XfrmAttributeSet, Members][] = [
  [
    'encap',
    { XFRMA_ENCAP: encapTemplate({ type: 'none', sport: 0, dport: 0 }) },
    { XFRMA_ENCAP: encapTemplate(espInUdp(1024, 4500)) },
    { encap: { sport: 1024 } },
  ],
  ['output-mark', { XFRMA_SET_MARK: 1 }, outputMark(2), { outputMark: { v: 2, m: 0xff } }],
];

function outputMark(v: number): XfrmAttributeSet {
  return { XFRMA_SET_MARK: v, XFRMA_SET_MARK_MASK: 0xff };
}

for (const [name, first, last, changed] of twice) {
  testCase(`twice-${name}`, {
    summary: 'Of an attribute that is there twice the last counts.',
    requirements: ['MS-ATTRIBUTE-TWICE'],
    run: ({ xfrm }) => send(xfrm, encodeAttributes(first), encodeAttributes(last)),
    expect: { full: migrated({ ...hosts.b, ...changed }) },
  });
}

testCase('any-order', {
  summary: 'The order of attributes means nothing.',
  requirements: ['MS-OUTMARK-SET', 'MS-ENCAP-SET'],
  run: ({ xfrm }) =>
    send(
      xfrm,
      encodeAttributes({
        XFRMA_SET_MARK_MASK: 0xff,
        XFRMA_SET_MARK: 2,
        XFRMA_ENCAP: moved,
      }),
    ),
  expect: {
    full: migrated({ ...hosts.b, outputMark: { v: 2, m: 0xff }, encap: { sport: 1024 } }),
  },
});

/** Far beyond any XFRMA_MAX; type 0 is no attribute either. */
for (const type of [1000, 0x3fff, 0]) {
  testCase(`unknown-type-${type}`, {
    summary: 'An attribute of a type that the kernel does not know is ignored.',
    requirements: ['MS-ATTRIBUTE-BEYOND'],
    run: ({ xfrm }) => send(xfrm, rawAttribute(type, new Uint8Array(8))),
    expect: { full: migrated(hosts.b) },
  });
}

const broken: readonly [name: string, Uint8Array][] = [
  // nla_len 100, XFRMA_MARK, and then only 8 bytes.
  ['longer-than-message', Uint8Array.of(100, 0, 21, 0, 1, 0, 0, 0, 1, 0, 0, 0)],
  // nla_len 3 is less than the header of an attribute.
  ['shorter-than-itself', Uint8Array.of(3, 0, 21, 0, 1, 0, 0, 0, 1, 0, 0, 0)],
];

for (const [name, bytes] of broken) {
  testCase(name, {
    summary: 'Bytes that are no attribute end the attributes; the answer warns of them.',
    requirements: ['MS-LAYOUT'],
    run: ({ xfrm }) => send(xfrm, bytes),
    expect: { full: migrated(hosts.b, { reply: ok('bytes leftover after parsing attributes') }) },
  });
}
