import { type Deviation, type Expected, error, not, ok, oneOf } from '../../src/case/index.ts';
import { ofAnotherInterface } from './acquired.ts';
import { largerPackets } from './iptfs.ts';

/**
 * Measured on Debian's 7.2.6 and 7.3.4, those of offload (NETDEVSIM) on 7.3.4 built from source.
 * The files of net/xfrm are the same, byte for byte, from 7.2.9 on, and those of 7.2.6 differ in
 * locking alone.
 */
const since72 = { from: '7.2', to: null };
const rst = (section: string) => `xfrm_migrate_state.rst, ${section}`;

/** The request was refused and nothing happened. */
const refusedWith = (reply: ReturnType<typeof error>) => ({ reply, old: 'unchanged', heard: [] });

/** What the cases of fields/ show of one attribute that is told wrongly, by the properties it takes. */
const toldWrongly = (
  withProperties: string,
  attribute: string,
  expected: Expected,
  seen: Expected,
) => ({
  with: withProperties,
  wrong: { [attribute]: { expected, seen } },
});
const markNotTold = (also = '', before = '') =>
  toldWrongly(`${before}mark 5/0xff${also}`, 'XFRMA_MARK', { v: 5, m: 0xff }, null);

const cloneFailed = 'EINVAL: Failed to clone and setup state';
const initFailed = 'EINVAL: Failed to initialize migrated state';
const noCipher = 'EINVAL: Kernel was unable to initialize cryptographic operations';

/** Where kernels are known to answer XFRM_MSG_MIGRATE_STATE otherwise than its documentation says. */
export const migrateStateDeviations: readonly Deviation[] = [
  {
    id: 'MS-DEV-MARK-COLLISION',
    title:
      'A migration that changes only the mark is not refused when an SA with that mark is there: two SAs of one identity.',
    cases: [
      'migrate-state/collision/taken-mark-alone',
      'migrate-state/collision/taken-mark-and-saddr',
    ],
    kernels: since72,
    observed: {
      databases: 'changed',
      reply: ok(null),
      old: 'gone',
      heard: [{ message: 'XFRM_MSG_MIGRATE_STATE' }],
      marks: [6, 6],
    },
    reason:
      'The mark is part of what identifies an SA, and XFRM_MSG_NEWSA refuses a second SA with the same SPI, destination, protocol and mark. When only the mark changes, the look for an SA in the way is skipped (it is made when daddr or family differ) and the new SA is inserted without one: two SAs of one identity exist side by side. The newer hides the older from every look-up; the older, with its keys and its window, comes back when the newer is deleted. The code is wrong: the condition must compare the mark key too.',
    reference: `${rst('Error Handling')}; xfrm_do_migrate_state and xfrm_state_migrate_install (7.3.4: xfrm_user.c:3447, xfrm_state.c:2183)`,
  },
  {
    id: 'MS-DEV-EEXIST-LOSES-SA',
    title: 'EEXIST for an IP-in-IP SA comes after the old SA was deleted: it is lost.',
    cases: ['migrate-state/collision/tunnel-of-ipcomp'],
    kernels: since72,
    observed: {
      databases: 'changed',
      reply: error('EEXIST', 'Failed to add migrated state'),
      others: { gone: ['ipip 0xc0000201 192.0.2.1 > 192.0.2.2'], came: [], changed: {} },
    },
    reason:
      'EEXIST is to leave the old SA intact. The look for an SA in the way goes by SPI; the insertion tells SAs of other protocols than ESP, AH and IPComp (here the IP-in-IP SA that comes with an IPComp tunnel) apart by their addresses. The first finds nothing, the old SA is deleted, the second finds the other SA: EEXIST, and the SA is lost while its IPComp SA still refers to it. A comment in the code says "should not occur". The code is wrong: look before deleting with the rule of the insertion, or refuse SAs that are not told apart by SPI.',
    reference: `${rst('Error Handling')}; xfrm_do_migrate_state, xfrm_state_add (7.3.4: xfrm_user.c:3481, xfrm_state.c:1907)`,
  },
  {
    id: 'MS-DEV-OFFLOAD-IMPOSSIBLE',
    title:
      'No SA with hardware offload can be migrated, and none can get an offload: "Type doesn\'t support offload".',
    cases: [
      'migrate-state/offload/kept',
      'migrate-state/offload/kept-inbound',
      'migrate-state/offload/set',
      'migrate-state/offload/set-by-route',
      'migrate-state/offload/set-again',
      'migrate-state/notification/offload',
    ],
    kernels: since72,
    observed: {
      ...refusedWith(error('EINVAL', "Type doesn't support offload")),
      new: 'none',
    },
    also: [
      {
        cases: ['migrate-state/fields/offload-kept'],
        observed: { reply: error('EINVAL', "Type doesn't support offload") },
      },
    ],
    reason:
      'Offload is to be inherited by default and can be given with XFRMA_OFFLOAD_DEV. On a device that can offload, both fail: the type_offload of an SA is set in xfrm_state_construct alone, which the migration does not pass through, and xfrm_dev_state_add refuses an SA without it. So no SA with hardware offload can be migrated unless CLEAR_OFFLOAD is set, and none can get an offload. The text is untrue as well: ESP does support it. The code is wrong: xfrm_state_migrate_create must call xfrm_set_type_offload.',
    reference: `${rst('Overview; Supported Attributes, XFRMA_OFFLOAD_DEV')}; xfrm_dev_state_add (7.3.4: xfrm_device.c:317), xfrm_state_construct (xfrm_user.c:1013)`,
  },
  {
    id: 'MS-DEV-OFFLOAD-EXCLUSIVE',
    title: 'CLEAR_OFFLOAD together with XFRMA_OFFLOAD_DEV is accepted, and the flag ignored.',
    cases: ['migrate-state/offload/exclusive'],
    kernels: since72,
    observed: {
      databases: 'changed',
      reply: ok(null),
      old: 'gone',
      heard: [{ message: 'XFRM_MSG_MIGRATE_STATE' }],
    },
    reason:
      'CLEAR_OFFLOAD and XFRMA_OFFLOAD_DEV are mutually exclusive and sending both returns EINVAL, the documentation says twice. The kernel does not check: the flag is ignored and the offload is configured, the opposite of what the flag asks. The code is wrong.',
    reference: `${rst('Supported Attributes, XFRMA_OFFLOAD_DEV; Flags')}; xfrm_do_migrate_state (7.3.4: xfrm_user.c:3423)`,
  },
  {
    id: 'MS-DEV-OFFLOAD-BLAMES-CLONE',
    title: 'A packet offload that the device refuses is blamed on the clone of the state.',
    cases: [
      'migrate-state/offload/packet-refused',
      'migrate-state/offload/packet-without-device-refused',
    ],
    kernels: since72,
    observed: { blames: 'State migration clone failed' },
    reason:
      'Packet offload to a device that cannot, or that is not there, is refused with "State migration clone failed". The clone did not fail, the offload did: xfrm_dev_state_add returns EINVAL without a text and the caller supplies the wrong one. Whoever reads it looks in the wrong place. The code is wrong: a text in xfrm_dev_state_add.',
    reference:
      'xfrm_dev_state_add (7.3.4: xfrm_device.c:295, 306), xfrm_do_migrate_state (xfrm_user.c:3465)',
  },
  {
    id: 'MS-DEV-PROBE-FAMILY',
    title: 'A minimal probe gets EINVAL on a kernel that has the message, as on one that has not.',
    cases: ['migrate-state/probe/minimal'],
    kernels: since72,
    observed: { reply: error('EINVAL', 'Invalid address family') },
    reason:
      'A minimal message with an SPI that is not there is to be answered with ESRCH where the kernel supports it and with EINVAL where it predates it. new_family is checked before the SA is looked up, so a message that is zero but for the SPI gets EINVAL: by the documented rule userspace takes a kernel that supports it for one that predates it. The documentation is likely wrong: it must say that new_family has to be set.',
    reference: `${rst('Feature Detection')}; xfrm_do_migrate_state (7.3.4: xfrm_user.c:3362)`,
  },
  {
    id: 'MS-DEV-MTIMER-ZERO',
    title:
      'XFRMA_MTIMER_THRESH 0 is refused without encapsulation, though it is what clears the threshold.',
    cases: [
      'migrate-state/mapping-timer/cleared-without-encap',
      'migrate-state/mapping-timer/cleared-with-encap',
    ],
    kernels: since72,
    observed: {
      ...refusedWith(error('EINVAL', 'MTIMER_THRESH requires encapsulation')),
      new: oneOf('none', { changed: [] }),
    },
    reason:
      '"Send 0 to clear", and only "a non-zero value without encap returns -EINVAL". The kernel refuses XFRMA_MTIMER_THRESH without encapsulation whatever its value, so that a daemon that removes the encapsulation cannot clear the threshold in the same request, as it can with XFRMA_NAT_KEEPALIVE_INTERVAL, whose text is the same. The code is likely wrong: the keepalive is checked by value, this by presence.',
    reference: `${rst('Supported Attributes, XFRMA_MTIMER_THRESH')}; verify_mtimer_thresh (7.3.4: xfrm_user.c:251)`,
  },
  {
    id: 'MS-DEV-KEEPALIVE-SHORTENED',
    title: 'A keepalive interval that gets shorter holds only after the longer one has passed.',
    cases: ['migrate-state/nat/keepalive-shortened'],
    kernels: since72,
    observed: { after: null },
    reason:
      'XFRMA_NAT_KEEPALIVE_INTERVAL is the interval of the migrated SA. All keepalives of a namespace are sent by one delayed work, which is scheduled for the SA that is due first. An SA that is installed or migrated schedules it anew for now, but with schedule_delayed_work(), which does nothing while the work waits: a host that comes to be behind a NAT and asks for keepalives each second where it had one an hour sends the first up to an hour later, when the NAT has long forgotten it. Any other SA with a long interval in the namespace delays it in the same way. The code is wrong: it must be mod_delayed_work().',
    reference: `${rst('Supported Attributes, XFRMA_NAT_KEEPALIVE_INTERVAL')}; xfrm_nat_keepalive_state_updated (7.3.4: xfrm_nat_keepalive.c:291)`,
  },
  {
    id: 'MS-DEV-OUTMARK-CLEAR',
    title: 'XFRMA_SET_MARK 0 sets an output mark of 0/0xffffffff instead of clearing it.',
    cases: ['migrate-state/output-mark/cleared', 'migrate-state/output-mark/cleared-where-none'],
    kernels: since72,
    observed: {
      new: {
        changed: ['dst', 'outputMark.m', 'outputMark.v', 'src'],
        to: { outputMark: { v: 0, m: 0xffffffff } },
      },
    },
    reason:
      '"Send 0 to clear": XFRMA_SET_MARK 0 without a mask is taken with the full mask that XFRM_MSG_NEWSA supplies. The output mark is then 0/0xffffffff, which is not no output mark: it sets the mark of each packet to 0 and so changes its routing, even on an SA that had no output mark before. Only 0 with XFRMA_SET_MARK_MASK 0 clears it. Either is wrong; the documentation should ask for both, or the code take 0 alone as "clear".',
    reference: `${rst('Supported Attributes, XFRMA_SET_MARK')}; xfrm_smark_init (7.3.4: xfrm_user.c:896)`,
  },
  {
    id: 'MS-DEV-OUTMARK-MASK-IGNORED',
    title: 'XFRMA_SET_MARK_MASK without XFRMA_SET_MARK is accepted and has no effect.',
    cases: ['migrate-state/output-mark/mask-alone'],
    kernels: since72,
    observed: {
      '': {
        reply: ok(null),
        old: 'gone',
        new: { changed: ['dst', 'src'] },
        others: 'unchanged',
        heard: [{ message: 'XFRM_MSG_MIGRATE_STATE' }],
      },
    },
    reason:
      'XFRMA_SET_MARK_MASK without XFRMA_SET_MARK is accepted and has no effect. Omit-to-inherit would keep the value and take the mask; a request that cannot be meant could be refused. To ignore it in silence is the one answer that tells userspace nothing. The documentation says "pair with" and leaves open what happens otherwise: it is to say it, or the code to refuse it.',
    reference: `${rst('Supported Attributes, XFRMA_SET_MARK')}; xfrm_do_migrate_state (7.3.4: xfrm_user.c:3437)`,
  },
  {
    id: 'MS-DEV-H2H-FAMILY',
    title:
      'UPDATE_H2H_SEL takes an IPv6 network for a single host where the bytes of an IPv4 SA agree.',
    cases: ['migrate-state/h2h/mismatch-ipv6-network-with-the-same-bits'],
    kernels: since72,
    observed: {
      databases: 'changed',
      reply: ok(null),
      old: 'gone',
      heard: [{ message: 'XFRM_MSG_MIGRATE_STATE' }],
    },
    reason:
      'UPDATE_H2H_SEL is to be refused unless the selector is a single host of the SA addresses. The check compares prefix lengths and leading bytes and does not look at the family of the selector: on an IPv4 SA with addresses 192.0.2.1 and .2 the IPv6 selector c000:201::/32, c000:202::/32, a network, passes for a host and is replaced by an IPv4 selector. The code is wrong: sel.family must be compared.',
    reference: `${rst('Flags, UPDATE_H2H_SEL')}; xfrm_do_migrate_state (7.3.4: xfrm_user.c:3386)`,
  },
  {
    id: 'MS-DEV-NOTIFY-ENCAP-REMOVED',
    title: 'The notification carries XFRMA_ENCAP of type 0 after the encapsulation was removed.',
    cases: [
      'migrate-state/notification/encap-removed',
      'migrate-state/notification/encap-removed-where-none',
      'migrate-state/notification/threshold-gone-with-encap',
      'migrate-state/notification/keepalive-gone-with-encap',
    ],
    kernels: since72,
    observed: {
      'heard.0.carries': oneOf(['XFRMA_ENCAP'], ['XFRMA_ENCAP', 'XFRMA_SA_DIR']),
      'heard.0.attributes.XFRMA_ENCAP.encap_type': 'none',
    },
    also: [
      {
        cases: ['migrate-state/fields/encap-removed'],
        observed: {
          heardWrong: [
            toldWrongly('encap 4500-4500', 'XFRMA_ENCAP', null, { encap_type: 'none' }),
            markNotTold(', encap 4500-4500'),
          ],
        },
      },
    ],
    reason:
      'XFRMA_ENCAP is in the notification "if configured on the new SA". After a removal it is there all the same, with type 0: the code puts the request\'s attribute back on purpose, to tell listeners of the removal. A listener that takes the attribute for the encapsulation of the SA, as the documentation allows, installs one of type 0. The two contradict each other; the documentation is likely behind the code.',
    reference: `${rst('Attributes in the notification, XFRMA_ENCAP')}; "Restore encap cleared by sentinel" (7.3.4: xfrm_user.c:3491)`,
  },
  {
    id: 'MS-DEV-NOTIFY-MARK-INHERITED',
    title: 'The notification leaves out the mark of an SA that keeps it.',
    cases: [
      'migrate-state/notification/mark-kept',
      'migrate-state/notification/mark-inherited-from-request',
    ],
    kernels: since72,
    observed: { 'heard.0.carries': [], 'heard.0.attributes': not({ XFRMA_MARK: {} }) },
    also: [
      {
        cases: [
          ...['nothing', 'daddr', 'saddr', 'both', 'family', 'encap-added', 'encap-changed'],
          ...['output-mark', 'reqid', 'reqid-zero', 'selector', 'selector-host-to-host'],
          ...['selector-host-to-host-family', 'ipcomp', 'iptfs', 'offload-cleared'],
          ...['keepalive', 'mapping-timer'],
        ].map((kind) => `migrate-state/fields/${kind}`),
        observed: {
          heardWrong: oneOf(
            [markNotTold()],
            [markNotTold(', encap 4500-4500')],
            [markNotTold(', encap 4500-4500', 'direction out, ')],
            [markNotTold(', selector hosts')],
          ),
        },
      },
    ],
    reason:
      'XFRMA_MARK is in the notification if a mark is set on the new SA. It is there only when the request carried one: a mark that was inherited is not told, though every other inherited property is. A listener that mirrors the SA loses the mark, unless it knows to take old_mark from the header. The code is wrong: it must look at the mark of the new SA.',
    reference: `${rst('Attributes in the notification, XFRMA_MARK')}; build_migrate_state (7.3.4: xfrm_user.c:3259)`,
  },
  {
    id: 'MS-DEV-NOTIFY-MARK-CLEARED',
    title: 'The notification carries XFRMA_MARK 0/0 for an SA without a mark.',
    cases: ['migrate-state/notification/mark-cleared'],
    kernels: since72,
    observed: {
      'heard.0.carries': ['XFRMA_MARK'],
      'heard.0.attributes.XFRMA_MARK': { v: 0, m: 0 },
    },
    also: [
      {
        cases: ['migrate-state/fields/mark-cleared'],
        observed: { heardWrong: [toldWrongly('anything', 'XFRMA_MARK', null, { v: 0, m: 0 })] },
      },
    ],
    reason:
      'XFRMA_MARK is in the notification if a mark is set on the new SA. When the request clears the mark with {0, 0} the attribute is echoed, though no mark is set. Harmless by itself, but it is the request that is told and not the SA. The code is wrong, as in MS-DEV-NOTIFY-MARK-INHERITED.',
    reference: `${rst('Attributes in the notification, XFRMA_MARK')}; build_migrate_state (7.3.4: xfrm_user.c:3259)`,
  },
  {
    id: 'MS-DEV-NOTIFY-MARK-RAW',
    title: 'The notification carries mark bits outside the mask, which the SA does not have.',
    cases: ['migrate-state/notification/mark-outside-mask'],
    kernels: since72,
    observed: { 'heard.0.attributes.XFRMA_MARK.v': 0x1206 },
    reason:
      'The new SA has the mark 6/0xff, as GETSA shows: value bits outside the mask are dropped when it is inserted. The notification carries the value of the request, 0x1206, so that notification and GETSA disagree. The code is wrong, as in MS-DEV-NOTIFY-MARK-INHERITED.',
    reference: `${rst('Attributes in the notification, XFRMA_MARK')}; build_migrate_state (7.3.4: xfrm_user.c:3259), __xfrm_state_insert (xfrm_state.c:1736)`,
  },
  {
    id: 'MS-DEV-NOTIFY-OFFLOAD-INACTIVE',
    title: 'The notification tells of an offload that the SA did not get.',
    cases: ['migrate-state/notification/offload-fell-back'],
    kernels: since72,
    observed: { 'heard.0.carries': ['XFRMA_OFFLOAD_DEV'] },
    reason:
      'XFRMA_OFFLOAD_DEV is in the notification if offload is active on the new SA. When the device cannot offload, the SA falls back to software and GETSA shows no offload, but the notification carries the attribute of the request: listeners believe in an offload that is not there. The code is wrong: it must look at xso of the new SA.',
    reference: `${rst('Attributes in the notification, XFRMA_OFFLOAD_DEV')}; build_migrate_state (7.3.4: xfrm_user.c:3253)`,
  },
  {
    id: 'MS-DEV-NO-MEMORY-EINVAL',
    title: 'Where the kernel lacks the memory for the new SA the request is refused with EINVAL.',
    cases: [
      'migrate-state/memory/aead',
      'migrate-state/memory/care-of',
      'migrate-state/memory/iptfs',
    ],
    kernels: since72,
    observed: { refusedOtherwise: [cloneFailed, noCipher] },
    also: [
      {
        cases: ['migrate-state/memory/everything'],
        observed: { refusedOtherwise: [cloneFailed, initFailed, noCipher] },
      },
      {
        cases: ['migrate-state/memory/ipcomp'],
        observed: {
          refusedOtherwise: [
            cloneFailed,
            initFailed,
            'EINVAL: Kernel error: failed to initialize the associated state',
          ],
        },
      },
    ],
    reason:
      'Nothing is lost: whichever allocation fails, the old SA stays as it is. But EINVAL says that the request is wrong and will be wrong the next time: a daemon gives up and rekeys, or drops the tunnel, where ENOMEM would have it ask again. The code is wrong: xfrm_state_migrate_create has the error of xfrm_init_state and of the clone, and returns NULL. Measured on 7.3.4 with fault injection.',
    reference:
      'xfrm_state_migrate_create (7.3.4: xfrm_state.c:2153), xfrm_do_migrate_state (xfrm_user.c:3466); errno(3)',
  },
  {
    id: 'MS-DEV-ACQUIRE-IF-ID',
    ...ofAnotherInterface,
    cases: ['migrate-state/traffic/acquired-other-interface'],
    kernels: since72,
  },
  {
    id: 'MS-DEV-IPTFS-PKT-SIZE',
    ...largerPackets,
    cases: ['migrate-state/end-to-end/iptfs-small-packets-to-ipv6'],
    kernels: since72,
  },
];
