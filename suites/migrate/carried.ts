import {
  aesCbc,
  type CaseContext,
  encapTemplate,
  espInUdp,
  espSa,
  hmacSha256,
  hosts,
  migrateEntry,
  type Needs,
  nullCipher,
  policyFor,
  type Sa,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { moved, outPolicy, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('carried', 'What an SA keeps when it moves');
export default topic;

interface Property {
  sa: Partial<Sa>;
  needs?: Needs;
  /** Replay state and counters that cannot be given at once. */
  later?: XfrmAttributeSet;
}

const iptfs: Needs = { kconfig: ['XFRM_IPTFS'], minVersion: '6.14' };

const properties: Readonly<Record<string, Property>> = {
  'aes-gcm': { sa: {} },
  'aes-cbc-hmac': { sa: { crypt: aesCbc, auth: hmacSha256 } },
  null: { sa: { crypt: nullCipher, auth: hmacSha256 } },
  'replay-plain': {
    sa: { replayWindow: 32 },
    later: { XFRMA_REPLAY_VAL: { oseq: 1000, seq: 2000, bitmap: 0xf0f0_1234 } },
  },
  'replay-esn': {
    sa: {
      flags: ['esn'],
      replayEsn: {
        oseq: 7,
        seq: 11,
        oseq_hi: 3,
        seq_hi: 5,
        replay_window: 128,
        bmp: [0x7ff, 0, 0xffff_ffff, 1],
      },
    },
  },
  lifetimes: {
    sa: {
      lifetime: {
        soft_byte_limit: 1000,
        hard_byte_limit: 2000,
        soft_packet_limit: 30,
        hard_packet_limit: 40,
        hard_add_expires_seconds: 86_400,
        soft_add_expires_seconds: 80_000,
      },
    },
  },
  counters: {
    sa: {},
    later: { XFRMA_LTIME_VAL: { bytes: 5000, packets: 50, add_time: 1_700_000_000, use_time: 0 } },
  },
  flags: { sa: { flags: ['noecn', 'decap-dscp', 'nopmtudisc'] } },
  'extra-flags': { sa: { extraFlags: ['dont-encap-dscp', 'oseq-may-wrap'] } },
  selector: { sa: { selector: { saddr: '10.1.0.0', prefixlen_s: 16, proto: 17 } } },
  'output-mark': { sa: { outputMark: { v: 0x10, m: 0xf0 } } },
  'tfc-pad': { sa: { tfcPad: 100 } },
  thresholds: { sa: { replayThreshold: 10, timerThreshold: 20 } },
  'care-of': { sa: { careOf: '192.0.2.9' } },
  direction: { sa: { dir: 'out' }, needs: { minVersion: '6.10' } },
  'direction-in': { sa: { dir: 'in' }, needs: { minVersion: '6.10' } },
  sequence: { sa: { sequence: 0x1234 } },
  'per-cpu': { sa: { pcpu: 0, dir: 'out' }, needs: { minVersion: '6.13' } },
  'if-id': { sa: { ifId: 7 } },
  'selector-ports': {
    sa: {
      selector: {
        ...{ saddr: '10.1.0.0', prefixlen_s: 16, proto: 6, sport: 1, sport_mask: 0xffff },
        ...{ dport: 2, dport_mask: 0xff00 },
      },
    },
  },
  chacha20poly1305: {
    sa: {
      aead: { name: 'rfc7539esp(chacha20,poly1305)', key: '00112233'.repeat(9), icvBits: 128 },
    },
    needs: { kconfig: ['CRYPTO_CHACHA20POLY1305'] },
  },
  'iptfs-in': {
    sa: {
      ...{ mode: 'iptfs', dir: 'in' },
      iptfs: { XFRMA_IPTFS_DROP_TIME: 2000, XFRMA_IPTFS_REORDER_WINDOW: 7 },
    },
    needs: iptfs,
  },
  'iptfs-out': {
    sa: {
      ...{ mode: 'iptfs', dir: 'out' },
      iptfs: {
        ...{ XFRMA_IPTFS_DONT_FRAG: true, XFRMA_IPTFS_INIT_DELAY: 3000 },
        ...{ XFRMA_IPTFS_MAX_QSIZE: 50_000, XFRMA_IPTFS_PKT_SIZE: 1000 },
      },
    },
    needs: iptfs,
  },
};

function move(context: CaseContext, { sa: parts, later }: Property, more: XfrmAttributeSet = {}) {
  const sa = context.xfrm.addSa(espSa(parts));
  if (later) context.xfrm.setReplay(sa, later);
  const policy = context.xfrm.addPolicy(policyFor([sa]));
  const moves = { sa: { sa, to: hosts.b } };
  return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves, { attributes: more });
}

for (const [name, property] of Object.entries(properties)) {
  testCase(name, {
    summary: 'Only the addresses of the SA change.',
    requirements: ['M-KEEPS'],
    ...(property.needs && { needs: property.needs }),
    run: (context) => move(context, property),
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [outPolicy]: [shown(hosts.b, { mode: property.sa.mode ?? 'tunnel' })] },
      }),
    },
  });
}

testCase('mapping-timer-with-encap', {
  summary: 'The mapping timer stays with the encapsulation, all of its 32 bits.',
  requirements: ['M-KEEPS', 'M-ENCAP'],
  needs: { minVersion: '6.10' },
  run: (context) =>
    move(
      context,
      { sa: { dir: 'in', encap: espInUdp(), mappingThreshold: 0x1_003c } },
      { XFRMA_ENCAP: encapTemplate(espInUdp()) },
    ),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('times', {
  summary: 'When the SA was added and first used stays, so that its lifetime goes on.',
  requirements: ['M-KEEPS'],
  run(context) {
    const sa = context.xfrm.addSa(espSa());
    const times = { bytes: 1, packets: 1, add_time: 1_700_000_000, use_time: 1_700_000_100 };
    context.xfrm.setReplay(sa, { XFRMA_LTIME_VAL: times });
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const moves = { sa: { sa, to: hosts.b } };
    const seen = migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves);
    const place = seen.reply.errno === 'OK' ? hosts.b : hosts.a;
    return { ...seen, times: context.xfrm.getTimes({ ...sa, ...place }) };
  },
  expect: {
    full: {
      ...moved({ sa: hosts.b }, [shown(hosts.b)]),
      times: { added: 1_700_000_000, firstUsed: 1_700_000_100 },
    },
  },
});

testCase('mark', {
  summary: 'The new SA has the mark of the old one.',
  requirements: ['M-KEEPS'],
  run: (context) => move(context, { sa: { mark: { v: 5, m: 0xff } } }),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('keepalive-with-encap', {
  summary: 'The NAT keepalive interval stays with the encapsulation.',
  requirements: ['M-KEEPS', 'M-ENCAP'],
  needs: { minVersion: '6.11' },
  run: (context) =>
    move(
      context,
      { sa: { dir: 'out', encap: espInUdp(), natKeepalive: 20 } },
      { XFRMA_ENCAP: encapTemplate(espInUdp()) },
    ),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});
