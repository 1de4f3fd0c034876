import type { Requirement } from '../../src/case/index.ts';

/** What holds for any bytes at all, beside what the parts of a request promise. */
export const robustnessRequirements: readonly Requirement[] = [
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
