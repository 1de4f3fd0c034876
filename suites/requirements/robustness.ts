import type { Requirement } from '../../src/case/index.ts';

/** What holds for any bytes at all, and for several faults at once, beside what the parts of a request promise. */
export const robustnessRequirements: readonly Requirement[] = [
  {
    id: 'MS-ERROR-EITHER',
    text: 'A request with two faults is refused for one of them; which is not said.',
    source: 'xfrm_migrate_state.rst names errors without an order; netlink convention',
  },
  {
    id: 'M-ERROR-EITHER',
    text: 'A request with two faults is refused for one of them; which is not said.',
    source: 'netlink convention: one error a request',
  },
  {
    id: 'M-NL-STRICT',
    text: 'Attributes since XFRMA_SA_DIR are parsed strictly: their length is exact, and stray flags are refused.',
    source: 'commit a4a87fa4e96c (Linux 6.10: strict_start_type); netlink convention',
  },
  {
    id: 'MS-ROBUST',
    text: 'Whatever the bytes of an XFRM_MSG_MIGRATE_STATE, it is refused with a documented reason and nothing done, or done exactly as it says.',
    source:
      'xfrm_migrate_state.rst, whole; netlink convention: a request is done or refused, and parsed by the policies of its attributes',
  },
  {
    id: 'M-ROBUST',
    text: 'Whatever the bytes of an XFRM_MSG_MIGRATE, it is refused with a reason and nothing done, or done as its entries say, to what they name and to nothing else.',
    source:
      'include/uapi/linux/xfrm.h; netlink convention: a request is done or refused, and parsed by the policies of its attributes',
  },
];
