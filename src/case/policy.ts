import type {
  LifetimeConfig,
  Mark,
  Selector,
  UserMigrate,
  UserPolicyInfo,
  UserTemplate,
} from '../netlink/xfrm.ts';
import type { XfrmAttributeSet } from '../netlink/xfrm-attributes.ts';
import { dropUndefined, type Sa, saFamily, selector, unlimited } from './sa.ts';

/** A policy as a case writes it down. */
export interface Policy {
  readonly dir: 'in' | 'out' | 'fwd' | number;
  readonly selector: Partial<Selector>;
  readonly templates: readonly UserTemplate[];
  readonly priority?: number;
  readonly index?: number;
  readonly action?: 'allow' | 'block';
  readonly flags?: readonly (string | number)[];
  readonly mark?: Mark;
  readonly ifId?: number;
  /** 0 main, 1 sub. */
  readonly type?: number;
  /** Limits that are not infinite. */
  readonly lifetime?: Partial<LifetimeConfig>;
}

/** Subnets behind the hosts of `hosts.a`, for the selector of a tunnel policy. */
export const subnets = {
  v4: { saddr: '10.1.0.0', prefixlen_s: 16, daddr: '10.2.0.0', prefixlen_d: 16 },
  v6: { saddr: '2001:db8:1::', prefixlen_s: 48, daddr: '2001:db8:2::', prefixlen_d: 48 },
} as const;

/** A template that this SA fits. */
export function template(sa: Sa, overrides: Partial<UserTemplate> = {}): UserTemplate {
  return {
    id: { daddr: sa.dst, spi: 0, proto: sa.proto },
    family: saFamily(sa),
    saddr: sa.src,
    reqid: sa.reqid,
    mode: sa.mode,
    share: 0,
    optional: 0,
    aalgos: 0xffff_ffff,
    ealgos: 0xffff_ffff,
    calgos: 0xffff_ffff,
    ...overrides,
  };
}

/** A policy between the subnets, with a template for each SA. */
export function policyFor(sas: readonly Sa[], overrides: Partial<Policy> = {}): Policy {
  return {
    dir: 'out',
    selector: subnets.v4,
    templates: sas.map((sa) => template(sa)),
    ...overrides,
  };
}

export function policyInfo(policy: Policy): UserPolicyInfo {
  return {
    sel: selector(policy.selector),
    lft: { ...unlimited, ...policy.lifetime },
    curlft: { bytes: 0, packets: 0, add_time: 0, use_time: 0 },
    priority: policy.priority ?? 0,
    index: policy.index ?? 0,
    dir: policy.dir,
    action: policy.action ?? 'allow',
    flags: policy.flags ?? [],
    share: 0,
  };
}

/** The fixed header of XFRM_MSG_GETPOLICY and XFRM_MSG_MIGRATE. */
export function policyId(policy: Policy) {
  return { sel: selector(policy.selector), index: policy.index ?? 0, dir: policy.dir };
}

/** What tells one policy from another, beside the selector. */
export function policyKeyAttributes(policy: Policy): XfrmAttributeSet {
  return dropUndefined({
    XFRMA_POLICY_TYPE:
      policy.type === undefined ? undefined : { type: policy.type, reserved1: 0, reserved2: 0 },
    XFRMA_MARK: policy.mark,
    XFRMA_IF_ID: policy.ifId,
  });
}

export function policyAttributes(policy: Policy): XfrmAttributeSet {
  return {
    ...(policy.templates.length > 0 ? { XFRMA_TMPL: policy.templates } : {}),
    ...policyKeyAttributes(policy),
  };
}

/** A policy as the kernel reports it. */
export function viewPolicy(info: UserPolicyInfo, attributes: XfrmAttributeSet) {
  return {
    dir: info.dir,
    selector: info.sel,
    priority: info.priority,
    index: info.index,
    action: info.action,
    lifetime: info.lft,
    templates: (attributes.XFRMA_TMPL ?? []).map(({ id, ...rest }) => ({ ...id, ...rest })),
    mark: attributes.XFRMA_MARK ?? null,
    ifId: attributes.XFRMA_IF_ID ?? null,
    type: attributes.XFRMA_POLICY_TYPE?.type ?? null,
  };
}

export type PolicyView = ReturnType<typeof viewPolicy>;

/** An entry of XFRMA_MIGRATE that moves this SA, and the templates like it, to the new addresses. */
export function migrateEntry(
  sa: Sa,
  to: { src: string; dst: string },
  overrides: Partial<UserMigrate> = {},
): UserMigrate {
  return {
    old_daddr: sa.dst,
    old_saddr: sa.src,
    new_daddr: to.dst,
    new_saddr: to.src,
    proto: sa.proto,
    mode: sa.mode,
    reserved: 0,
    reqid: sa.reqid,
    old_family: saFamily(sa),
    new_family: saFamily(to),
    ...overrides,
  };
}
