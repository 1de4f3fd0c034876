import type { Requirement } from '../../src/case/index.ts';

const netlink = (place: string) => `netlink convention, ${place}`;
const capable = netlink('netlink_net_capable(): the opener of the socket and the sender');
const compat =
  'net/xfrm/Kconfig, XFRM_USER_COMPAT; commit 74005991b78a (EOPNOTSUPP where messages cannot be translated)';
const pfKey = 'net/xfrm/Kconfig, NET_KEY_MIGRATE; draft-sugimoto-mip6-pfkey-migrate';

/** Who may ask, from where, and by which other message. */
export const doorRequirements: readonly Requirement[] = [
  {
    id: 'MS-CAPABILITY-BOTH',
    text: 'CAP_NET_ADMIN is needed by who opened the socket and by who sends: a passed socket gives nothing away.',
    source: capable,
  },
  {
    id: 'MS-CAPABILITY-NETNS',
    text: 'The capability counts in the user namespace that owns the network namespace of the socket, and is enough there.',
    source: netlink('netlink_net_capable(); user_namespaces(7)'),
  },
  {
    id: 'MS-SOCKET-NETNS',
    text: 'A request is about the network namespace in which its socket was opened.',
    source: netlink('a socket belongs to a namespace; network_namespaces(7)'),
  },
  {
    id: 'MS-COMPAT',
    text: 'A 32-bit process is served like any other where the kernel can translate, and refused with EOPNOTSUPP where not.',
    source: compat,
  },
  {
    id: 'M-NET-ADMIN-BOTH',
    text: 'CAP_NET_ADMIN is needed by who opened the socket and by who sends.',
    source: capable,
  },
  {
    id: 'M-COMPAT',
    text: 'A 32-bit process is served like any other where the kernel can translate, and refused with EOPNOTSUPP where not.',
    source: compat,
  },
  {
    id: 'M-PF-KEY',
    text: 'SADB_X_MIGRATE migrates a policy with its SAs as XFRM_MSG_MIGRATE does.',
    source: pfKey,
  },
  {
    id: 'M-PF-KEY-ERROR',
    text: 'SADB_X_MIGRATE is refused, with nothing changed, for what XFRM_MSG_MIGRATE is refused for.',
    source: pfKey,
  },
];
