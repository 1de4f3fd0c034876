import {
  aesCbc,
  ahSa,
  espInUdp,
  espSa,
  hmacSha256,
  hostSelector,
  hosts,
  type Needs,
  nullCipher,
  type Sa,
} from '../../src/case/index.ts';
import { migrated } from './expect.ts';
import { migrate } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('properties', 'What an SA is stays what it is');
export default topic;

const host = hostSelector({ src: '10.1.0.1', dst: '10.2.0.1' });
const from = (minVersion: string): Needs => ({ minVersion });
const aes256Gcm = {
  name: 'rfc4106(gcm(aes))',
  key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3',
  icvBits: 64,
};
const chacha = {
  name: 'rfc7539esp(chacha20,poly1305)',
  key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3',
  icvBits: 128,
};
const gmac = { ...aes256Gcm, name: 'rfc4543(gcm(aes))', icvBits: 128 };

const lifetime = {
  soft_byte_limit: 1_000_001,
  hard_byte_limit: '9007199254740993',
  soft_packet_limit: 1_003,
  hard_packet_limit: 1_004,
  soft_add_expires_seconds: 100_005,
  hard_add_expires_seconds: 100_006,
  soft_use_expires_seconds: 100_007,
  hard_use_expires_seconds: 100_008,
};

/** SAs that each have one thing to lose. */
const sas: Readonly<Record<string, readonly [Sa, Needs?]>> = {
  'aes-gcm': [espSa()],
  'aes-256-gcm-short-icv': [espSa({ aead: aes256Gcm })],
  'aes-gmac': [espSa({ aead: gmac })],
  'chacha20-poly1305': [espSa({ aead: chacha }), { kconfig: ['CRYPTO_CHACHA20POLY1305'] }],
  'aes-cbc-hmac': [espSa({ crypt: aesCbc, auth: hmacSha256 })],
  'hmac-truncated-to-96': [espSa({ crypt: aesCbc, auth: { ...hmacSha256, truncBits: 96 } })],
  'null-hmac': [espSa({ crypt: nullCipher, auth: hmacSha256 })],
  'null-alone': [espSa({ crypt: nullCipher })],
  'aes-cbc-alone': [espSa({ crypt: aesCbc })],
  ah: [ahSa()],
  'ah-tunnel': [ahSa({ mode: 'tunnel' })],
  'ah-ipv6': [ahSa(hosts.a6)],
  transport: [espSa({ mode: 'transport', selector: hostSelector(hosts.a) })],
  'transport-ipv6': [espSa({ ...hosts.a6, mode: 'transport' })],
  tunnel: [espSa({ mode: 'tunnel' })],
  'tunnel-ipv6': [espSa({ ...hosts.a6, mode: 'tunnel' })],
  beet: [espSa({ mode: 'beet', selector: host })],
  'beet-ipv6': [espSa({ ...hosts.a6, mode: 'beet', selector: hostSelector(hosts.b6) })],
  lifetime: [espSa({ lifetime })],
  'replay-window': [espSa({ replayWindow: 32 })],
  'flag-noecn': [espSa({ flags: ['noecn'] })],
  'flag-decap-dscp': [espSa({ flags: ['decap-dscp'] })],
  'flag-nopmtudisc': [espSa({ flags: ['nopmtudisc'] })],
  'flag-icmp': [espSa({ flags: ['icmp'] })],
  'flag-af-unspec': [espSa({ flags: ['af-unspec'] })],
  'flag-align4': [ahSa({ flags: ['align4'] })],
  'flag-wildrecv': [espSa({ flags: ['wildrecv'] })],
  'extra-flag-dont-encap-dscp': [espSa({ extraFlags: ['dont-encap-dscp'] })],
  'extra-flag-oseq-may-wrap': [espSa({ extraFlags: ['oseq-may-wrap'] })],
  'all-flags': [
    espSa({
      flags: ['noecn', 'decap-dscp', 'nopmtudisc', 'icmp', 'af-unspec'],
      extraFlags: ['dont-encap-dscp', 'oseq-may-wrap'],
    }),
  ],
  sequence: [espSa({ sequence: 0x12345678 })],
  'interface-id': [espSa({ ifId: 42 })],
  'direction-in': [espSa({ dir: 'in', replayWindow: 32 }), from('6.10')],
  'direction-out': [espSa({ dir: 'out' }), from('6.10')],
  'per-cpu': [espSa({ dir: 'out', pcpu: 0 }), from('6.13')],
  'tfc-padding': [espSa({ tfcPad: 1200 })],
  'replay-threshold': [espSa({ replayThreshold: 17 })],
  'timer-threshold': [espSa({ timerThreshold: 23 })],
  'care-of': [espSa({ careOf: '2001:db8:c::1' })],
  mark: [espSa({ mark: { v: 5, m: 0xff } })],
  'output-mark': [espSa({ outputMark: { v: 0x10, m: 0xf0 } })],
  selector: [
    espSa({
      selector: {
        ...host,
        sport: 500,
        sport_mask: 0xffff,
        dport: 4500,
        dport_mask: 0xff00,
        proto: 17,
        ifindex: 3,
        user: 1000,
      },
    }),
  ],
  'nat-traversal-in': [
    espSa({ dir: 'in', encap: espInUdp(4500, 1024, '192.0.2.77'), mappingThreshold: 30 }),
    from('6.10'),
  ],
  'nat-traversal-out': [
    espSa({ dir: 'out', encap: espInUdp(1024, 4500), natKeepalive: 20 }),
    from('6.11'),
  ],
  'iptfs-in': [
    espSa({
      mode: 'iptfs',
      dir: 'in',
      iptfs: { XFRMA_IPTFS_DROP_TIME: 2000, XFRMA_IPTFS_REORDER_WINDOW: 7 },
    }),
    { ...from('6.14'), kconfig: ['XFRM_IPTFS'] },
  ],
  'iptfs-out': [
    espSa({
      mode: 'iptfs',
      dir: 'out',
      iptfs: {
        XFRMA_IPTFS_DONT_FRAG: true,
        XFRMA_IPTFS_INIT_DELAY: 3000,
        XFRMA_IPTFS_MAX_QSIZE: 50_000,
        XFRMA_IPTFS_PKT_SIZE: 1000,
      },
    }),
    { ...from('6.14'), kconfig: ['XFRM_IPTFS'] },
  ],
};

for (const [name, [sa, needs = {}]] of Object.entries(sas)) {
  const to = sa.src.includes(':') ? { src: '2001:db8:c::1', dst: '2001:db8:c::2' } : hosts.c;
  testCase(name, {
    summary:
      'A request that changes nothing changes nothing; one that moves the SA moves it, no more.',
    requirements: ['MS-KEEPS', 'MS-INHERIT', 'MS-NEW-DADDR', 'MS-NEW-SADDR'],
    needs,
    run({ xfrm }) {
      xfrm.addSa(sa);
      return { ...migrate({ xfrm }, sa), moved: migrate({ xfrm }, sa, to) };
    },
    expect: { full: { ...migrated({}), moved: migrated(to) } },
  });
}
