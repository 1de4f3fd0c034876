import { familyOf } from '../netlink/address.ts';
import type { Mark, Selector, UserMigrateState, UserOffload } from '../netlink/xfrm.ts';
import type { XfrmAttributeSet } from '../netlink/xfrm-attributes.ts';
import {
  dropUndefined,
  type Encap,
  encapTemplate,
  type Family,
  type Sa,
  saFamily,
  saSelector,
} from './sa.ts';

/**
 * What XFRM_MSG_MIGRATE_STATE is asked to change. The fixed header is always explicit, so a member
 * that is left out is sent as the SA has it: addresses, family, reqid and selector stay what they
 * are. An attribute that is left out is not sent, which inherits.
 */
export interface StateChange {
  readonly src?: string;
  readonly dst?: string;
  /** By the look of the new addresses when left out. */
  readonly family?: Family | number;
  readonly reqid?: number;
  readonly selector?: Partial<Selector>;
  readonly flags?: readonly (string | number)[];
  readonly reserved?: number;
  /** The mark the SA is looked up by; the SA's own when left out. */
  readonly oldMark?: Mark;
  readonly mark?: Mark;
  readonly encap?: Encap;
  readonly offload?: UserOffload;
  readonly outputMark?: Partial<Mark>;
  readonly natKeepalive?: number;
  readonly mappingThreshold?: number;
  /** Parts of the SA's identity to send instead of its own. */
  readonly id?: {
    daddr?: string;
    spi?: number;
    family?: Family | number;
    proto?: Sa['proto'] | number;
  };
}

const noMark: Mark = { v: 0, m: 0 };

/** The fixed header of XFRM_MSG_MIGRATE_STATE. */
export function migrateStateHeader(sa: Sa, change: StateChange): UserMigrateState {
  const dst = change.dst ?? sa.dst;
  return {
    id: {
      daddr: sa.dst,
      spi: sa.spi,
      family: saFamily(sa),
      proto: sa.proto,
      ...dropUndefined(change.id ?? {}),
    },
    new_daddr: dst,
    new_saddr: change.src ?? sa.src,
    old_mark: change.oldMark ?? sa.mark ?? noMark,
    new_sel: { ...saSelector(sa), ...change.selector },
    new_reqid: change.reqid ?? sa.reqid,
    flags: change.flags ?? [],
    new_family: change.family ?? (change.dst === undefined ? saFamily(sa) : familyOf(dst)),
    reserved: change.reserved ?? 0,
  };
}

/** The attributes of XFRM_MSG_MIGRATE_STATE. */
export function migrateStateAttributes(change: StateChange): XfrmAttributeSet {
  return dropUndefined({
    XFRMA_MARK: change.mark,
    XFRMA_ENCAP: change.encap && encapTemplate(change.encap),
    XFRMA_OFFLOAD_DEV: change.offload,
    XFRMA_SET_MARK: change.outputMark?.v,
    XFRMA_SET_MARK_MASK: change.outputMark?.m,
    XFRMA_MTIMER_THRESH: change.mappingThreshold,
    XFRMA_NAT_KEEPALIVE_INTERVAL: change.natKeepalive,
  });
}

/** The SA as it should be found after the change, to look it up again. */
export function afterMigration(sa: Sa, change: StateChange): Sa {
  const { family: _family, ...rest } = sa;
  return {
    ...rest,
    ...dropUndefined({
      src: change.src,
      dst: change.dst,
      family: change.family ?? (change.dst === undefined ? sa.family : undefined),
      mark: change.mark ?? change.oldMark,
      reqid: change.reqid,
    }),
  };
}
