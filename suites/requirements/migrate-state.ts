import type { Requirement } from '../../src/case/index.ts';

/** A section of Documentation/networking/xfrm/xfrm_migrate_state.rst. */
const rst = (section: string) => `xfrm_migrate_state.rst, ${section}`;
const uapi = (place: string) => `include/uapi/linux/xfrm.h, ${place}`;
const netlink = (place: string) => `netlink convention, ${place}`;

const overview: readonly Requirement[] = [
  {
    id: 'MS-ONE-SA',
    text: 'A request migrates the one SA that it identifies, and no other.',
    source: rst('Overview'),
  },
  {
    id: 'MS-NO-POLICY',
    text: 'Policies take no part: none is needed, none is changed.',
    source: rst('Overview'),
  },
  {
    id: 'MS-CHANGEABLE',
    text: 'Reqid, addresses, encapsulation, selector and offload of the SA can be changed.',
    source: rst('Overview'),
  },
  {
    id: 'MS-INHERIT',
    text: 'An attribute that is left out keeps the value of the old SA.',
    source: rst('Overview; Supported Attributes'),
  },
  {
    id: 'MS-KEEPS',
    text: 'What a request does not name is on the new SA as it was on the old one.',
    source: `${rst('Overview')}; commit a9d155ea9b44 (the SA is migrated, not made anew)`,
  },
];

const identification: readonly Requirement[] = [
  {
    id: 'MS-LOOKUP',
    text: 'The SA is looked up by SPI, destination address, protocol and family, all of them.',
    source: rst('SA Identification'),
  },
  {
    id: 'MS-LOOKUP-MARK',
    text: 'The mark key of the look-up is old_mark.v & old_mark.m; an SA fits when its own mask lets its own mark through.',
    source: rst('SA Identification'),
  },
  {
    id: 'MS-LAYOUT',
    text: 'The fixed header is struct xfrm_user_migrate_state, 132 bytes; a shorter one is refused.',
    source: `${rst('SA Identification')}; ${uapi('struct xfrm_user_migrate_state')}`,
  },
  {
    id: 'MS-RESERVED',
    text: 'A reserved field that is not zero is refused with EINVAL.',
    source: rst('SA Identification'),
  },
  {
    id: 'MS-SPI-ZERO',
    text: 'An SPI of zero names no SA and is refused with EINVAL.',
    source: `${rst('Feature Detection')} ("non-zero SPI"); commit a9d155ea9b44`,
  },
];

const fields: readonly Requirement[] = [
  {
    id: 'MS-EXPLICIT',
    text: 'The fields of the fixed header are used as they are; zero is not "keep unchanged".',
    source: rst('Supported Attributes'),
  },
  {
    id: 'MS-NEW-DADDR',
    text: 'new_daddr becomes the destination address.',
    source: rst('Supported Attributes, new_daddr'),
  },
  {
    id: 'MS-NEW-SADDR',
    text: 'new_saddr becomes the source address.',
    source: rst('Supported Attributes, new_saddr'),
  },
  {
    id: 'MS-NEW-FAMILY',
    text: 'new_family becomes the family of the addresses.',
    source: rst('Supported Attributes, new_family'),
  },
  {
    id: 'MS-FAMILY-UNSUPPORTED',
    text: 'A new_family that is neither AF_INET nor AF_INET6 is refused with EINVAL.',
    source: `${rst('Supported Attributes, new_family')}; as in every message with an SA (verify_xfrm_family)`,
  },
  {
    id: 'MS-NEW-REQID',
    text: 'new_reqid becomes the reqid; 0 is no reqid.',
    source: rst('Supported Attributes, new_reqid'),
  },
  {
    id: 'MS-NEW-SEL',
    text: 'Without UPDATE_H2H_SEL new_sel becomes the selector, as it is.',
    source: rst('Supported Attributes, new_sel; Flags'),
  },
  {
    id: 'MS-SEL-VALID',
    text: 'A new_sel whose prefix lengths do not fit its family, or of an unknown family, is refused with EINVAL.',
    source: `${uapi('struct xfrm_selector')}; as in XFRM_MSG_NEWSA (verify_selector_prefixlen)`,
  },
];

const attributes: readonly Requirement[] = [
  {
    id: 'MS-MARK-SET',
    text: 'XFRMA_MARK is the mark of the migrated SA.',
    source: rst('Supported Attributes, XFRMA_MARK'),
  },
  {
    id: 'MS-MARK-INHERIT',
    text: 'Without XFRMA_MARK the migrated SA has old_mark.',
    source: rst('Supported Attributes, XFRMA_MARK'),
  },
  {
    id: 'MS-MARK-CLEAR',
    text: 'XFRMA_MARK {0, 0} leaves the migrated SA without a mark.',
    source: rst('Supported Attributes, XFRMA_MARK'),
  },
  {
    id: 'MS-ENCAP-SET',
    text: 'XFRMA_ENCAP of type UDP_ENCAP_ESPINUDP is the encapsulation of the migrated SA.',
    source: rst('Supported Attributes, XFRMA_ENCAP'),
  },
  {
    id: 'MS-ENCAP-INHERIT',
    text: 'Without XFRMA_ENCAP the migrated SA has the encapsulation of the old one.',
    source: rst('Supported Attributes, XFRMA_ENCAP'),
  },
  {
    id: 'MS-ENCAP-REMOVE',
    text: 'XFRMA_ENCAP of type 0 removes the encapsulation.',
    source: rst('Supported Attributes, XFRMA_ENCAP'),
  },
  {
    id: 'MS-ENCAP-TYPE',
    text: 'XFRMA_ENCAP of any other type is refused.',
    source: rst('Supported Attributes, XFRMA_ENCAP ("only UDP_ENCAP_ESPINUDP is supported")'),
  },
  {
    id: 'MS-ENCAP-PROTOCOL',
    text: 'Encapsulation is for ESP: on AH and IPComp it is refused.',
    source: `${rst('Supported Attributes, XFRMA_ENCAP')}; RFC 3948; as in XFRM_MSG_NEWSA`,
  },
  {
    id: 'MS-OFFLOAD-INHERIT',
    text: 'Without XFRMA_OFFLOAD_DEV and without CLEAR_OFFLOAD the hardware offload is copied from the old SA.',
    source: rst('Supported Attributes, XFRMA_OFFLOAD_DEV; Flags'),
  },
  {
    id: 'MS-OFFLOAD-SET',
    text: 'XFRMA_OFFLOAD_DEV is the hardware offload of the migrated SA.',
    source: rst('Supported Attributes, XFRMA_OFFLOAD_DEV'),
  },
  {
    id: 'MS-OFFLOAD-CLEAR',
    text: 'With CLEAR_OFFLOAD the migrated SA has no hardware offload.',
    source: rst('Supported Attributes, XFRMA_OFFLOAD_DEV; Flags'),
  },
  {
    id: 'MS-OFFLOAD-EXCLUSIVE',
    text: 'CLEAR_OFFLOAD together with XFRMA_OFFLOAD_DEV is refused with EINVAL.',
    source: rst('Supported Attributes, XFRMA_OFFLOAD_DEV; Flags'),
  },
  {
    id: 'MS-OFFLOAD-VALID',
    text: 'An offload that cannot be had is refused as in XFRM_MSG_NEWSA: unknown flags, wrong direction, packet offload without a device for it. Crypto offload falls back to software.',
    source: `${uapi('struct xfrm_user_offload')}; Documentation/networking/xfrm/xfrm_device.rst`,
  },
  {
    id: 'MS-OUTMARK-SET',
    text: 'XFRMA_SET_MARK with XFRMA_SET_MARK_MASK is the output mark of the migrated SA.',
    source: rst('Supported Attributes, XFRMA_SET_MARK'),
  },
  {
    id: 'MS-OUTMARK-INHERIT',
    text: 'Without XFRMA_SET_MARK the migrated SA has the output mark of the old one.',
    source: rst('Supported Attributes, XFRMA_SET_MARK'),
  },
  {
    id: 'MS-OUTMARK-CLEAR',
    text: 'XFRMA_SET_MARK 0 leaves the migrated SA without an output mark.',
    source: rst('Supported Attributes, XFRMA_SET_MARK ("Send 0 to clear")'),
  },
  {
    id: 'MS-OUTMARK-MASK',
    text: 'XFRMA_SET_MARK_MASK belongs to XFRMA_SET_MARK; alone it is refused or replaces the mask, but it is not dropped in silence.',
    source: rst(
      'Supported Attributes, XFRMA_SET_MARK ("pair with"); an accepted attribute has an effect',
    ),
  },
  {
    id: 'MS-KEEPALIVE-SET',
    text: 'XFRMA_NAT_KEEPALIVE_INTERVAL is the keepalive interval of the migrated SA, which must be encapsulated.',
    source: rst('Supported Attributes, XFRMA_NAT_KEEPALIVE_INTERVAL'),
  },
  {
    id: 'MS-KEEPALIVE-INHERIT',
    text: 'Without XFRMA_NAT_KEEPALIVE_INTERVAL an SA that stays encapsulated keeps its interval.',
    source: rst('Supported Attributes'),
  },
  {
    id: 'MS-KEEPALIVE-CLEAR',
    text: 'XFRMA_NAT_KEEPALIVE_INTERVAL 0 clears the interval, with encapsulation or without.',
    source: rst('Supported Attributes, XFRMA_NAT_KEEPALIVE_INTERVAL'),
  },
  {
    id: 'MS-KEEPALIVE-ENCAP-GONE',
    text: 'The interval goes when the encapsulation is removed.',
    source: rst('Supported Attributes, XFRMA_NAT_KEEPALIVE_INTERVAL'),
  },
  {
    id: 'MS-KEEPALIVE-NO-ENCAP',
    text: 'An interval that is not zero on an SA without encapsulation is refused with EINVAL.',
    source: rst('Supported Attributes, XFRMA_NAT_KEEPALIVE_INTERVAL'),
  },
  {
    id: 'MS-KEEPALIVE-OUT',
    text: 'Only outbound SAs send keepalives: an interval on any other SA is refused.',
    source: 'commit f531d13bdfe3 (NAT keepalive); as in XFRM_MSG_NEWSA',
  },
  {
    id: 'MS-MTIMER-SET',
    text: 'XFRMA_MTIMER_THRESH is the mapping threshold of the migrated SA, which must be inbound and encapsulated.',
    source: rst('Supported Attributes, XFRMA_MTIMER_THRESH'),
  },
  {
    id: 'MS-MTIMER-INHERIT',
    text: 'Without XFRMA_MTIMER_THRESH an SA that stays encapsulated keeps its threshold.',
    source: rst('Supported Attributes'),
  },
  {
    id: 'MS-MTIMER-CLEAR',
    text: 'XFRMA_MTIMER_THRESH 0 clears the threshold, with encapsulation or without.',
    source: rst(
      'Supported Attributes, XFRMA_MTIMER_THRESH ("Send 0 to clear"; "a non-zero value without encap returns -EINVAL")',
    ),
  },
  {
    id: 'MS-MTIMER-ENCAP-GONE',
    text: 'The threshold goes when the encapsulation is removed.',
    source: rst('Supported Attributes, XFRMA_MTIMER_THRESH'),
  },
  {
    id: 'MS-MTIMER-NO-ENCAP',
    text: 'A threshold that is not zero on an SA without encapsulation is refused with EINVAL.',
    source: rst('Supported Attributes, XFRMA_MTIMER_THRESH'),
  },
  {
    id: 'MS-MTIMER-OUT',
    text: 'XFRMA_MTIMER_THRESH on an outbound SA is refused with EINVAL.',
    source: rst('Supported Attributes, XFRMA_MTIMER_THRESH'),
  },
  {
    id: 'MS-IMMUTABLE',
    text: 'Algorithms, replay state, direction and security context cannot be changed: their attributes are refused.',
    source: rst('Supported Attributes'),
  },
  {
    id: 'MS-ATTRIBUTE-REFUSED',
    text: 'Every attribute that is not among the accepted ones is refused with EINVAL, and the extended acknowledgement points at it or names it.',
    source: `${rst('Supported Attributes')}; commit a9d155ea9b44`,
  },
];

const flags: readonly Requirement[] = [
  {
    id: 'MS-FLAGS-UNKNOWN',
    text: 'A request with a flag bit outside XFRM_MIGRATE_STATE_KNOWN_FLAGS is refused with EINVAL.',
    source: `${rst('Flags')}; ${uapi('XFRM_MIGRATE_STATE_KNOWN_FLAGS')}`,
  },
  {
    id: 'MS-FLAGS-NAMED',
    text: 'The extended acknowledgement names the unknown bits, and only those: "Unknown flags: 0x4".',
    source: rst('Flags'),
  },
  {
    id: 'MS-H2H-DERIVE',
    text: 'With UPDATE_H2H_SEL the selector is derived from the new addresses, with the single-host mask of new_family.',
    source: rst('Flags, UPDATE_H2H_SEL'),
  },
  {
    id: 'MS-H2H-CHECK',
    text: 'With UPDATE_H2H_SEL the old selector must be a single-host entry of the SA addresses; anything else is refused with EINVAL.',
    source: rst('Flags, UPDATE_H2H_SEL'),
  },
  {
    id: 'MS-H2H-IGNORES-SEL',
    text: 'With UPDATE_H2H_SEL new_sel is ignored.',
    source: rst('Userspace Notification on Success, new_sel'),
  },
];

const steps: readonly Requirement[] = [
  {
    id: 'MS-REPLAY',
    text: 'Sequence numbers and replay window go from the old SA to the new one without a gap.',
    source: rst('Migration Steps, Incoming SA; Block Policy and IV Safety'),
  },
  {
    id: 'MS-OLD-GONE',
    text: 'The old SA is deleted.',
    source: rst('Block Policy and IV Safety'),
  },
  {
    id: 'MS-ATOMIC',
    text: 'The transfer is atomic: no packet is sent or received with a number of its own in between.',
    source: rst('Migration Steps; Block Policy and IV Safety'),
  },
  {
    id: 'MS-STEPS',
    text: 'Block policy, removal of the old policy, migration, new policies, removal of the block policy: an outbound SA can be migrated in these steps.',
    source: rst('Migration Steps, Outgoing SA'),
  },
];

const probe: readonly Requirement[] = [
  {
    id: 'MS-PROBE-SUPPORTED',
    text: 'A minimal message with an SPI that is not there is answered with ESRCH.',
    source: rst('Feature Detection'),
  },
  {
    id: 'MS-PROBE-COMPILED-OUT',
    text: 'A kernel without CONFIG_XFRM_MIGRATE answers ENOPROTOOPT.',
    source: rst('Feature Detection'),
  },
  {
    id: 'MS-PROBE-PREDATES',
    text: 'A kernel that predates the message answers EINVAL.',
    source: rst('Feature Detection'),
  },
];

const notification: readonly Requirement[] = [
  {
    id: 'MS-NOTIFY',
    text: 'Each success is multicast once, as XFRM_MSG_MIGRATE_STATE to XFRMNLGRP_MIGRATE; a refusal is not.',
    source: rst('Userspace Notification on Success'),
  },
  {
    id: 'MS-NOTIFY-HEADER',
    text: 'The fixed header is that of the request, new_sel excepted.',
    source: rst('Userspace Notification on Success'),
  },
  {
    id: 'MS-NOTIFY-SEL',
    text: 'new_sel is the real selector of the new SA.',
    source: rst('Userspace Notification on Success, new_sel'),
  },
  {
    id: 'MS-NOTIFY-FLAGS',
    text: 'flags are those of the request.',
    source: rst('Userspace Notification on Success, flags'),
  },
  {
    id: 'MS-NOTIFY-DIR',
    text: 'XFRMA_SA_DIR is the direction of the new SA.',
    source: rst('Userspace Notification on Success, XFRMA_SA_DIR'),
  },
  {
    id: 'MS-NOTIFY-ENCAP',
    text: 'XFRMA_ENCAP is there when the new SA is encapsulated, and only then.',
    source: rst('Userspace Notification on Success, XFRMA_ENCAP'),
  },
  {
    id: 'MS-NOTIFY-OFFLOAD',
    text: 'XFRMA_OFFLOAD_DEV is there when offload is active on the new SA, and only then.',
    source: rst('Userspace Notification on Success, XFRMA_OFFLOAD_DEV'),
  },
  {
    id: 'MS-NOTIFY-MARK',
    text: 'XFRMA_MARK is there when the new SA has a mark, and only then.',
    source: rst('Userspace Notification on Success, XFRMA_MARK'),
  },
  {
    id: 'MS-NOTIFY-OUTMARK',
    text: 'XFRMA_SET_MARK and XFRMA_SET_MARK_MASK are there together when the new SA has an output mark.',
    source: rst('Userspace Notification on Success, XFRMA_SET_MARK'),
  },
  {
    id: 'MS-NOTIFY-MTIMER',
    text: 'XFRMA_MTIMER_THRESH is there when it is not zero.',
    source: rst('Userspace Notification on Success, XFRMA_MTIMER_THRESH'),
  },
  {
    id: 'MS-NOTIFY-KEEPALIVE',
    text: 'XFRMA_NAT_KEEPALIVE_INTERVAL is there when it is not zero.',
    source: rst('Userspace Notification on Success, XFRMA_NAT_KEEPALIVE_INTERVAL'),
  },
  {
    id: 'MS-NOTIFY-SEQ',
    text: 'A notification carries sequence number and port id of the request that caused it.',
    source: netlink('Documentation/userspace-api/netlink/intro.rst; nlmsg_report'),
  },
  {
    id: 'MS-NOTIFY-NETNS',
    text: 'A notification is heard in the network namespace of the SA, and in no other.',
    source: netlink('multicast groups are of a namespace'),
  },
];

const errors: readonly Requirement[] = [
  {
    id: 'MS-EEXIST',
    text: 'When the tuple of the new SA is taken, the request is refused with EEXIST before anything is done.',
    source: rst('Error Handling'),
  },
  {
    id: 'MS-EEXIST-INTACT',
    text: 'After EEXIST the old SA is intact, and the request can be sent again once the tuple is free.',
    source: rst('Error Handling'),
  },
  {
    id: 'MS-RACE-DELETED',
    text: 'When the old SA is deleted before the migration completes, the answer is ESRCH and there is no new SA.',
    source: rst('Error Handling'),
  },
  {
    id: 'MS-NOTIFY-FAILED',
    text: 'When the notification cannot be sent the migration succeeds all the same, with a warning in the extended acknowledgement.',
    source: rst('Error Handling'),
  },
  {
    id: 'MS-ERROR-INTACT',
    text: 'A refused request changes nothing: neither the SA, nor others, and nobody is notified.',
    source: netlink('a request is done or refused'),
  },
  {
    id: 'MS-NO-MEMORY',
    text: 'For want of memory a request is refused with ENOMEM, or is not delivered (ENOBUFS).',
    source: netlink('errors are those of errno(3); netlink(7) for ENOBUFS'),
  },
];

const conventions: readonly Requirement[] = [
  {
    id: 'MS-ESRCH',
    text: 'A request whose SA is not there is answered with ESRCH.',
    source: rst('Feature Detection; SA Identification'),
  },
  {
    id: 'MS-CAPABILITY',
    text: 'Without CAP_NET_ADMIN in the namespace every request is refused with EPERM, before it is looked at.',
    source: netlink('xfrm_user: all operations require privileges'),
  },
  {
    id: 'MS-ACK',
    text: 'A success is acknowledged when NLM_F_ACK asks for it, and silent otherwise; a refusal is always told.',
    source: netlink('Documentation/userspace-api/netlink/intro.rst, Message exchange'),
  },
  {
    id: 'MS-ATTRIBUTE-LENGTH',
    text: 'An attribute that is shorter than its struct is refused with ERANGE, and the extended acknowledgement points at it.',
    source: netlink('nla_policy'),
  },
  {
    id: 'MS-ATTRIBUTE-BEYOND',
    text: 'An attribute of a type beyond XFRMA_MAX is ignored, as in every xfrm message.',
    source: netlink('nlmsg_parse_deprecated'),
  },
  {
    id: 'MS-ATTRIBUTE-TWICE',
    text: 'Of an attribute that is there twice the last counts.',
    source: netlink('nla_parse'),
  },
  {
    id: 'MS-MODE-FAMILY',
    text: 'Only the tunnel modes can carry a selector of another family than the addresses; others are refused.',
    source: 'XFRM_MSG_NEWSA: "Only tunnel modes can accommodate a change of family"',
  },
];

/** What XFRM_MSG_MIGRATE_STATE promises. */
export const migrateStateRequirements: readonly Requirement[] = [
  ...overview,
  ...identification,
  ...fields,
  ...attributes,
  ...flags,
  ...steps,
  ...probe,
  ...notification,
  ...errors,
  ...conventions,
];
