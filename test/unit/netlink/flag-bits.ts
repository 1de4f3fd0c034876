/** Flags by name, as iproute2 knows them, independent of the codecs under test. */
const state = 'noecn decap-dscp nopmtudisc wildrecv icmp af-unspec align4 esn'.split(' ');
const policy = 'localok icmp'.split(' ');

function bits(names: readonly string[], flags: readonly (string | number)[]): number {
  return flags.reduce<number>((sum, flag) => sum | (1 << names.indexOf(String(flag))), 0);
}

export const stateFlagBits = (flags: readonly (string | number)[]) => bits(state, flags);
export const policyFlags = (flags: readonly (string | number)[]) => bits(policy, flags);
