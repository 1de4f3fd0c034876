/**
 * Every (errno, extack text) that the two messages can be answered with: all NL_SET_ERR_MSG* on
 * their paths in Linux 7.3.4 (net/xfrm/xfrm_{user,state,policy,device,replay,ipcomp,iptfs}.c,
 * net/ipv4 and net/ipv6: esp, ah, ipcomp, tunnel, mip6; lib/nlattr.c, net/netlink), and the bare
 * errnos.
 */
export interface ErrorText {
  readonly interface: 'migrate-state' | 'migrate';
  readonly errno: string;
  /** The extack text, or how it begins; undefined: none. */
  readonly text?: string;
  /** Each way that leads to it, and the case that takes it (its id less the interface). */
  readonly ways?: { readonly [way: string]: string };
  /** Why no case provokes it. */
  readonly unreachable?: string;
}

type Row = readonly [errno: string, text: string | undefined, ways: ErrorText['ways'] | string];

const crypto = 'the algorithm was set up for the old SA and is only cloned';
const wronglySaid = 'a known deviation says it where the specification asks for something else: ';

const migrateState: readonly Row[] = [
  [
    'EPERM',
    undefined,
    {
      'no capability': 'access/without-capability',
      'invalid as well': 'access/without-capability-invalid',
      'capable opener only': 'doors/opened-with-used-without-capability',
      'capable sender only': 'doors/opened-without-used-with-capability',
      'root of a user namespace': 'doors/root-of-user-namespace',
    },
  ],
  ['EOPNOTSUPP', undefined, { '32-bit process': 'doors/32-bit-process-refused' }],
  ['ENOPROTOOPT', 'XFRM_MSG_MIGRATE_STATE is not supported', { 'compiled out': 'probe/minimal' }],
  [
    'EINVAL',
    'Invalid header length',
    { empty: 'header/truncated-to-0-bytes', 'one byte less': 'header/truncated-to-131-bytes' },
  ],
  [
    'ERANGE',
    'Attribute failed policy validation',
    {
      mark: 'parsing/short-mark',
      encap: 'parsing/short-encap',
      offload: 'parsing/short-offload-dev',
      'output mark': 'parsing/short-set-mark',
      'its mask': 'parsing/short-set-mark-mask',
      threshold: 'parsing/short-mtimer-thresh',
      'flag with payload': 'errors/flag-attribute-with-payload',
      'before the header': 'errors/parsing-before-header',
    },
  ],
  ['EINVAL', 'invalid attribute length', { keepalive: 'parsing/strict-nat-keepalive-interval' }],
  [
    'EINVAL',
    'NLA_F_NESTED not expected',
    { keepalive: 'parsing/strict-nat-keepalive-interval-nested' },
  ],
  ['ERANGE', 'integer out of range', { direction: 'parsing/direction-out-of-range' }],
  ['EINVAL', 'Invalid attribute SA_DIR', { direction: 'refused-attributes/sa-dir' }],
  ['EINVAL', 'Invalid attribute SA_PCPU', { pcpu: 'refused-attributes/sa-pcpu' }],
  [
    'EINVAL',
    'Unsupported attribute in XFRM_MSG_MIGRATE_STATE',
    {
      algorithm: 'refused-attributes/alg-aead',
      if_id: 'refused-attributes/if-id',
      padding: 'refused-attributes/pad',
      'beside accepted': 'refused-attributes/beside-accepted',
      'with another fault': 'errors/attribute-and-spi',
    },
  ],
  ['EINVAL', 'Invalid SPI 0x0', { zero: 'header/spi-zero' }],
  [
    'EINVAL',
    'Reserved field must be zero',
    { low: 'header/reserved-0x1', high: 'header/reserved-0x8000' },
  ],
  [
    'EINVAL',
    'Unknown flags: 0x4',
    { each: 'flags/each-unknown-bit', 'no SA': 'flags/unknown-flag-on-unknown-sa' },
  ],
  ['EINVAL', 'Unknown flags: 0xfffffffc', { all: 'flags/all-bits' }],
  [
    'EINVAL',
    'Unknown flags: 0x',
    'the beginning of the texts for the other bits: flags/each-unknown-bit has them all',
  ],
  [
    'EINVAL',
    'Invalid address family',
    { none: 'family/unsupported-0', 'byte order': 'family/unsupported-512' },
  ],
  [
    'EAFNOSUPPORT',
    'IPv6 support disabled',
    'needs a kernel without CONFIG_IPV6, which no kernel at hand is',
  ],
  [
    'EINVAL',
    'Invalid prefix length in selector (must be <= 32 for IPv4)',
    {
      source: 'selector/prefix-too-long-s-33-ipv4',
      destination: 'selector/prefix-too-long-d-33-ipv4',
    },
  ],
  [
    'EINVAL',
    'Invalid prefix length in selector (must be <= 128 for IPv6)',
    {
      source: 'selector/prefix-too-long-s-129-ipv6',
      destination: 'selector/prefix-too-long-d-129-ipv6',
    },
  ],
  [
    'EINVAL',
    'Invalid address family in selector',
    { odd: 'selector/family-3', large: 'selector/family-65535' },
  ],
  [
    'ESRCH',
    'Can not find state',
    {
      spi: 'probe/well-formed',
      'no SAs': 'probe/empty-namespace',
      'with another fault': 'errors/no-sa-and-encap-type',
    },
  ],
  [
    'EINVAL',
    'SA selector is not a single-host match for SA addresses',
    {
      'with another fault': 'errors/not-host-to-host-and-encap-type',
    },
  ],
  [
    'EINVAL',
    'Unsupported encapsulation type',
    { 'with another fault': 'errors/encap-type-and-taken' },
  ],
  [
    'EINVAL',
    'MTIMER_THRESH requires encapsulation',
    {
      'none there': 'mapping-timer/without-encap-refused',
      removed: 'mapping-timer/while-encap-is-removed-refused',
    },
  ],
  [
    'EINVAL',
    'MTIMER_THRESH should not be set on output SA',
    {
      value: 'mapping-timer/outbound-refused',
      zero: 'mapping-timer/outbound-zero-refused',
    },
  ],
  [
    'EINVAL',
    'NAT_KEEPALIVE_INTERVAL requires encapsulation',
    {
      'none there': 'keepalive/without-encap-refused',
      removed: 'keepalive/while-encap-is-removed-refused',
    },
  ],
  [
    'EEXIST',
    'New SA tuple already occupied',
    {
      SA: 'collision/then-free',
      larval: 'collision/taken-by-larval',
      'with another fault': 'errors/keepalive-without-encap-and-taken',
    },
  ],
  [
    'EINVAL',
    'Requested mode not found',
    { 'route optimization': 'family/route-optimization-6-to-4-refused' },
  ],
  [
    'EINVAL',
    'Only tunnel modes can accommodate a change of family',
    {
      'to IPv6': 'family/transport-4-to-6-refused',
      'to IPv4': 'family/transport-6-to-4-refused',
      'selector alone': 'family/transport-selector-alone-refused',
      AH: 'family/ah-transport-4-to-6-refused',
      IPComp: 'family/ipcomp-transport-4-to-6-refused',
    },
  ],
  ['EINVAL', 'Requested type not found', { 'IP-in-IP': 'ipcomp/helper-to-ipv6-refused' }],
  ['EINVAL', 'ESP: AEAD or CRYPT must be provided', { larval: 'collision/larval-esp-refused' }],
  [
    'EINVAL',
    'AH requires a state with an AUTH algorithm',
    { larval: 'collision/larval-ah-refused' },
  ],
  ['EINVAL', 'Missing required compression algorithm', { larval: 'errors/larval-ipcomp' }],
  ['EINVAL', 'AH is not compatible with encapsulation', { AH: 'encap/on-ah' }],
  ['EINVAL', 'IPComp is not compatible with encapsulation', { IPComp: 'encap/on-ipcomp' }],
  [
    'EINVAL',
    'IPv4 tunnel is not compatible with encapsulation',
    { 'IP-in-IP': 'ipcomp/helper-encapsulated-refused' },
  ],
  [
    'EINVAL',
    'IPv6 tunnel is not compatible with encapsulation',
    { 'IPv6-in-IPv6': 'errors/ipv6-helper-encapsulated' },
  ],
  [
    'EINVAL',
    'NAT keepalive is only supported for outbound SAs',
    {
      inbound: 'keepalive/inbound-refused',
      'no direction': 'keepalive/no-direction-refused',
    },
  ],
  [
    'EINVAL',
    'NAT keepalive is only supported for UDP encapsulation',
    { 'in TCP': 'keepalive/on-espintcp-refused' },
  ],
  [
    'EINVAL',
    'Failed to initialize migrated state',
    { 'ESN window 0': 'replay/esn-window-zero-refused' },
  ],
  ['EINVAL', 'Unrecognized flags in offload request', { flag: 'offload/unknown-flag-refused' }],
  [
    'EINVAL',
    'Mismatched SA and offload direction',
    {
      inbound: 'offload/inbound-on-outbound-refused',
      outbound: 'offload/outbound-on-inbound-refused',
    },
  ],
  [
    'EINVAL',
    'XFRM if_id is not supported in RX path',
    { if_id: 'offload/inbound-with-if-id-refused' },
  ],
  ['EINVAL', "TFC padding can't be offloaded", { padding: 'offload/with-tfc-padding-refused' }],
  ['EINVAL', "Device doesn't support offload with ESN", { netdevsim: 'offload/esn-refused' }],
  ['EINVAL', 'State migration clone failed', `${wronglySaid}MS-DEV-OFFLOAD-BLAMES-CLONE`],
  ['EINVAL', "Type doesn't support offload", `${wronglySaid}MS-DEV-OFFLOAD-IMPOSSIBLE`],
  ['EEXIST', 'Failed to add migrated state', `${wronglySaid}MS-DEV-EEXIST-LOSES-SA`],
  ['ESRCH', 'State already deleted', 'the SA must expire between look-up and lock'],
  ['EINVAL', 'Failed to clone and setup state', 'memory must run out, or an LSM refuse'],
  ['EINVAL', 'Kernel was unable to initialize cryptographic operations', crypto],
  ['EINVAL', 'Algorithm name is too long', crypto],
  ['EINVAL', 'Kernel error: failed to initialize the associated state', 'memory must run out'],
  [
    'EINVAL',
    'IPv4 tunnel can only be used with tunnel mode',
    'the mode of an SA cannot be changed',
  ],
  [
    'EINVAL',
    'IPv6 tunnel can only be used with tunnel mode',
    'the mode of an SA cannot be changed',
  ],
  ['EINVAL', 'Unsupported XFRM mode for IPcomp', 'the mode of an SA cannot be changed'],
  [
    'EINVAL',
    'Invalid mode requested for AH, must be one of TRANSPORT, TUNNEL, BEET',
    'the mode of an SA cannot be changed',
  ],
  [
    'EINVAL',
    'Unsupported encapsulation type for ESP',
    'the type is looked at before the SA is made',
  ],
  ['EINVAL', 'SPI must be 0', 'an SA of SPI 0 cannot be named'],
  ['EINVAL', 'XFRM mode must be XFRM_MODE_ROUTEOPTIMIZATION', 'an SA of SPI 0 cannot be named'],
  [
    'EINVAL',
    'ESN replay window must be > 0',
    'the caller passes no extack on: see "Failed to initialize migrated state"',
  ],
  [
    'EINVAL',
    'ESN replay window is too large for the chosen bitmap size',
    'the window was looked at when the old SA was made',
  ],
  [
    'EINVAL',
    'Device failed to offload this state',
    'see "Type doesn\'t support offload": no driver is ever asked',
  ],
  ['EINVAL', 'Unrecognized offload direction', 'of policies'],
];

const migrate: readonly Row[] = [
  [
    'EPERM',
    undefined,
    {
      'capable opener only': 'doors/opened-with-used-without-capability',
      'capable sender only': 'doors/opened-without-used-with-capability',
      'root of a user namespace': 'doors/root-of-user-namespace',
      'no capability': 'request/without-net-admin',
    },
  ],
  ['EOPNOTSUPP', undefined, { '32-bit process': 'doors/32-bit-process-refused' }],
  ['EINVAL', 'Invalid header length', { short: 'request/short-header', empty: 'parsing/empty' }],
  [
    'ERANGE',
    'Attribute failed policy validation',
    {
      'no entries': 'request/empty-entries',
      'part of one': 'request/short-entry',
      encap: 'parsing/short-encap',
      type: 'parsing/short-policy-type',
      kmaddress: 'parsing/short-km-address',
      if_id: 'parsing/short-if-id',
      offload: 'parsing/short-offload-device',
      mark: 'parsing/short-mark',
    },
  ],
  ['EINVAL', 'invalid attribute length', { direction: 'errors/long-direction' }],
  ['EINVAL', 'NLA_F_NESTED not expected', { direction: 'errors/nested-direction' }],
  ['ERANGE', 'integer out of range', { direction: 'parsing/direction-out-of-range' }],
  ['EINVAL', 'Invalid attribute SA_DIR', { direction: 'request/refuses-sa-dir' }],
  ['EINVAL', 'Invalid attribute SA_PCPU', { pcpu: 'request/refuses-sa-pcpu' }],
  [
    'ENOPROTOOPT',
    'bytes leftover after parsing attributes',
    { 'compiled out': 'errors/stray-bytes' },
  ],
  ['EINVAL', 'Missing required MIGRATE attribute', { none: 'request/no-entries-attribute' }],
  [
    'EINVAL',
    'Invalid policy type',
    { type: 'lookup/type-invalid', 'with another fault': 'errors/type-and-seven-entries' },
  ],
  [
    'EINVAL',
    'Invalid number of SAs to migrate, must be 0 < num <= XFRM_MAX_DEPTH (6)',
    { 7: 'request/7-entries-refused', 100: 'request/100-entries-refused' },
  ],
  [
    'EINVAL',
    "Addresses in the MIGRATE attribute's list cannot be null",
    {
      destination: 'request/null-daddr',
      source: 'request/null-saddr',
      'IPv6 destination': 'request/null-ipv6-daddr',
      'IPv6 source': 'request/null-ipv6-saddr',
      'second entry': 'request/second-entry-null',
    },
  ],
  [
    'EINVAL',
    "Entries in the MIGRATE attribute's list must be unique",
    {
      same: 'request/duplicate-same',
      'other target': 'request/duplicate-other-target',
      apart: 'request/duplicate-apart',
    },
  ],
  ['EINVAL', 'Invalid policy direction', { 3: 'lookup/direction-3', 255: 'lookup/direction-255' }],
  [
    'EAFNOSUPPORT',
    'Target policy not found',
    { family: 'lookup/selector-family-unsupported', none: 'policy/index-alone' },
  ],
  [
    'ENOENT',
    'Target policy not found',
    { socket: 'policy/socket-policy-alone', 'with another fault': 'errors/no-policy-and-taken' },
  ],
  ['ENODATA', undefined, { 'no template': 'errors/no-template-no-text' }],
  [
    'ENODATA',
    'Failed to add migrated state',
    { larval: 'identity/taken-by-larval', third: 'entries/third-of-five-taken' },
  ],
  [
    'ENODATA',
    'Only tunnel modes can accommodate a change of family',
    { 'to IPv6': 'move/transport-family-refused', 'to IPv4': 'families/transport-6-to-4-refused' },
  ],
  [
    'ENODATA',
    'Requested mode not found',
    { 'route optimization': 'errors/route-optimization-to-ipv4' },
  ],
  ['ENODATA', 'Requested type not found', { 'IP-in-IP': 'errors/helper-to-ipv6' }],
  [
    'ENODATA',
    'Unsupported encapsulation type for ESP',
    { none: 'encap/type-0-refused', odd: 'encap/type-3-refused' },
  ],
  ['ENODATA', 'AH is not compatible with encapsulation', { AH: 'bundle/ah-with-encap-refused' }],
  [
    'ENODATA',
    'IPComp is not compatible with encapsulation',
    { IPComp: 'bundle/ipcomp-with-encap-refused' },
  ],
  [
    'ENODATA',
    'IPv4 tunnel is not compatible with encapsulation',
    { 'IP-in-IP': 'errors/helper-encapsulated' },
  ],
  [
    'ENODATA',
    'IPv6 tunnel is not compatible with encapsulation',
    { 'IPv6-in-IPv6': 'errors/ipv6-helper-encapsulated' },
  ],
  ['ENODATA', 'Unrecognized flags in offload request', { flag: 'offload/unknown-flag-refused' }],
  [
    'ENODATA',
    'Mismatched SA and offload direction',
    { inbound: 'offload/inbound-on-outbound-refused' },
  ],
  [
    'ENODATA',
    'XFRM if_id is not supported in RX path',
    { if_id: 'errors/offload-inbound-with-if-id' },
  ],
  ['ENODATA', "TFC padding can't be offloaded", { padding: 'offload/with-tfc-padding-refused' }],
  ['ENODATA', "Type doesn't support offload", `${wronglySaid}M-DEV-OFFLOAD-IMPOSSIBLE`],
  ['ENODATA', 'ESP: AEAD or CRYPT must be provided', `${wronglySaid}M-DEV-LARVAL-HIDES-SA`],
  [
    'ENODATA',
    'AH requires a state with an AUTH algorithm',
    'a larval SA is to be passed over: see M-DEV-LARVAL-HIDES-SA',
  ],
  [
    'ENODATA',
    'Missing required compression algorithm',
    'a larval SA is to be passed over: see M-DEV-LARVAL-HIDES-SA',
  ],
  ['ENODATA', "Device doesn't support offload with ESN", { netdevsim: 'errors/esn-offload' }],
  [
    'ENODATA',
    'NAT keepalive is only supported for outbound SAs',
    'no SA but an outbound one can have a keepalive to inherit',
  ],
  [
    'ENODATA',
    'NAT keepalive is only supported for UDP encapsulation',
    { 'in TCP': 'errors/keepalive-in-tcp' },
  ],
  ['ENODATA', 'Failed to initialize migrated state', { 'ESN window 0': 'errors/esn-window-zero' }],
  ['ENODATA', 'Failed to clone and setup state', 'memory must run out, or an LSM refuse'],
  ['ENODATA', 'Kernel was unable to initialize cryptographic operations', crypto],
  ['ENODATA', 'Kernel error: failed to initialize the associated state', 'memory must run out'],
  ['ENOMEM', undefined, 'memory must run out'],
];

const rows = (name: ErrorText['interface'], list: readonly Row[]): ErrorText[] =>
  list.map(([errno, text, ways]) => ({
    interface: name,
    errno,
    ...(text === undefined ? {} : { text }),
    ...(typeof ways === 'string' ? { unreachable: ways } : { ways: ways! }),
  }));

export const errorTexts: readonly ErrorText[] = [
  ...rows('migrate-state', migrateState),
  ...rows('migrate', migrate),
];
