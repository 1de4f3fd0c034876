import type { Requirement } from '../../src/case/index.ts';

const netlink = (place: string) => `netlink convention, ${place}`;
const capable = netlink('netlink_net_capable(): the opener of the socket and the sender');
const compat =
  'net/xfrm/Kconfig, XFRM_USER_COMPAT; commit 74005991b78a (EOPNOTSUPP where messages cannot be translated)';
const pfKey = 'net/xfrm/Kconfig, NET_KEY_MIGRATE; draft-sugimoto-mip6-pfkey-migrate';

const pfKeyAddresses = 'draft-ebalard-mext-pfkey-enhanced-migrate';

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
  {
    id: 'M-PF-KEY-ANNOUNCED',
    text: 'Whoever asked for it, every PF_KEY socket hears of the migration of a main policy whose modes PF_KEY has, once: its selector (addresses, prefixes, protocol, ports), its direction, and for each entry an ipsecrequest with the old and one with the new endpoints, with protocol, mode and reqid, whose level is "unique" when there is a reqid.',
    source: `${pfKey}; RFC 2367, 2.3.3; include/uapi/linux/{pfkeyv2,ipsec}.h`,
  },
  {
    id: 'M-PF-KEY-FORMAT',
    text: 'A message of PF_KEY tells its length, and each extension its own; reserved fields, sin_zero and padding are zero. What no process has asked for by PF_KEY has sequence number and process 0.',
    source: 'RFC 2367, 2.1 to 2.3; include/uapi/linux/pfkeyv2.h',
  },
  {
    id: 'M-PF-KEY-ANSWER',
    text: 'The message that answers a request, which all PF_KEY sockets hear, has the sequence number and the process of the request.',
    source: 'RFC 2367, 2.1 (sadb_msg_seq, sadb_msg_pid)',
  },
  {
    id: 'M-PF-KEY-KMADDRESS',
    text: 'SADB_X_EXT_KMADDRESS, local address first, stands for XFRMA_KMADDRESS: what one interface was given is announced by both.',
    source: `${pfKeyAddresses}; commit 13c1d18931eb`,
  },
  {
    id: 'M-PF-KEY-SUB-POLICY',
    text: 'PF_KEY knows main policies only: the migration of a sub policy, which it cannot name, is not announced there.',
    source: `${pfKey}; net/key/af_key.c, pfkey_send_migrate`,
  },
  {
    id: 'M-PF-KEY-MODE',
    text: 'PF_KEY has the modes of linux/ipsec.h, IP-TFS among them since Linux 6.14: a migration in each of them is announced there and can be asked for. Any mode takes in transport.',
    source: `${pfKey}; include/uapi/linux/ipsec.h (IPSEC_MODE_*)`,
  },
  {
    id: 'M-PF-KEY-SELECTOR',
    text: 'Family, prefixes, upper protocol and ports of the two address extensions name the policy.',
    source: `${pfKey}; RFC 2367, 2.3.3`,
  },
  {
    id: 'M-PF-KEY-MALFORMED',
    text: 'Refused with EINVAL: a request without both addresses or the policy, or with no direction; a selector, endpoints or addresses of the key manager of two families; ipsecrequests that are not in pairs, that do not fit into their extension or their addresses into them, that name no mode of linux/ipsec.h, or that differ in protocol, mode or reqid from the other of their pair.',
    source: `${pfKey}; RFC 2367, 2.3 and 3.1; include/uapi/linux/ipsec.h (IPSEC_MODE_*); net/key/af_key.c, ipsecrequests_to_migrate`,
  },
  {
    id: 'M-PF-KEY-REFUSAL-PRIVATE',
    text: 'That a request was refused is told to the socket that asked, and to no other.',
    source: 'RFC 2367, 1.4 and 3.1 (errors go to the sender only)',
  },
];
