import {
  type CaseContext,
  encapTemplate,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  migrateRequest,
  type Needs,
  policyFor,
  rawAttribute,
  resizedAttribute,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { moved, refused, shown } from './expect.ts';
import { watchPolicies } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic(
  'parsing',
  'Attributes of odd lengths, twice, or of other messages',
);
export default topic;

const sa = espSa();
const policy = policyFor([sa]);
const entry = migrateEntry(sa, hosts.b);
const entries = { XFRMA_MIGRATE: [entry] };
const moves = { sa: { sa, to: hosts.b } };

interface Sending {
  summary: string;
  requirements: readonly string[];
  needs?: Needs;
  /** Attributes as they go on the wire. */
  attributes: readonly Uint8Array[];
}

/** A case that sends these bytes where the SA and its policy are. */
function sending({ attributes, ...rest }: Sending) {
  return { ...rest, run: (context: CaseContext) => send(context, ...attributes) };
}

function send(context: CaseContext, ...attributes: readonly Uint8Array[]) {
  context.xfrm.addSa(sa);
  context.xfrm.addPolicy(policy);
  const request = migrateRequest(policy, ...attributes);
  return watchPolicies(context, moves, () => context.xfrm.send(request));
}

const succeeds = moved({ sa: hosts.b }, [shown(hosts.b)]);

const short: readonly [name: string, attribute: XfrmAttributeSet, length: number, needs?: Needs][] =
  [
    ['encap', { XFRMA_ENCAP: encapTemplate(espInUdp()) }, 23],
    ['policy-type', { XFRMA_POLICY_TYPE: { type: 0, reserved1: 0, reserved2: 0 } }, 5],
    [
      'km-address',
      {
        XFRMA_KMADDRESS: {
          ...{ local: hosts.b.src, remote: hosts.b.dst, reserved: 0, family: 'AF_INET' },
        },
      },
      39,
    ],
    ['if-id', { XFRMA_IF_ID: 7 }, 3],
    ['offload-device', { XFRMA_OFFLOAD_DEV: { ifindex: 1, flags: [] } }, 7],
    ['mark', { XFRMA_MARK: { v: 0, m: 0 } }, 7],
  ];

for (const [name, attribute, length, needs] of short) {
  const [named] = Object.keys(attribute) as [string];
  const tooShort = refused(
    error('ERANGE', { message: 'Attribute failed policy validation', attribute: named }),
  );
  testCase(`short-${name}`, {
    ...sending({
      summary: 'An attribute that lacks its last byte is refused, and the extack points at it.',
      requirements: ['M-NL-POLICY'],
      ...(needs && { needs }),
      attributes: [encodeAttributes(entries), resizedAttribute(attribute, length)],
    }),
    expect: { full: tooShort, compiledOut: tooShort },
  });
}

testCase('direction-out-of-range', {
  summary: 'A direction that does not exist is refused, and the extack says which there are.',
  requirements: ['M-NL-POLICY'],
  needs: { minVersion: '6.10' },
  run(context) {
    const direction = rawAttribute('XFRMA_SA_DIR', Uint8Array.of(3));
    const seen = send(context, encodeAttributes(entries), direction);
    return { ...seen, policy: seen.reply.extack?.policy ?? null };
  },
  expect: { full: outOfRange(), compiledOut: outOfRange() },
});

function outOfRange() {
  return {
    ...refused(error('ERANGE', { message: 'integer out of range', attribute: 'XFRMA_SA_DIR' })),
    policy: { type: 'u8', minValue: 1, maxValue: 2 },
  };
}

testCase('part-of-an-entry', {
  ...sending({
    summary: 'Bytes behind the last whole entry are passed over.',
    requirements: ['M-NL-LONG'],
    attributes: [resizedAttribute({ XFRMA_MIGRATE: [entry, { ...entry, reqid: 2 }] }, 2 * 76 - 1)],
  }),
  expect: { full: succeeds },
});

testCase('part-of-a-seventh-entry', {
  ...sending({
    summary: 'Six entries and a part of a seventh are six.',
    requirements: ['M-NL-LONG', 'M-ENTRIES-MOST'],
    attributes: [
      resizedAttribute(
        { XFRMA_MIGRATE: [entry, ...[2, 3, 4, 5, 6, 7].map((reqid) => ({ ...entry, reqid }))] },
        7 * 76 - 4,
      ),
    ],
  }),
  expect: { full: succeeds },
});

testCase('entries-twice', {
  ...sending({
    summary: 'Of two XFRMA_MIGRATE the last counts, as netlink has it.',
    requirements: ['M-NL-TWICE'],
    attributes: [
      encodeAttributes({ XFRMA_MIGRATE: [migrateEntry(sa, hosts.c)] }),
      encodeAttributes(entries),
    ],
  }),
  expect: {
    full: {
      ...succeeds,
      heard: [{ attributes: { XFRMA_MIGRATE: [{ new_daddr: hosts.b.dst, reqid: 1 }] } }],
    },
  },
});

testCase('nested-flag', {
  ...sending({
    summary: 'NLA_F_NESTED on an attribute that is not nested changes nothing.',
    requirements: ['M-NL-UNKNOWN'],
    attributes: [rawAttribute(0x8000 | 17, encodeAttributes(entries).subarray(4))],
  }),
  expect: { full: succeeds },
});

testCase('any-order', {
  ...sending({
    summary: 'Attributes may come in any order.',
    requirements: ['M-LAYOUT'],
    attributes: [
      encodeAttributes({ XFRMA_ENCAP: encapTemplate(espInUdp(4500, 4501)) }),
      encodeAttributes(entries),
      encodeAttributes({ XFRMA_POLICY_TYPE: { type: 0, reserved1: 0, reserved2: 0 } }),
    ],
  }),
  expect: {
    full: moved(
      { sa: { ...hosts.b, encap: { type: 'espinudp', sport: 4500, dport: 4501, oa: '0.0.0.0' } } },
      [shown(hosts.b)],
    ),
  },
});

testCase('empty', {
  summary: 'A request of no bytes is too short for its header.',
  requirements: ['M-LAYOUT'],
  run(context) {
    context.xfrm.addSa(sa);
    context.xfrm.addPolicy(policy);
    const { type } = migrateRequest(policy);
    return watchPolicies(context, moves, () =>
      context.xfrm.send({ type, header: new Uint8Array() }),
    );
  },
  expect: { full: noHeader(), compiledOut: noHeader() },
});

function noHeader() {
  return refused(error('EINVAL', { message: 'Invalid header length', since: '6.2' }));
}

/** Attributes that say what an SA is in XFRM_MSG_NEWSA. */
const ofOtherMessages: XfrmAttributeSet = {
  XFRMA_MARK: { v: 9, m: 0xff },
  XFRMA_SET_MARK: 1,
  XFRMA_SET_MARK_MASK: 1,
  XFRMA_TFCPAD: 100,
  XFRMA_REPLAY_VAL: { oseq: 1, seq: 2, bitmap: 3 },
  XFRMA_REPLAY_THRESH: 1,
  XFRMA_SA_EXTRA_FLAGS: ['oseq-may-wrap'],
  XFRMA_COADDR: '192.0.2.9',
  XFRMA_LTIME_VAL: { bytes: 1, packets: 1, add_time: 1, use_time: 1 },
};

testCase('of-other-messages', {
  ...sending({
    summary: 'Attributes of other messages do not change the SA: it can only be moved.',
    requirements: ['M-ATTRIBUTES-OTHER'],
    attributes: [encodeAttributes(entries), encodeAttributes(ofOtherMessages)],
  }),
  expect: { full: succeeds },
});
