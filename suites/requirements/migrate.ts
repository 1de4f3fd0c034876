import type { Requirement } from '../../src/case/index.ts';

const uapi = (place: string) => `include/uapi/linux/xfrm.h, ${place}`;
const netlink = (place: string) => `netlink convention, ${place}`;
/** The interface has no document of its own: this commit and RFC 4555 are what it was made for. */
const origin = 'commit 5c79de6e79cd (XFRM_MSG_MIGRATE, Linux 2.6.21)';
const overview = 'xfrm_migrate_state.rst, Overview (what XFRM_MSG_MIGRATE does, by contrast)';
const text = (commit: string) => `${commit}; the text that the kernel answers with`;

/** What XFRM_MSG_MIGRATE promises. */
export const migrateRequirements: readonly Requirement[] = [
  {
    id: 'M-MOVE',
    text: 'The SA of an entry gets the new addresses and family; where it was there is none.',
    source: origin,
  },
  {
    id: 'M-TEMPLATE',
    text: 'The templates of the policy that an entry matches get its new addresses.',
    source: `${origin}; ${overview}`,
  },
  {
    id: 'M-TEMPLATE-TRANSPORT',
    text: 'A template of transport mode has no addresses and stays as it is.',
    source: `${origin}; net/xfrm/xfrm_policy.c, migrate_tmpl_match`,
  },
  {
    id: 'M-TEMPLATE-REQUIRED',
    text: 'A request that matches no template of the policy is refused with ENODATA.',
    source: origin,
  },
  {
    id: 'M-SA-OPTIONAL',
    text: 'A template may be migrated before there is an SA for it.',
    source: origin,
  },
  { id: 'M-KEEPS', text: 'What a request does not name stays as it was.', source: origin },
  {
    id: 'M-MANY',
    text: 'One request can migrate several SAs; what has no entry stays.',
    source: overview,
  },
  {
    id: 'M-ENTRIES-TOGETHER',
    text: 'The entries of a request are one migration: each starts from where things were before it.',
    source: overview,
  },
  {
    id: 'M-ONE-SA',
    text: 'An entry moves one SA. Where several fit, the documentation leaves open which.',
    source: `${overview}; MIGRATE_STATE is said to be unambiguous, unlike this message`,
  },
  {
    id: 'M-ONE-COPY',
    text: 'An SA is moved, not multiplied: its keys and sequence numbers are never in two SAs.',
    source: `${overview}; xfrm_migrate_state.rst, Block Policy and IV Safety; RFC 4106 section 2`,
  },
  {
    id: 'M-LARVAL',
    text: 'Migrated is the SA in use; one that has no keys yet is none.',
    source: `${origin}; RFC 4555 section 3.5: what is migrated are the SAs of an IKE SA`,
  },
  {
    id: 'M-IPIP',
    text: 'The IP-in-IP SA of an IPComp tunnel is where the tunnel is.',
    source: 'commit e8961c50ee9c (Linux 7.2); RFC 3173 section 2',
  },
  {
    id: 'M-ALL-OR-NOTHING',
    text: 'A request that fails leaves SAs and policies as they were, and nothing is announced.',
    source: `${origin}; netlink convention: an error means that nothing was done`,
  },
  {
    id: 'M-NO-MEMORY',
    text: 'For want of memory a request is refused with ENOMEM, or is not delivered (ENOBUFS).',
    source: netlink('errors are those of errno(3); netlink(7) for ENOBUFS'),
  },
  {
    id: 'M-TAKEN',
    text: 'An SA does not move to where another SA of this SPI, protocol and family is.',
    source: `${origin}; RFC 4301 section 4.1 (an SA is identified by SPI, address, protocol)`,
  },
  {
    id: 'M-FAMILY-TRANSPORT',
    text: 'Only tunnel modes can change the family.',
    source: text('xfrm_init_state'),
  },
  {
    id: 'M-NEW-FAMILY',
    text: 'The new family is IPv4 or IPv6; anything else is refused.',
    source: uapi('struct xfrm_user_migrate; what XFRM_MSG_NEWSA and XFRM_MSG_NEWPOLICY refuse'),
  },
  {
    id: 'M-MATCH-FAMILY',
    text: 'An address is one of its family: the old family of an entry is that of SA and template.',
    source: uapi('struct xfrm_user_migrate, old_family'),
  },
  {
    id: 'M-MATCH-ADDRESSES',
    text: 'Both old addresses of an entry must be those of the SA.',
    source: `${uapi('struct xfrm_user_migrate')}; ${origin}`,
  },
  {
    id: 'M-MATCH-REQID',
    text: 'A reqid in an entry must be that of the SA and the template; 0 matches any.',
    source: `${uapi('struct xfrm_user_migrate')}; ${origin}`,
  },
  {
    id: 'M-MATCH-MODE',
    text: 'Mode and protocol of an entry must be those of the SA and the template.',
    source: `${uapi('struct xfrm_user_migrate')}; ${origin}`,
  },
  {
    id: 'M-ENTRIES-REQUIRED',
    text: 'XFRMA_MIGRATE is required.',
    source: text(origin),
  },
  {
    id: 'M-ENTRY-LAYOUT',
    text: 'An entry is struct xfrm_user_migrate, 76 bytes.',
    source: uapi('struct xfrm_user_migrate'),
  },
  {
    id: 'M-ENTRIES-MOST',
    text: 'There are at most XFRM_MAX_DEPTH (6) entries.',
    source: text(origin),
  },
  {
    id: 'M-ENTRIES-UNIQUE',
    text: 'No two entries are for the same old addresses, family, protocol, mode and reqid.',
    source: text(origin),
  },
  {
    id: 'M-ADDRESS-NULL',
    text: 'A new address must not be null.',
    source: text(origin),
  },
  {
    id: 'M-LAYOUT',
    text: 'The fixed header is struct xfrm_userpolicy_id; a shorter one is refused.',
    source: uapi('struct xfrm_userpolicy_id'),
  },
  {
    id: 'M-NL-POLICY',
    text: 'An attribute that is too short for its struct is refused, and the extack points at it.',
    source: netlink('attribute policies'),
  },
  {
    id: 'M-NL-UNKNOWN',
    text: 'An attribute of an unknown type is passed over.',
    source: netlink('liberal parsing of attributes'),
  },
  {
    id: 'M-NL-LONG',
    text: 'An attribute may be longer than what is known of it: the rest is passed over.',
    source: netlink('liberal parsing of attributes'),
  },
  {
    id: 'M-NL-TWICE',
    text: 'Of an attribute that is there twice the last counts.',
    source: netlink('parsing of attributes'),
  },
  {
    id: 'M-ATTRIBUTES-OTHER',
    text: 'Attributes of other messages that are older than 6.10 are passed over.',
    source: netlink('liberal parsing of attributes'),
  },
  {
    id: 'M-ATTRIBUTES-UNUSED',
    text: 'An attribute that the message has no use for is refused by name.',
    source: 'commit a4a87fa4e96c (XFRMA_SA_DIR, Linux 6.10: xfrm_reject_unused_attr)',
  },
  {
    id: 'M-NET-ADMIN',
    text: 'The request needs CAP_NET_ADMIN and is refused with EPERM without.',
    source: netlink('NETLINK_XFRM requires CAP_NET_ADMIN in the user namespace of the netns'),
  },
  {
    id: 'M-POLICY-UNKNOWN',
    text: 'A policy that is not there is refused with ENOENT.',
    source: text(origin),
  },
  {
    id: 'M-ONE-POLICY',
    text: 'Only the policy that the request names is changed.',
    source: `${uapi('struct xfrm_userpolicy_id')}; ${origin}`,
  },
  {
    id: 'M-SELECTOR-EXACT',
    text: 'A policy is named by its selector, as in XFRM_MSG_GETPOLICY and XFRM_MSG_DELPOLICY.',
    source: uapi('struct xfrm_userpolicy_id'),
  },
  {
    id: 'M-SELECTOR-ANY',
    text: 'A policy can be migrated whatever its selector names: protocol, ports, interface, user.',
    source: `${origin}; until 6.11 selectors were compared as they are`,
  },
  {
    id: 'M-SELECTOR-FAMILY',
    text: 'A selector of a family that has no policies is refused with EAFNOSUPPORT.',
    source: 'commit 563d5ca93e88 (Linux 6.12)',
  },
  {
    id: 'M-POLICY-TYPE',
    text: 'XFRMA_POLICY_TYPE chooses main or sub policies; without it main; others are refused.',
    source: uapi('struct xfrm_userpolicy_type'),
  },
  {
    id: 'M-POLICY-MARK',
    text: 'A policy with a mark can be migrated.',
    source: `${origin}: nothing excludes such policies; until 6.11 they were found`,
  },
  {
    id: 'M-POLICY-KEEPS',
    text: 'Of a policy only the addresses of its templates change.',
    source: `${origin}; net/xfrm/xfrm_policy.c, "update endpoint address(es) of template(s)"`,
  },
  {
    id: 'M-POLICY-INDEX',
    text: 'The policy is named by selector, direction and type; its index plays no part.',
    source: 'net/xfrm/xfrm_user.c, build_migrate: "copy data from selector, dir, and type"',
  },
  {
    id: 'M-SOCKET-POLICY',
    text: 'Policies of sockets are not in the database that the message is about.',
    source: 'RFC 4301 section 4.4.1: the policies of the SPD; ip-xfrm(8): nosock',
  },
  {
    id: 'M-DIRECTION',
    text: 'The direction is one of in, out and fwd, and names the policy with the selector.',
    source: uapi('struct xfrm_userpolicy_id'),
  },
  {
    id: 'M-IF-ID',
    text: 'XFRMA_IF_ID names the policy and the SA of one xfrm interface.',
    source: 'commit c1aa3722f480 (if_id in XFRM_MSG_MIGRATE, Linux 5.17)',
  },
  {
    id: 'M-IF-ID-ABSENT',
    text: 'Without XFRMA_IF_ID the interface of policy and SA is not looked at.',
    source: 'commit c1aa3722f480 (checked only where it is given, for compatibility); until 6.11',
  },
  {
    id: 'M-ENCAP',
    text: 'XFRMA_ENCAP is the encapsulation of the new SA.',
    source: 'commit 4ab47d47af20 (UDP encapsulation in XFRM_MSG_MIGRATE, Linux 4.13)',
  },
  {
    id: 'M-ENCAP-ABSENT',
    text: 'Without XFRMA_ENCAP the new SA has no encapsulation.',
    source: 'commit b8addb8884f2 (Linux 7.2)',
  },
  {
    id: 'M-ENCAP-TYPE',
    text: 'A type that is no encapsulation of ESP is refused.',
    source: text('esp_init_state'),
  },
  {
    id: 'M-ENCAP-PROTOCOL',
    text: 'Only ESP can be encapsulated.',
    source: 'RFC 3948; the texts of ah_init_state and ipcomp_init_state',
  },
  {
    id: 'M-OFFLOAD',
    text: 'XFRMA_OFFLOAD_DEV is the hardware offload of the new SA.',
    source: 'commit ab244a394c7f (Linux 6.16)',
  },
  {
    id: 'M-OFFLOAD-ABSENT',
    text: 'Without XFRMA_OFFLOAD_DEV the new SA has no offload.',
    source: 'commit ab244a394c7f, which says that this is how it has been',
  },
  {
    id: 'M-OFFLOAD-VALID',
    text: 'An offload is refused, or falls back to software, as in XFRM_MSG_NEWSA.',
    source: 'commit ab244a394c7f; Documentation/networking/xfrm/xfrm_device.rst',
  },
  {
    id: 'M-NOTIFY',
    text: 'A migration is announced once to XFRMNLGRP_MIGRATE, with the policy that was named.',
    source: `${origin}; ${uapi('XFRMNLGRP_MIGRATE')}`,
  },
  {
    id: 'M-NOTIFY-NETNS',
    text: 'It is announced in the network namespace where it happened, and in no other.',
    source: 'commit 7e2a4f7ca095; netlink convention: multicast groups are those of a namespace',
  },
  {
    id: 'M-NOTIFY-ENTRIES',
    text: 'The announcement has an XFRMA_MIGRATE for each entry, as it was asked.',
    source: origin,
  },
  {
    id: 'M-NOTIFY-TYPE',
    text: 'The announcement has the type of the policy.',
    source: origin,
  },
  {
    id: 'M-NOTIFY-KMADDRESS',
    text: 'XFRMA_KMADDRESS of the request is in the announcement.',
    source: uapi('struct xfrm_user_kmaddress'),
  },
  {
    id: 'M-NOTIFY-ENCAP',
    text: 'XFRMA_ENCAP of the request is in the announcement.',
    source: 'commit 8bafd73093d6 (Linux 4.13)',
  },
];
