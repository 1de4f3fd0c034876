import {
  aesCbc,
  aesGcm,
  attributeNames,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hmacSha256,
  hosts,
  migrateEntry,
  migrateStateRequest,
  policyFor,
  policyInfo,
  rawAttribute,
  saInfo,
  template,
  type XfrmAttributeName,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { refused } from './expect.ts';
import { watch } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic(
  'refused-attributes',
  'Attributes that it does not take',
);
export default topic;

const accepted: readonly XfrmAttributeName[] = [
  'XFRMA_MARK',
  'XFRMA_ENCAP',
  'XFRMA_OFFLOAD_DEV',
  'XFRMA_SET_MARK',
  'XFRMA_SET_MARK_MASK',
  'XFRMA_MTIMER_THRESH',
  'XFRMA_NAT_KEEPALIVE_INTERVAL',
];
/** The documentation calls these immutable. */
const immutable = /^XFRMA_(ALG_|REPLAY_|SA_DIR$|SEC_CTX$)/;

const sa = espSa({ encap: espInUdp() });

/** Each attribute as messages that take it would have it, so that only its name is at fault. */
const samples: XfrmAttributeSet = {
  XFRMA_ALG_AUTH: hmacSha256,
  XFRMA_ALG_CRYPT: aesCbc,
  XFRMA_ALG_COMP: { name: 'deflate', key: '' },
  XFRMA_TMPL: [template(sa)],
  XFRMA_SA: saInfo(sa),
  XFRMA_POLICY: policyInfo(policyFor([sa])),
  XFRMA_LTIME_VAL: { bytes: 1, packets: 1, add_time: 1, use_time: 1 },
  XFRMA_REPLAY_VAL: { oseq: 1, seq: 1, bitmap: 1 },
  XFRMA_REPLAY_THRESH: 1,
  XFRMA_ETIMER_THRESH: 1,
  XFRMA_SRCADDR: hosts.b.src,
  XFRMA_COADDR: hosts.b6.src,
  XFRMA_LASTUSED: 1,
  XFRMA_POLICY_TYPE: { type: 0, reserved1: 0, reserved2: 0 },
  XFRMA_MIGRATE: [migrateEntry(sa, hosts.b)],
  XFRMA_ALG_AEAD: aesGcm,
  XFRMA_KMADDRESS: {
    local: hosts.b.src,
    remote: hosts.b.dst,
    reserved: 0,
    family: 'AF_INET',
  },
  XFRMA_ALG_AUTH_TRUNC: hmacSha256,
  XFRMA_TFCPAD: 100,
  XFRMA_REPLAY_ESN_VAL: {
    oseq: 1,
    seq: 1,
    oseq_hi: 0,
    seq_hi: 0,
    replay_window: 32,
    bmp: [1],
  },
  XFRMA_SA_EXTRA_FLAGS: ['oseq-may-wrap'],
  XFRMA_PROTO: 50,
  XFRMA_ADDRESS_FILTER: {
    saddr: hosts.a.src,
    daddr: hosts.a.dst,
    family: 'AF_INET',
    splen: 32,
    dplen: 32,
  },
  XFRMA_PAD: true,
  XFRMA_IF_ID: 1,
  XFRMA_SA_DIR: 'in',
  XFRMA_SA_PCPU: 0,
  XFRMA_IPTFS_DROP_TIME: 1,
  XFRMA_IPTFS_REORDER_WINDOW: 1,
  XFRMA_IPTFS_DONT_FRAG: true,
  XFRMA_IPTFS_INIT_DELAY: 1,
  XFRMA_IPTFS_MAX_QSIZE: 1,
  XFRMA_IPTFS_PKT_SIZE: 1,
};

/** struct xfrm_user_sec_ctx with an SELinux context of one character. */
const securityContext = Uint8Array.of(10, 0, 8, 0, 1, 1, 2, 0, 0x61, 0);

function attributeBytes(name: XfrmAttributeName): Uint8Array {
  if (name === 'XFRMA_SEC_CTX') return rawAttribute(name, securityContext);
  if (!(name in samples)) throw new Error(`there is no sample of ${name}`);
  return encodeAttributes({ [name]: samples[name] });
}

/** Attributes that other messages have, too, are refused by name before all else. */
const byName: Partial<Record<XfrmAttributeName, string>> = {
  XFRMA_SA_DIR: 'Invalid attribute SA_DIR',
  XFRMA_SA_PCPU: 'Invalid attribute SA_PCPU',
};

for (const name of attributeNames.filter((each) => !accepted.includes(each))) {
  const slug = name.slice('XFRMA_'.length).toLowerCase().replaceAll('_', '-');
  const text = byName[name];
  const refusal = refused(
    text === undefined
      ? error('EINVAL', {
          message: 'Unsupported attribute in XFRM_MSG_MIGRATE_STATE',
          attribute: name,
        })
      : error('EINVAL', text),
  );
  testCase(slug, {
    summary: `${name} is not accepted.`,
    requirements: [
      'MS-ATTRIBUTE-REFUSED',
      'MS-ERROR-INTACT',
      ...(immutable.test(name) ? ['MS-IMMUTABLE'] : []),
    ],
    run({ xfrm }) {
      xfrm.addSa(sa);
      const request = migrateStateRequest(sa, hosts.b, attributeBytes(name));
      return watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () => xfrm.send(request));
    },
    // Attributes are looked at before the message is handed on.
    expect: { full: refusal, compiledOut: refusal },
  });
}

testCase('beside-accepted', {
  summary: 'One that is refused among accepted ones is refused, and pointed at.',
  requirements: ['MS-ATTRIBUTE-REFUSED', 'MS-ERROR-INTACT'],
  run({ xfrm }) {
    xfrm.addSa(sa);
    const change = { ...hosts.b, encap: espInUdp(1, 2), mark: { v: 1, m: 1 } };
    const request = migrateStateRequest(sa, change, attributeBytes('XFRMA_IF_ID'));
    return watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () => xfrm.send(request));
  },
  expect: {
    full: refused(
      error('EINVAL', {
        message: 'Unsupported attribute in XFRM_MSG_MIGRATE_STATE',
        attribute: 'XFRMA_IF_ID',
      }),
    ),
    compiledOut: refused(
      error('EINVAL', {
        message: 'Unsupported attribute in XFRM_MSG_MIGRATE_STATE',
        attribute: 'XFRMA_IF_ID',
      }),
    ),
  },
});
