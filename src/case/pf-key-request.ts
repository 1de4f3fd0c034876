import { encodePfKeyMigrate } from '../netlink/pf-key.ts';
import { modes, policyDirections, protocols, type UserMigrate } from '../netlink/xfrm.ts';
import { type Policy, policyId } from './policy.ts';

/** SADB_X_MIGRATE that asks for what an XFRM_MSG_MIGRATE of this policy and these entries asks for. */
export function pfKeyMigrate(policy: Policy, entries: readonly UserMigrate[]): Uint8Array {
  const { sel } = policyId(policy);
  return encodePfKeyMigrate(
    {
      dir: numberOf(policyDirections, policy.dir) + 1,
      src: { address: sel.saddr, prefix: sel.prefixlen_s },
      dst: { address: sel.daddr, prefix: sel.prefixlen_d },
      entries: entries.map((entry) => ({
        old: { src: entry.old_saddr, dst: entry.old_daddr },
        new: { src: entry.new_saddr, dst: entry.new_daddr },
        proto: numberOf(protocols, entry.proto),
        mode: nameOf(entry.mode),
        reqid: entry.reqid,
      })),
    },
    1,
  );
}

function numberOf(names: Readonly<Record<number, string>>, value: string | number): number {
  if (typeof value === 'number') return value;
  const found = Object.entries(names).find(([, name]) => name === value);
  if (!found) throw new RangeError(`nothing is named "${value}"`);
  return Number(found[0]);
}

function nameOf(mode: string | number): 'transport' | 'tunnel' | 'beet' {
  const name = typeof mode === 'number' ? modes[mode as keyof typeof modes] : mode;
  if (name === 'transport' || name === 'tunnel' || name === 'beet') return name;
  throw new RangeError(`PF_KEY has no mode "${mode}"`);
}
