/**
 * The structs and numbers of include/uapi/linux/xfrm.h (Linux 7.3), under the kernel's own names.
 * SPIs and ports are in network byte order on the wire and plain numbers here; key lengths are in
 * bits; times are in seconds unless said.
 */
import { address, showByFamily } from './address.ts';
import {
  be16,
  be32,
  flagSet,
  i32,
  named,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from './codec.ts';
import { families } from './names.ts';

const family = named(u16, families);
/** IPPROTO_* that can be an SA's protocol, as iproute2 writes them. */
export const protocols = {
  0: 'any',
  4: 'ipip',
  41: 'ipv6',
  43: 'route2',
  50: 'esp',
  51: 'ah',
  60: 'hao',
  108: 'comp',
} as const;
const proto = named(u8, protocols);
export const modes = {
  0: 'transport',
  1: 'tunnel',
  2: 'ro',
  3: 'in_trigger',
  4: 'beet',
  5: 'iptfs',
} as const;
const mode = named(u8, modes);
export const policyDirections = { 0: 'in', 1: 'out', 2: 'fwd' } as const;
export const saDirections = { 1: 'in', 2: 'out' } as const;
export const stateFlags = {
  1: 'noecn',
  2: 'decap-dscp',
  4: 'nopmtudisc',
  8: 'wildrecv',
  16: 'icmp',
  32: 'af-unspec',
  64: 'align4',
  128: 'esn',
} as const;
export const extraFlags = { 1: 'dont-encap-dscp', 2: 'oseq-may-wrap' } as const;
/** UDP_ENCAP_* (linux/udp.h) and TCP_ENCAP_ESPINTCP. 0 asks MIGRATE_STATE to remove the encapsulation. */
export const encapTypes = {
  0: 'none',
  1: 'espinudp-nonike',
  2: 'espinudp',
  7: 'espintcp',
} as const;
export const migrateStateFlags = { 1: 'clear-offload', 2: 'update-h2h-sel' } as const;
export const offloadFlags = { 1: 'ipv6', 2: 'inbound', 4: 'packet' } as const;

export const XFRM_MAX_DEPTH = 6;
/** Why an XFRM_MSG_NEWAE was sent: a threshold of packets was reached, or a timer went off. */
export const XFRM_AE_CR = 16;
export const XFRM_AE_CE = 32;

export const xfrm_selector = struct(
  {
    daddr: address,
    saddr: address,
    dport: be16,
    dport_mask: be16,
    sport: be16,
    sport_mask: be16,
    family,
    prefixlen_d: u8,
    prefixlen_s: u8,
    proto: u8,
    ifindex: i32,
    user: u32,
  },
  (selector) => {
    selector.daddr = showByFamily(selector.daddr, selector.family);
    selector.saddr = showByFamily(selector.saddr, selector.family);
  },
);

export const xfrm_id = struct({ daddr: address, spi: be32, proto });
export const xfrm_lifetime_cfg = struct({
  soft_byte_limit: u64,
  hard_byte_limit: u64,
  soft_packet_limit: u64,
  hard_packet_limit: u64,
  soft_add_expires_seconds: u64,
  hard_add_expires_seconds: u64,
  soft_use_expires_seconds: u64,
  hard_use_expires_seconds: u64,
});
export const xfrm_lifetime_cur = struct({ bytes: u64, packets: u64, add_time: u64, use_time: u64 });
export const xfrm_stats = struct({ replay_window: u32, replay: u32, integrity_failed: u32 });
export const xfrm_replay_state = struct({ oseq: u32, seq: u32, bitmap: u32 });
export const xfrm_mark = struct({ v: u32, m: u32 });
export const xfrm_encap_tmpl = struct({
  encap_type: named(u16, encapTypes),
  encap_sport: be16,
  encap_dport: be16,
  encap_oa: address,
});
export const xfrm_user_offload = struct({ ifindex: i32, flags: flagSet(u8, offloadFlags) });
export const xfrm_userpolicy_type = struct({ type: u8, reserved1: u16, reserved2: u8 });
export const xfrm_address_filter = struct({
  saddr: address,
  daddr: address,
  family,
  splen: u8,
  dplen: u8,
});

export const xfrm_usersa_info = struct(
  {
    sel: xfrm_selector,
    id: xfrm_id,
    saddr: address,
    lft: xfrm_lifetime_cfg,
    curlft: xfrm_lifetime_cur,
    stats: xfrm_stats,
    seq: u32,
    reqid: u32,
    family,
    mode,
    replay_window: u8,
    flags: flagSet(u8, stateFlags),
  },
  (info) => {
    info.saddr = showByFamily(info.saddr, info.family);
    info.id.daddr = showByFamily(info.id.daddr, info.family);
  },
);
export const xfrm_usersa_id = struct({ daddr: address, spi: be32, family, proto }, (id) => {
  id.daddr = showByFamily(id.daddr, id.family);
});
export const xfrm_aevent_id = struct(
  { sa_id: xfrm_usersa_id, saddr: address, flags: u32, reqid: u32 },
  (id) => {
    id.saddr = showByFamily(id.saddr, id.sa_id.family);
  },
);
export const xfrm_userspi_info = struct({ info: xfrm_usersa_info, min: u32, max: u32 });
export const xfrm_usersa_flush = struct({ proto });
export const xfrm_user_expire = struct({ state: xfrm_usersa_info, hard: u8 });
export const xfrm_user_mapping = struct(
  {
    id: xfrm_usersa_id,
    reqid: u32,
    old_saddr: address,
    new_saddr: address,
    old_sport: be16,
    new_sport: be16,
  },
  (mapping) => {
    mapping.old_saddr = showByFamily(mapping.old_saddr, mapping.id.family);
    mapping.new_saddr = showByFamily(mapping.new_saddr, mapping.id.family);
  },
);

export const xfrm_userpolicy_info = struct({
  sel: xfrm_selector,
  lft: xfrm_lifetime_cfg,
  curlft: xfrm_lifetime_cur,
  priority: u32,
  index: u32,
  dir: named(u8, policyDirections),
  action: named(u8, { 0: 'allow', 1: 'block' }),
  flags: flagSet(u8, { 1: 'localok', 2: 'icmp', 4: 'cpu-acquire' }),
  share: u8,
});
/** What a key manager is asked for; its addresses are of the family of its selector. */
export const xfrm_user_acquire = struct(
  {
    id: xfrm_id,
    saddr: address,
    sel: xfrm_selector,
    policy: xfrm_userpolicy_info,
    aalgos: u32,
    ealgos: u32,
    calgos: u32,
    seq: u32,
  },
  (acquire) => {
    acquire.saddr = showByFamily(acquire.saddr, acquire.sel.family);
    acquire.id.daddr = showByFamily(acquire.id.daddr, acquire.sel.family);
  },
);
export const xfrm_userpolicy_id = struct({
  sel: xfrm_selector,
  index: u32,
  dir: named(u8, policyDirections),
});
export const xfrm_user_tmpl = struct(
  {
    id: xfrm_id,
    family,
    saddr: address,
    reqid: u32,
    mode,
    share: u8,
    optional: u8,
    aalgos: u32,
    ealgos: u32,
    calgos: u32,
  },
  (template) => {
    template.id.daddr = showByFamily(template.id.daddr, template.family);
    template.saddr = showByFamily(template.saddr, template.family);
  },
);
export const xfrm_user_kmaddress = struct(
  { local: address, remote: address, reserved: u32, family },
  (km) => {
    km.local = showByFamily(km.local, km.family);
    km.remote = showByFamily(km.remote, km.family);
  },
);
export const xfrm_user_migrate = struct(
  {
    old_daddr: address,
    old_saddr: address,
    new_daddr: address,
    new_saddr: address,
    proto,
    mode,
    reserved: u16,
    reqid: u32,
    old_family: family,
    new_family: family,
  },
  (entry) => {
    entry.old_daddr = showByFamily(entry.old_daddr, entry.old_family);
    entry.old_saddr = showByFamily(entry.old_saddr, entry.old_family);
    entry.new_daddr = showByFamily(entry.new_daddr, entry.new_family);
    entry.new_saddr = showByFamily(entry.new_saddr, entry.new_family);
  },
);
/** Linux 7.2: the payload of XFRM_MSG_MIGRATE_STATE, 132 bytes. */
export const xfrm_user_migrate_state = struct(
  {
    id: xfrm_usersa_id,
    new_daddr: address,
    new_saddr: address,
    old_mark: xfrm_mark,
    new_sel: xfrm_selector,
    new_reqid: u32,
    flags: flagSet(u32, migrateStateFlags),
    new_family: family,
    reserved: u16,
  },
  (header) => {
    header.new_daddr = showByFamily(header.new_daddr, header.new_family);
    header.new_saddr = showByFamily(header.new_saddr, header.new_family);
  },
);

export type Selector = ValueOf<typeof xfrm_selector>;
export type UserSaInfo = ValueOf<typeof xfrm_usersa_info>;
export type UserPolicyInfo = ValueOf<typeof xfrm_userpolicy_info>;
export type UserTemplate = ValueOf<typeof xfrm_user_tmpl>;
export type UserMigrate = ValueOf<typeof xfrm_user_migrate>;
export type UserExpire = ValueOf<typeof xfrm_user_expire>;
export type AeventId = ValueOf<typeof xfrm_aevent_id>;
export type UserMapping = ValueOf<typeof xfrm_user_mapping>;
export type UserMigrateState = ValueOf<typeof xfrm_user_migrate_state>;
export type EncapTemplate = ValueOf<typeof xfrm_encap_tmpl>;
export type Mark = ValueOf<typeof xfrm_mark>;
export type UserOffload = ValueOf<typeof xfrm_user_offload>;
export type LifetimeConfig = ValueOf<typeof xfrm_lifetime_cfg>;
