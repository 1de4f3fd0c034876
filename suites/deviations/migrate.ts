import {
  absent,
  type Deviation,
  type Expected,
  encapTemplate,
  error,
  espInUdp,
  hosts,
  isMatcher,
  ok,
  oneOf,
} from '../../src/case/index.ts';
import { moved, shown } from '../migrate/expect.ts';
import { migrateTopics } from '../migrate/index.ts';
import { ofAnotherInterface } from './acquired.ts';
import { largerPackets } from './iptfs.ts';

const notFound = error('ENOENT', 'Target policy not found');

/** The SA is there, its policy is not found, and nothing happened. */
const policyNotFound = {
  reply: notFound,
  'sas.sa.old': 'unchanged',
  'sas.sa.new': 'none',
  policies: 'unchanged',
  heard: [],
};

/** The cases that expect an announcement; not the one that brings down the kernels in question. */
const casesThatHear = migrateTopics
  .flatMap(({ cases }) => cases)
  .filter(({ expect: { full } }) => {
    const { heard } = full as { readonly heard?: unknown };
    return Array.isArray(heard) && /"XFRM(_MSG|A)_MIGRATE"/.test(JSON.stringify(heard));
  })
  .map(({ id }) => id)
  .filter((id) => id !== 'migrate/notification/two-with-everything');

/**
 * The cases in which a new SA is begun and then given up. Of `enodata` in ./expect.ts, whose text
 * came with Linux 7.2; not the one that older kernels do not refuse.
 */
const casesThatFailLate = [
  ...migrateTopics
    .flatMap(({ cases }) => cases)
    .filter(({ expect: { full } }) => {
      const { reply } = full as { readonly reply?: Expected };
      if (reply === undefined || !isMatcher(reply) || reply.$match !== 'reply') return false;
      return reply.errno === 'ENODATA' && reply.extack.since === '7.2';
    })
    .map(({ id }) => id)
    .filter((id) => id !== 'migrate/families/6-to-4-taken-same-bytes'),
  'migrate/identity/larval-newer',
  'migrate/offload/packet-refused',
  'migrate/families/new-family-0',
  'migrate/families/new-family-3',
  'migrate/families/new-family-258',
];

/** What the cases of fields/ show where an encapsulation stays that should go. */
const encapKept = (kind: string) => [
  {
    with: `${kind}encap 4500-4500`,
    wrong: { XFRMA_ENCAP: { expected: null, seen: { ...encapTemplate(espInUdp(4500, 4500)) } } },
  },
  {
    with: `${kind}encap 4500-4500, nat-timer mapping-30`,
    wrong: { XFRMA_MTIMER_THRESH: { expected: null, seen: 30 } },
  },
];
const keepalive = (first: string, values: { expected: Expected; seen: Expected }) => ({
  with: `${first}, encap 4500-4500, nat-timer keepalive-20`,
  wrong: { XFRMA_NAT_KEEPALIVE_INTERVAL: values },
});

/** Kernels that announce a migration where it happened, see M-DEV-NOTIFY-OTHER-NETNS. */
const announcedToPfKey = [
  { from: '6.1.171', to: '6.15.*' },
  { from: '7.0.11', to: null },
];

/** An SA that has moved and lost its interval. */
const withoutKeepalive = (to: { src: string; dst: string }) => ({
  changed: ['dst', 'natKeepalive', 'src'],
  to: { ...to, natKeepalive: null },
});

/** Where kernels are known to answer XFRM_MSG_MIGRATE otherwise than its documentation says. */
export const migrateDeviations: readonly Deviation[] = [
  {
    id: 'M-DEV-SELECTOR-COVERS',
    title:
      'A request for a policy that does not exist migrates another one that covers its addresses.',
    cases: [
      'migrate/lookup/narrower-selector-refused',
      'migrate/selectors/wider-source-refused',
      'migrate/selectors/narrower-destination-refused',
      'migrate/selectors/protocol-of-any-refused',
    ],
    kernels: { from: '6.12', to: null },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
    },
    reason:
      'A policy is named by its selector, as GETPOLICY and DELPOLICY have it. Since 6.12 it is looked up by the addresses of the selector as if they were those of a packet: prefix lengths are ignored, and a policy that merely covers them is migrated. A request for a policy that does not exist changes another. The code is wrong: it gave up more than the exact comparison that was in the way.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },
  {
    id: 'M-DEV-SELECTOR-PRIORITY',
    title: 'A covering policy of higher priority is migrated instead of the one that was named.',
    cases: ['migrate/lookup/exact-beside-covering'],
    kernels: { from: '6.12', to: null },
    observed: {
      policies: {
        'out 10.1.0.0/16 > 10.2.0.0/16': ['esp tunnel 192.0.2.1 > 192.0.2.2 reqid 1'],
        'out 10.0.0.0/8 > 10.0.0.0/8': ['esp tunnel 198.51.100.1 > 198.51.100.2 reqid 1'],
      },
    },
    also: (
      [
        ['hosts-beside-covering', 'out 10.1.0.1/32 > 10.2.0.1/32'],
        ['protocol-beside-any', 'out 10.1.2.0/24 > 10.2.0.0/16'],
      ] as const
    ).map(([name, asked]) => ({
      cases: [`migrate/selectors/${name}`],
      observed: {
        policies: {
          'out 10.1.0.0/16 > 10.2.0.0/16': ['esp tunnel 198.51.100.1 > 198.51.100.2 reqid 1'],
          [asked]: ['esp tunnel 192.0.2.1 > 192.0.2.2 reqid 1'],
        },
      },
    })),
    reason:
      'As M-DEV-SELECTOR-COVERS: where a policy of higher priority covers the addresses, it is migrated instead of the one that has exactly this selector. The policy that was asked for keeps templates for an SA that is gone, and its traffic is dropped. The code is wrong.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },

  {
    id: 'M-DEV-SELECTOR-NOT-PORTS',
    title:
      'A policy for an ICMP type, a mobility header type or a GRE key is not found by its selector.',
    cases: [
      'migrate/selectors/icmp-type',
      'migrate/selectors/icmpv6-type',
      'migrate/selectors/mobility-header-type',
      'migrate/selectors/gre-key',
    ],
    kernels: { from: '6.12', to: null },
    observed: policyNotFound,
    reason:
      'A policy for an ICMP type, a mobility header type or a GRE key is not found by the selector that it has. The look-up is that of a packet since 6.12, and the two port fields of the selector are put where a flow has ports whatever the protocol; the type of ICMP and of mobility headers, and the GRE key, are read from other bytes of that union. Mobile IPv6, for which the message was made, has such policies. The code is wrong: selectors are to be compared, or the flow to be filled by protocol.',
    reference:
      'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498), xfrm_flowi_sport, union flowi_uli',
  },
  {
    id: 'M-DEV-SELECTOR-PROTO-255',
    title: 'A policy for IP protocol 255 on an interface is not found by its selector.',
    cases: ['migrate/selectors/interface-and-protocol-255'],
    kernels: { from: '6.12', to: null },
    observed: policyNotFound,
    reason:
      'The look for the policy takes protocol 255 for any protocol, as PF_KEY has it (IPSEC_ULPROTO_ANY), and then leaves the interface out of what it looks for: a policy that names both is answered with ENOENT. In XFRM 0 is any protocol, and 255 is one of its own (Raw). Rare, but the same request was done up to 6.1, where selectors were compared as they are; the code is wrong. Seen on 6.12.117, 7.1.13 and 7.3.4, not on 6.1.176.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },
  {
    id: 'M-DEV-IF-ID-REQUIRED',
    title: 'A policy of an xfrm interface is not found without XFRMA_IF_ID.',
    cases: ['migrate/policy/if-id-not-asked-for'],
    kernels: { from: '6.12', to: null },
    observed: policyNotFound,
    reason:
      'XFRMA_IF_ID was introduced to be checked only where it is there, so that daemons that do not know it go on working. Since 6.12 a request without it finds no policy of an xfrm interface: absent is taken for interface 0. (The SA is still found without it.) The code is wrong, or daemons are to be told.',
    reference: 'commits c1aa3722f480 and 563d5ca93e88; xfrm_policy_match (7.3.4: xfrm_policy.c)',
  },
  {
    id: 'M-DEV-ENTRIES-CHAINED',
    title:
      'An SA that one entry has moved is moved on by the next, and the SA which that was for stays.',
    cases: ['migrate/entries/onwards'],
    kernels: { from: null, to: null },
    observed: {
      'sas.one': { old: 'gone', new: 'none' },
      'sas.two': { old: 'unchanged', new: 'none' },
      others: { gone: [], came: ['esp 0x1001 203.0.113.1 > 203.0.113.2'], changed: {} },
      policies: {
        'out 10.1.0.0/16 > 10.2.0.0/16': [
          'esp tunnel 203.0.113.1 > 203.0.113.2 reqid 1',
          'esp tunnel 203.0.113.1 > 203.0.113.2 reqid 1',
        ],
      },
    },
    reason:
      'Entries are carried out one after the other on what the ones before have left: where one moves from A to B and the next from B to C, the SA and the template that were just put at B are moved on to C, and the SA that was at B from the beginning is not moved at all. It stays behind while its template leaves. The code is wrong: all SAs must be found before the first is moved, and a template be changed by one entry.',
    reference: 'xfrm_migrate, xfrm_policy_migrate (7.3.4: xfrm_policy.c:4587, 4697)',
  },
  {
    id: 'M-DEV-TEMPLATES-CHAINED',
    title: 'A template that one entry has changed is changed again by the next.',
    cases: ['migrate/entries/onwards-templates'],
    kernels: { from: null, to: null },
    observed: {
      policies: {
        'out 10.1.0.0/16 > 10.2.0.0/16': [
          'esp tunnel 203.0.113.1 > 203.0.113.2 reqid 1',
          'esp tunnel 203.0.113.1 > 203.0.113.2 reqid 1',
        ],
      },
    },
    reason:
      'As M-DEV-ENTRIES-CHAINED, for templates alone: a template that an entry has changed is compared with the entries that follow, and changed again. The code is wrong: the inner loop must end at the first match.',
    reference: 'xfrm_policy_migrate (7.3.4: xfrm_policy.c:4587)',
  },
  {
    id: 'M-DEV-SA-DOUBLED',
    title:
      'Two entries that fit one SA make two of it, with the same key and the same sequence numbers.',
    cases: ['migrate/entries/same-sa-by-two-reqids'],
    kernels: { from: null, to: null },
    observed: { copies: 2 },
    reason:
      'Two entries that fit the same SA, here one with its reqid and one with reqid 0, make two SAs of it, at both new addresses, with the same key and the same sequence numbers. For AES-GCM that is the reuse of IVs which the documentation of MIGRATE_STATE warns of: whoever sees both streams can forge. The old SA is also put and deleted twice. The check for unique entries compares reqids as they are and lets it pass. The code is wrong: an SA that an entry has found must not be found again.',
    reference:
      'xfrm_migrate, xfrm_migrate_check (7.3.4: xfrm_policy.c:4638); xfrm_migrate_state.rst, Block Policy and IV Safety',
  },
  {
    id: 'M-DEV-SA-DOUBLED-FREED',
    title: 'Two entries that fit one SA delete it once more when it may have been freed.',
    cases: ['migrate/entries/same-sa-by-two-reqids', 'migrate/entries/same-sa-hidden'],
    kernels: { from: '7.3', to: null },
    observed: {},
    // In _raw_spin_lock_bh, or in do_raw_spin_lock where lockdep is silent after another report.
    crash: 'KASAN: slab-use-after-free in ',
    intermittent: true,
    reason:
      'The other half of M-DEV-SA-DOUBLED: all references to the old SAs are put before the first is deleted, so that of an SA that stands twice in the list the first deletion drops the last one. Where the kernel frees it before the second, that takes a lock in freed memory: whoever has CAP_NET_ADMIN in a user namespace can do that. Seen on 7.3.4 for x86-64 with KASAN and preemption, in one run of three; on UML with KASAN only where a fifth of a second was put between the two deletions. The code is wrong: the SAs are to be deleted first and put then, as well as found once only.',
    reference: 'xfrm_migrate, stage 4 (7.3.4: xfrm_policy.c:4725); xfrm_states_put',
  },
  {
    id: 'M-DEV-SA-DOUBLED-STRAY-BYTES',
    title:
      'Entries for one SA pass for different by bytes behind an IPv4 address, and make two SAs of it.',
    cases: ['migrate/entries/same-sa-hidden'],
    kernels: { from: null, to: null },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
      copies: 2,
    },
    reason:
      'Entries are compared by all 16 bytes of an address, whatever the family, while SAs are found by the four of an IPv4 address: bytes behind it that a careless program leaves unset make two entries for one SA pass for different, with the outcome of M-DEV-SA-DOUBLED. The code is wrong: xfrm_addr_equal is to be used.',
    reference: 'xfrm_migrate_check (7.3.4: xfrm_policy.c:4638)',
  },
  {
    id: 'M-DEV-LARVAL-HIDES-SA',
    title: 'While an SA is being rekeyed its migration is refused: the larval SA is found instead.',
    cases: ['migrate/identity/larval-newer'],
    kernels: { from: null, to: null },
    observed: {
      reply: error('ENODATA', { message: 'ESP: AEAD or CRYPT must be provided', since: '7.2' }),
      'sas.sa.old': 'unchanged',
      'sas.sa.new': 'none',
      policies: 'unchanged',
      heard: [],
    },
    reason:
      'While an SA is being rekeyed there is a larval one of the same addresses and reqid (XFRM_MSG_ALLOCSPI). It is newer, so it is found first, and it has no keys, so it cannot be cloned: the migration is refused until the rekeying has ended. A host that changes its address in that moment can migrate neither. The code is wrong: SAs that are not XFRM_STATE_VALID are to be passed over.',
    reference: 'xfrm_migrate_state_find (7.3.4: xfrm_state.c)',
  },
  {
    id: 'M-DEV-TEMPLATE-FAMILY',
    title: 'An entry changes templates of another family than its own.',
    cases: [
      'migrate/families/template-of-the-other-family',
      'migrate/families/old-family-0',
      'migrate/families/old-family-3',
    ],
    kernels: { from: null, to: null },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
    },
    also: [
      {
        cases: ['migrate/families/old-family-258'],
        observed: {
          reply: ok(null),
          databases: 'changed',
          sas: { sa: { old: 'unchanged', new: 'none' } },
          heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
        },
      },
      {
        cases: ['migrate/families/template-of-the-other-family-beside'],
        observed: {
          policies: {
            'out 10.1.0.0/16 > 10.2.0.0/16': [
              'esp tunnel 198.51.100.1 > 198.51.100.2 reqid 1',
              'esp tunnel 198.51.100.1 > 198.51.100.2 reqid 1',
            ],
          },
        },
      },
    ],
    reason:
      'The old family of an entry is never compared with that of a template, and one that is neither IPv4 nor IPv6 is taken for IPv4: an entry for 192.0.2.1 changes an IPv6 template for c000:201::1, and one of family 0, 3 or 258 an IPv4 template, while its SA is looked for in another hash bucket and may be left behind. The code is wrong: old_family is to be validated and compared with encap_family.',
    reference: 'migrate_tmpl_match (7.3.4: xfrm_policy.c:4551), xfrm_addr_equal (net/xfrm.h)',
  },
  {
    id: 'M-DEV-SA-FAMILY',
    title: 'An entry for an IPv4 SA moves an IPv6 SA whose first four bytes agree.',
    cases: ['migrate/families/sa-of-the-other-family'],
    kernels: { from: null, to: null },
    observed: {
      others: {
        gone: ['esp 0x1004 c000:201::10 > c000:202::1'],
        came: ['esp 0x1004 198.51.100.1 > 198.51.100.2'],
        changed: {},
      },
    },
    reason:
      'The family of an SA is not compared with the old family of an entry, and only the four bytes of an IPv4 address are: an entry for 192.0.2.1 moves an IPv6 SA of c000:201::10, which happens to be in the same hash bucket, and makes an IPv4 SA of it. The SA of another peer is taken away. The code is wrong: props.family must be compared.',
    reference: 'xfrm_migrate_state_find (7.3.4: xfrm_state.c), xfrm_addr_equal (net/xfrm.h)',
  },
  {
    id: 'M-DEV-NEW-FAMILY-UNCHECKED',
    title: 'A template gets a new family that no policy may have, and a null address.',
    cases: [0, 3, 0x102].flatMap((family) => [
      `migrate/families/new-family-${family}-template`,
      `migrate/families/new-family-${family}-null`,
    ]),
    kernels: { from: null, to: null },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
    },
    reason:
      'The new family of an entry is not looked at where there is a template and no SA: the template gets a family that XFRM_MSG_NEWPOLICY refuses, and a null address too, since only those of IPv4 and IPv6 are checked for it. XFRM_MSG_MIGRATE_STATE checks the family. The code is wrong: it must be checked with the addresses.',
    reference: 'xfrm_migrate_check, xfrm_addr_any (7.3.4: xfrm_policy.c:4638, net/xfrm.h:1222)',
  },
  {
    id: 'M-DEV-OFFLOAD-IMPOSSIBLE',
    title: 'No SA can be migrated to a device that can offload: "Type doesn\'t support offload".',
    cases: ['migrate/offload/kept', 'migrate/offload/set', 'migrate/offload/set-by-route'],
    kernels: { from: '6.16', to: null },
    observed: {
      reply: error('ENODATA', { message: "Type doesn't support offload", since: '7.2' }),
      'sas.sa.old': 'unchanged',
      'sas.sa.new': 'none',
      policies: 'unchanged',
      heard: [],
    },
    reason:
      'XFRMA_OFFLOAD_DEV can be given since 6.16, and on every device that can offload the migration is refused for it: see MS-DEV-OFFLOAD-IMPOSSIBLE. The text is untrue as well, ESP does support it. The code is wrong: xfrm_set_type_offload must be called for the new SA.',
    reference: 'commit ab244a394c7f; xfrm_dev_state_add (7.3.4: xfrm_device.c:318)',
  },
  {
    id: 'M-DEV-MARKED-POLICY',
    title: 'A policy with a mark is not found.',
    cases: ['migrate/lookup/marked-policy'],
    kernels: { from: '6.12', to: null },
    observed: policyNotFound,
    reason:
      'A policy with a mark is not found: since 6.12 the look-up is that of a packet, whose mark is 0 here, and XFRMA_MARK is not read. Until 6.11 such a policy was found by its selector. Whoever uses marks can no longer migrate. The code is wrong: it must take the mark from XFRMA_MARK.',
    reference: 'commit 563d5ca93e88; xfrm_migrate_policy_find (7.3.4: xfrm_policy.c:4498)',
  },
  {
    id: 'M-DEV-NOTIFY-OTHER-NETNS',
    title: 'A migration is announced in the initial network namespace, wherever it happened.',
    cases: casesThatHear,
    kernels: [
      { from: '6.1', to: '6.1.170' },
      { from: '6.16', to: '7.0.10' },
    ],
    observed: { heard: [] },
    also: [
      {
        cases: ['migrate/policy/second-policy-of-an-sa'],
        observed: { 'second.heard': [] },
      },
      {
        cases: [
          'migrate/doors/pf-key',
          'migrate/doors/pf-key-ipv6',
          'migrate/doors/pf-key-one-of-two-templates',
        ],
        observed: { reply: { errno: 'no reply', extack: null } },
      },
      {
        // It counts the SAs where the request was answered.
        cases: ['migrate/in-flight/two-at-once-pf-key'],
        observed: { reply: { errno: 'no reply', extack: null }, sas: absent() },
      },
      {
        cases: ['migrate/listeners/all-hear-the-same'],
        observed: { counts: [0, 0, 0], header: null },
      },
      { cases: ['migrate/listeners/nothing-of-the-kernel'], observed: { padding: null } },
      {
        // Its answers are whole ones: one of two.
        cases: ['migrate/notification/km-address-odd-family'],
        observed: { '': moved({ sa: hosts.b }, [shown(hosts.b)], { heard: [] }) },
      },
      { cases: ['migrate/pf-key/announced-*'], observed: { announced: [] } },
      {
        cases: ['migrate/pf-key/request-*'],
        observed: { reply: { errno: 'no reply', extack: null }, announced: [] },
      },
      {
        // Later kernels come down instead, see M-DEV-NOTIFY-BUG.
        cases: ['migrate/notification/two-with-everything'],
        kernels: { from: '6.1', to: '6.1.170' },
        observed: { heard: [] },
      },
    ],
    reason:
      'A migration is announced to XFRMNLGRP_MIGRATE of the initial network namespace, wherever it happened, and so is the SADB_X_MIGRATE by which a PF_KEY socket learns that its request was done: listeners in the namespace of the SA hear nothing, and those of the host hear of addresses that are none of their business. The code was wrong and was mended. Seen on 6.1.170 and on 6.16.3 to 7.0.10; not on 6.1.176, 6.12.107 and 7.0.12, nor on later ones of these series: stable branches got the fix.',
    reference: 'commit 7e2a4f7ca095 (fix); xfrm_send_migrate',
  },
  {
    id: 'M-DEV-PF-KEY-PORTS',
    title: 'SADB_X_MIGRATE announces a selector without its ports.',
    cases: ['migrate/pf-key/announced-ports'],
    kernels: announcedToPfKey,
    observed: { 'announced.0.src.port': 0, 'announced.0.dst.port': 0 },
    reason:
      'The selector of the announcement names the policy that was migrated, and a request for it has the ports in its two addresses. The announcement has port 0 in both, which stands for any: a key manager that follows by PF_KEY updates its policy for all ports, if it has one, and the one that was migrated not at all. SADB_X_SPDADD does tell them. The code is wrong: sel->sport and sel->dport are to be passed on.',
    reference: 'set_sadb_address (7.3.4: af_key.c:3481); RFC 2367, 2.3.3',
  },
  {
    id: 'M-DEV-PF-KEY-ANSWER',
    title:
      'The SADB_X_MIGRATE that answers a request has neither its sequence number nor its process.',
    cases: ['migrate/pf-key/request-answered'],
    kernels: announcedToPfKey,
    observed: { 'announced.0.sequence': 0, 'announced.0.pid': 0 },
    reason:
      'By sequence number and process a program knows the answer to its own request among the messages that all PF_KEY sockets hear, and the kernel sets both to those of the request in its reply. For SADB_X_MIGRATE they are 0, though for every other request that changes SAs or policies they are passed on, and in a refusal as well: who migrates cannot tell its own migration from one of another process. The code is wrong: both must be passed to km_migrate, as km_policy_notify has them.',
    reference: 'pfkey_send_migrate (7.3.4: af_key.c:3630); RFC 2367, 2.1',
  },
  {
    id: 'M-DEV-PF-KEY-IPTFS',
    title: 'PF_KEY hears nothing of a migration in IP-TFS mode, and refuses to do one.',
    cases: ['migrate/pf-key/announced-iptfs', 'migrate/pf-key/announced-iptfs-alone'],
    kernels: { from: '6.14', to: null },
    observed: { announced: [] },
    also: [
      {
        cases: ['migrate/pf-key/request-iptfs'],
        observed: {
          reply: error('EINVAL', null),
          sas: { sa: { old: 'unchanged', new: 'none' } },
          ...{ policies: 'unchanged', heard: [], announced: [] },
        },
      },
    ],
    reason:
      'linux/ipsec.h has had IPSEC_MODE_IPTFS since IP-TFS came: a program is told that this is the number by which PF_KEY names the mode. No function of af_key.c knows it. Who follows the SAs by PF_KEY misses that one of them has moved, and goes on with addresses that are no longer right. Either the code is to map the mode in both directions (pfkey_mode_from_xfrm, pfkey_mode_to_xfrm), or the header offers what there is not. Rather the code: SADB_DUMP, too, ends at the first such SA (pfkey_xfrm_state2msg, from reading). Measured on 7.3.4, the one kernel at hand with IP-TFS; that it begins with the mode itself is from reading, too.',
    reference: 'include/uapi/linux/ipsec.h; pfkey_mode_from_xfrm (7.3.4: af_key.c:701)',
  },
  {
    id: 'M-DEV-IN-FLIGHT',
    title:
      'An SA that is used while it is migrated goes on with a copy of numbers that it has used since.',
    cases: ['migrate/in-flight/outbound', 'migrate/in-flight/outbound-esn'],
    kernels: { from: null, to: '7.1.*' },
    observed: { reuses: true, counts: false },
    also: [
      {
        cases: ['migrate/in-flight/inbound', 'migrate/in-flight/inbound-esn'],
        observed: { forgets: true, counts: false },
      },
      {
        cases: ['migrate/in-flight/outbound-with-another'],
        kernels: { from: null, to: null },
        observed: { reuses: true, counts: false },
      },
      {
        cases: ['migrate/in-flight/inbound-with-another'],
        kernels: { from: null, to: null },
        observed: { forgets: true, counts: false },
      },
    ],
    reason:
      'The copy of an SA gets the sequence numbers and the replay window of the moment when it is made, and the SA itself stays in use until all entries of the request have been migrated and the policy has the new addresses. What it sends until then, the copy sends under the same numbers and the same key again. A peer that has seen the numbers takes the new packets for replays and drops them; and the IV of AES-GCM is the number, with a random value that each transform draws for itself (seqiv): that it never comes twice is then a matter of chance, where RFC 4106 wants it to be certain. And what the old SA has taken until then, the new one takes once more: that is a replay. Neither counts for the limits of the SA. Since 7.2 the numbers are copied again after the part that may wait for a long time (memory, algorithms, a device), which MIGRATE_STATE does with the SA locked, ending it in the same breath (the comment in xfrm_migrate_sync asks for the lock); but XFRM_MSG_MIGRATE still leaves the old SA of the first entry in use while those after it are made. The code is wrong: all copies are to be made first, then numbers copied and old SAs ended, each under its lock. Here the kernel is made to wait for AES-CBC with the second entry; without that it takes another CPU. Measured: one entry on 6.1.176, 6.12.107 and 7.1.13, and not on 7.2.6 and 7.3.4; two entries on all of these.',
    reference:
      'RFC 4303, 3.3.3 and 3.4.3; RFC 4106, 3.1; xfrm_migrate_state.rst, Block Policy and IV Safety; xfrm_migrate (7.3.4: xfrm_policy.c), xfrm_state_migrate, xfrm_migrate_sync',
  },
  {
    id: 'M-DEV-KEEPALIVE-LOST',
    title: 'The NAT keepalive interval is not carried to the new SA.',
    cases: ['migrate/carried/keepalive-with-encap'],
    kernels: { from: '6.16', to: '7.1.3' },
    observed: {
      'sas.sa.new': withoutKeepalive(hosts.b),
    },
    also: [
      { cases: ['migrate/nat/keepalive-*'], observed: { after: null } },
      {
        cases: ['migrate/entries/keepalives-of-each'],
        observed: {
          'sas.sa1.new': withoutKeepalive({ src: '198.51.100.10', dst: '203.0.113.10' }),
          'sas.sa2.new': withoutKeepalive({ src: '198.51.100.11', dst: '203.0.113.11' }),
        },
      },
      {
        cases: ['migrate/fields/directed'],
        kernels: { from: '6.16', to: '7.1.3' },
        observed: {
          wrong: [
            keepalive('direction out', { expected: 20, seen: null }),
            ...encapKept('kind encap-removed, '),
          ],
        },
      },
    ],
    reason:
      'The NAT keepalive interval is not carried to the new SA although its encapsulation is: the NAT forgets the mapping and the peer can no longer reach this host. The code was wrong and was mended. Seen on 6.16.3 to 7.1.3, not on 6.12.117 and from 7.1.7.',
    reference: 'xfrm_state_clone_and_setup (net/xfrm/xfrm_state.c)',
  },
  {
    id: 'M-DEV-ENCAP-KEPT',
    title: 'The encapsulation stays where none is asked for: nothing can move from behind a NAT.',
    cases: ['migrate/encap/removed'],
    kernels: { from: null, to: '7.1.*' },
    observed: { 'sas.sa.new': { changed: ['dst', 'src'], to: hosts.b } },
    also: [
      {
        cases: ['migrate/fields/encap-removed'],
        observed: { wrong: encapKept('') },
      },
      {
        cases: ['migrate/fields/directed'],
        kernels: { from: '7.1.7', to: '7.1.*' },
        observed: {
          wrong: [
            keepalive('kind encap-removed, direction out', { expected: null, seen: 20 }),
            ...encapKept('kind encap-removed, '),
          ],
        },
      },
    ],
    reason:
      'Without XFRMA_ENCAP the encapsulation of the old SA is kept, so that nothing can move from behind a NAT to where there is none: there is no way to ask for it. Since 7.2 it is removed. The code was wrong; a daemon has to know the version of the kernel. Seen on 6.1.176 to 7.1.13.',
    reference: 'commit b8addb8884f2 (fix, Linux 7.2)',
  },
  {
    id: 'M-DEV-FAMILY-SAME-BYTES',
    title:
      'An SA whose new address has the bytes of the old one in another family is not checked against SAs in its place.',
    cases: ['migrate/families/6-to-4-taken-same-bytes'],
    kernels: { from: null, to: '7.1.*' },
    observed: {
      reply: ok(null),
      databases: 'changed',
      heard: oneOf([{ message: 'XFRM_MSG_MIGRATE' }], []),
    },
    reason:
      'Whether an SA stays where it is was told by its address alone, read in the new family: one that goes from c000:202::1 to 192.0.2.2 was taken to stay, so that nobody looked whether the place is taken, and two SAs of one SPI, protocol and address were left. The code was wrong and was mended in 7.2.',
    reference: 'commit b2cb192b95e5 (fix, Linux 7.2); xfrm_state_migrate',
  },
  {
    id: 'M-DEV-IPIP-LEFT',
    title: 'The IP-in-IP SA of an IPComp tunnel stays at the old addresses.',
    cases: ['migrate/bundle/ipcomp-tunnel'],
    kernels: { from: null, to: '6.15.*' },
    observed: { there: false },
    also: [{ cases: ['migrate/bundle/ipcomp-tunnel-of-interface*'], observed: { after: [] } }],
    reason:
      'The IP-in-IP SA of an IPComp tunnel was made for the old addresses, because the SA was initialised before it got its new ones. Packets that were not worth compressing, which come without IPComp, are not accepted at the new address. The code was wrong and was mended; seen on 6.1.176 and 6.12.117, not from 6.16.12.',
    reference: 'commit e8961c50ee9c (fix); ipcomp_tunnel_attach',
  },
  {
    id: 'M-DEV-WARN-ON-FAILURE',
    title: 'Each migration that is refused late taints the kernel with a warning.',
    cases: [
      ...casesThatFailLate,
      'migrate/doors/pf-key-taken',
      'migrate/errors/route-optimization-to-ipv4',
    ],
    kernels: { from: null, to: '6.17.*' },
    observed: {},
    crash: 'WARNING in __xfrm_state_destroy',
    reason:
      'When the new SA cannot be made it is dropped without having been marked dead: each refused migration taints the kernel with a warning and a backtrace, and brings down one that has panic_on_warn. The code was wrong and was mended. Seen on 6.1.176, 6.12.117, 6.16.3 to 6.17.13, not from 6.18.5.',
    reference: 'commit 5502bc4746e8 (fix, not in 6.12); __xfrm_state_destroy',
  },
  {
    id: 'M-DEV-NOTIFY-BUG',
    title: 'Two entries with XFRMA_KMADDRESS and XFRMA_ENCAP bring the kernel down.',
    cases: ['migrate/notification/two-with-everything'],
    kernels: { from: '6.3', to: null },
    observed: {},
    crash: 'kernel BUG at net/xfrm/xfrm_user.c in xfrm_send_migrate',
    intermittent: true,
    reason:
      'The room for the announcement is reckoned with one attribute header for all entries (nla_total_size(sizeof(struct xfrm_user_migrate) * num_migrate)), but each entry is put in an attribute of its own. Two entries with XFRMA_KMADDRESS and XFRMA_ENCAP need 324 bytes, 320 are asked for, and where the allocator has no more than that to give, build_migrate returns EMSGSIZE and BUG_ON(err < 0) brings the kernel down: whoever has CAP_NET_ADMIN in a user namespace can do that. The cache for small heads (since 6.3) gives exactly 320 bytes where there are tunnels and no wireless network (MAX_HEADER is 80), as in cloud kernels; 384 or 256 elsewhere, where no size fits the gap. Seen on Debian cloud kernels 6.12.117 to 7.3.4 (x86-64) and on UML without CONFIG_IPV6_SIT, not on 6.1.176 and UML with it. The code is wrong: nla_total_size() times the number of entries, and no BUG_ON for what a request can bring about.',
    reference:
      'xfrm_migrate_msgsize and xfrm_send_migrate (7.3.4: xfrm_user.c:3563, 3635); SKB_SMALL_HEAD_SIZE (net/core/skbuff.c:106)',
  },
  {
    id: 'M-DEV-NO-MEMORY-ENODATA',
    title: 'Where the kernel lacks the memory for a new SA the request is refused with ENODATA.',
    cases: ['migrate/memory/encap', 'migrate/memory/care-of'],
    kernels: { from: '7.2', to: null },
    observed: {
      refusedOtherwise: [
        'ENODATA: Failed to clone and setup state',
        'ENODATA: Kernel was unable to initialize cryptographic operations',
      ],
    },
    also: [
      {
        cases: ['migrate/memory/bundle'],
        observed: {
          refusedOtherwise: [
            'ENODATA: Failed to clone and setup state',
            'ENODATA: Failed to initialize migrated state',
            'ENODATA: Kernel error: failed to initialize the associated state',
            'ENODATA: Kernel was unable to initialize cryptographic operations',
          ],
        },
      },
    ],
    reason:
      'Nothing is lost: whichever allocation fails, all SAs and the policy stay as they are. But ENODATA is also the answer where there is nothing to migrate: a daemon that reads it so takes the SAs for gone, where ENOMEM would have it ask again. The code is wrong: xfrm_state_migrate should return its error. Measured on 7.3.4 with fault injection; the errno is as old as the message.',
    reference:
      'xfrm_migrate (7.3.4: xfrm_policy.c:4712), xfrm_state_migrate (xfrm_state.c:2210); errno(3)',
  },
  {
    id: 'M-DEV-ACQUIRE-IF-ID',
    ...ofAnotherInterface,
    cases: ['migrate/traffic/acquired-other-interface'],
    kernels: { from: null, to: null },
  },
  {
    id: 'M-DEV-IPTFS-PKT-SIZE',
    ...largerPackets,
    cases: ['migrate/end-to-end/iptfs-small-packets-to-ipv6'],
    kernels: { from: '6.14', to: null },
  },
];
