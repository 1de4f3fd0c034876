import {
  IPSEC_PROTO_ANY,
  type IpsecRequest,
  ipsecModes,
  type PfKeyMigrate,
} from '../netlink/pf-key.ts';
import { modes, policyDirections, protocols, type UserMigrate } from '../netlink/xfrm.ts';
import { type Policy, policyId } from './policy.ts';

/** SADB_X_MIGRATE that asks for what an XFRM_MSG_MIGRATE of this policy and these entries asks for. */
export function pfKeyMigrate(policy: Policy, entries: readonly UserMigrate[]) {
  const { sel } = policyId(policy);
  const proto = sel.proto || IPSEC_PROTO_ANY;
  return {
    sequence: 1,
    pid: 0,
    src: { address: sel.saddr, prefix: sel.prefixlen_s, port: sel.sport, proto },
    dst: { address: sel.daddr, prefix: sel.prefixlen_d, port: sel.dport, proto },
    policy: {
      dir: numberOf(policyDirections, policy.dir) + 1,
      requests: entries.flatMap((entry): IpsecRequest[] => {
        const same = {
          proto: numberOf(protocols, entry.proto),
          mode: nameOf(entry.mode),
          level: entry.reqid === 0 ? 'require' : 'unique',
          reqid: entry.reqid,
        } as const;
        return [
          { ...same, src: entry.old_saddr, dst: entry.old_daddr },
          { ...same, src: entry.new_saddr, dst: entry.new_daddr },
        ];
      }),
    },
  } satisfies PfKeyMigrate;
}

function numberOf(names: Readonly<Record<number, string>>, value: string | number): number {
  if (typeof value === 'number') return value;
  const found = Object.entries(names).find(([, name]) => name === value);
  if (!found) throw new RangeError(`nothing is named "${value}"`);
  return Number(found[0]);
}

function nameOf(mode: string | number): keyof typeof ipsecModes {
  const name = typeof mode === 'number' ? modes[mode as keyof typeof modes] : mode;
  if (name !== undefined && Object.hasOwn(ipsecModes, name)) return name as keyof typeof ipsecModes;
  throw new RangeError(`PF_KEY has no mode "${mode}"`);
}
