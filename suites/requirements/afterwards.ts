import type { Requirement } from '../../src/case/index.ts';

const keeps = 'xfrm_migrate_state.rst, Overview (the SA is migrated, not made anew)';
const origin = 'commit 5c79de6e79cd (XFRM_MSG_MIGRATE, Linux 2.6.21): what is not named is kept';
const lifetimes =
  'include/uapi/linux/xfrm.h, struct xfrm_lifetime_cfg, XFRM_MSG_EXPIRE; RFC 4301 section 4.4.2.1';
const sync = 'Documentation/networking/xfrm/xfrm_sync.rst, sections 2 and 4';
const keepalive = 'commit f531d13bdfe3 (XFRMA_NAT_KEEPALIVE_INTERVAL, Linux 6.11)';
const mapping =
  'commit 4e484b3e969b (XFRMA_MTIMER_THRESH, Linux 5.17): what was told of the old SA is not cloned';
const acquire =
  'as in XFRM_MSG_NEWSA, which replaces the larval SA of an XFRM_MSG_ACQUIRE; commit 7e6526404ade (if_id)';

/** What a migrated SA does from then on, by itself and with traffic. */
export const afterwardsRequirements: readonly Requirement[] = [
  {
    id: 'MS-EXPIRY',
    text: 'The limits of an SA hold after its migration: each is told once with XFRM_MSG_EXPIRE when it is reached, and a hard one ends the SA.',
    source: `${keeps}; ${lifetimes}`,
  },
  {
    id: 'MS-EVENTS',
    text: 'XFRM_MSG_NEWAE is sent when the replay threshold or the timer of the SA says so, counted from what was told last.',
    source: `${keeps}; ${sync}`,
  },
  {
    id: 'MS-KEEPALIVE-SENT',
    text: 'Keepalives (one byte, 0xff) go out from the new address and port to the new ones.',
    source: `xfrm_migrate_state.rst, Supported Attributes; ${keepalive}; RFC 3948 section 4`,
  },
  {
    id: 'MS-KEEPALIVE-MARK',
    text: 'Keepalives have the output mark of the SA, as its packets have: they keep alive the mapping of those.',
    source: `${keeps}; commit 077fbac405bf (XFRMA_SET_MARK: the mark of the packets that an SA emits); RFC 3948 section 4`,
  },
  {
    id: 'MS-MAPPING-TOLD',
    text: 'A packet of the migrated SA that comes from elsewhere than the SA says is told with XFRM_MSG_MAPPING: the first at once, one from another port too, and one from the same again when the threshold is over.',
    source: `xfrm_migrate_state.rst, Supported Attributes, XFRMA_MTIMER_THRESH; ${mapping}`,
  },
  {
    id: 'MS-DELIVERS',
    text: 'What goes out by a migrated SA comes in by a migrated SA at the other end, whole, and once.',
    source: 'xfrm_migrate_state.rst, Migration Steps; RFC 4303 section 3.4; RFC 9347 section 2.2.3',
  },
  {
    id: 'MS-IPTFS-PKT-SIZE',
    text: 'The outer packets of an IP-TFS SA are of the size that XFRMA_IPTFS_PKT_SIZE says, also with another header.',
    source:
      'include/uapi/linux/xfrm.h, XFRMA_IPTFS_PKT_SIZE ("size of outer packet"); RFC 9347 section 2.2',
  },
  {
    id: 'MS-TAKES-OVER',
    text: 'Traffic that took an older SA takes the migrated one, where that fits, from then on; and the kernel counts it with the others (XFRMA_SAD_CNT).',
    source:
      'as in XFRM_MSG_NEWSA: of several SAs that fit the newest is used; include/uapi/linux/xfrm.h, enum xfrm_sadattr_type_t',
  },
  {
    id: 'MS-ACQUIRE',
    text: 'Where an SA moves to it takes the place of the larval one that waits for it, and of no other: one of another mark, mode, protocol, reqid, interface or CPU goes on to wait.',
    source: acquire,
  },
  {
    id: 'M-EXPIRY',
    text: 'The limits of an SA hold after its migration: each is told once with XFRM_MSG_EXPIRE when it is reached, and a hard one ends the SA.',
    source: `${origin}; ${lifetimes}`,
  },
  {
    id: 'M-EVENTS',
    text: 'XFRM_MSG_NEWAE is sent when the replay threshold or the timer of the SA says so, counted from what was told last.',
    source: `${origin}; ${sync}`,
  },
  {
    id: 'M-KEEPALIVE-SENT',
    text: 'Keepalives (one byte, 0xff) go out from the new address and port to the new ones.',
    source: `${origin}; ${keepalive}; RFC 3948 section 4`,
  },
  {
    id: 'M-KEEPALIVE-MARK',
    text: 'Keepalives have the output mark of the SA, as its packets have: they keep alive the mapping of those.',
    source: `${origin}; commit 077fbac405bf (XFRMA_SET_MARK: the mark of the packets that an SA emits); RFC 3948 section 4`,
  },
  {
    id: 'M-MAPPING-TOLD',
    text: 'A packet of the migrated SA that comes from elsewhere than the SA says is told with XFRM_MSG_MAPPING: the first at once, one from another port too, and one from the same again when the threshold is over.',
    source: `${origin}; ${mapping}`,
  },
  {
    id: 'M-DELIVERS',
    text: 'What goes out by a migrated SA comes in by a migrated SA at the other end, whole, and once.',
    source: `${origin}; RFC 4303 section 3.4; RFC 9347 section 2.2.3`,
  },
  {
    id: 'M-IPTFS-PKT-SIZE',
    text: 'The outer packets of an IP-TFS SA are of the size that XFRMA_IPTFS_PKT_SIZE says, also with another header.',
    source:
      'include/uapi/linux/xfrm.h, XFRMA_IPTFS_PKT_SIZE ("size of outer packet"); RFC 9347 section 2.2',
  },
  {
    id: 'M-TAKES-OVER',
    text: 'Traffic that took an older SA takes the migrated one, where that fits, from then on; and the kernel counts it with the others (XFRMA_SAD_CNT).',
    source:
      'as in XFRM_MSG_NEWSA: of several SAs that fit the newest is used; include/uapi/linux/xfrm.h, enum xfrm_sadattr_type_t',
  },
  {
    id: 'M-ACQUIRE',
    text: 'Where an SA moves to it takes the place of the larval one that waits for it, and of no other: one of another mark, mode, protocol, reqid, interface or CPU goes on to wait.',
    source: acquire,
  },
];
