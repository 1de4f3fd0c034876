/** Prints SAs and policies as `ip -s xfrm state` and `ip -s xfrm policy` of iproute2 6.1 do. */
import type { PolicyView } from '../../../src/case/policy.ts';
import type { SaView } from '../../../src/case/sa.ts';
import { policyFlags, stateFlagBits } from './flag-bits.ts';

type Selector = SaView['selector'];
type Lifetime = SaView['lifetime'];

const hex8 = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
const hex = (value: number | null) => `0x${value?.toString(16)}`;
const both = (value: number) => `${value}(${hex8(value)})`;
/** ip prints flags as binary digits, and calls them hexadecimal. */
const mask8 = (bits: number) => `(0x${bits.toString(2).padStart(8, '0')})`;

const upperProtocols: Readonly<Record<string, string>> = {
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
};

/** The text of one SA, its times left out. */
export function saText(sa: SaView): string[] {
  const { proto, spi, reqid, mode } = sa;
  return [
    `src ${sa.src} dst ${sa.dst}`,
    `\tproto ${proto === 'ipip' ? 4 : proto} spi ${hex8(spi)}(${spi}) reqid ${both(reqid)} mode ${mode}`,
    `\treplay-window ${sa.replayWindow} seq 0x${String(sa.sequence).padStart(8, '0')} ${flagText(sa)}`,
    ...attributeLines(sa),
    ...(sa.flags.includes('af-unspec') ? [] : [`\tsel ${selectorText(sa.selector)}`]),
    ...lifetimeLines(sa.lifetime, sa.counted),
    '\tstats:',
    `\t  replay-window ${sa.stats.replay_window} replay ${sa.stats.replay} failed ${sa.stats.integrity_failed}`,
  ];
}

function flagText({ flags, extraFlags }: SaView): string {
  const extra = extraFlags.length > 0 ? ['extra_flag', ...extraFlags] : [];
  const names = [...flags, ...extra].map((name) => `${name} `).join('');
  return `flag ${names || ' '}${mask8(stateFlagBits(flags))}`;
}

function attributeLines(sa: SaView): string[] {
  const { mark, outputMark, auth, aead, crypt, comp, encap, careOf, replay, replayEsn } = sa;
  const marks = [
    mark && `mark ${hex(mark.v)}/${hex(mark.m)} `,
    outputMark && `output-mark ${hex(outputMark.v)}/${hex(outputMark.m)}`,
  ].filter((text) => text !== null);
  const bits = (key: string) => (key === '' ? '' : `0x${key} (${key.length * 4} bits)`);
  const lines = [
    marks.length > 0 && marks.join(''),
    auth && `auth-trunc ${auth.name} ${bits(auth.key)} ${auth.truncBits}`,
    aead && `aead ${aead.name} ${bits(aead.key)} ${aead.icvBits}`,
    crypt && `enc ${crypt.name} ${bits(crypt.key)}`,
    comp && `comp ${comp.name} ${bits(comp.key)}`,
    encap && `encap type ${encap.type} sport ${encap.sport} dport ${encap.dport} addr ${encap.oa}`,
    careOf && `coa ${careOf}`,
    !replayEsn &&
      replay &&
      `anti-replay context: seq ${hex(replay.seq)}, oseq ${hex(replay.oseq)}, bitmap ${hex8(replay.bitmap)}`,
    ...(replayEsn ? esnLines(replayEsn) : []),
    sa.ifId !== null && `if_id ${hex(sa.ifId)}`,
    sa.tfcPad !== null && `tfcpad ${sa.tfcPad}`,
  ];
  return lines.filter((line) => typeof line === 'string').map((line) => `\t${line}`);
}

function esnLines(esn: NonNullable<SaView['replayEsn']>): string[] {
  return [
    'anti-replay esn context:',
    ` seq-hi ${hex(esn.seq_hi)}, seq ${hex(esn.seq)}, oseq-hi ${hex(esn.oseq_hi)}, oseq ${hex(esn.oseq)}`,
    ` replay_window ${esn.replay_window}, bitmap-length ${esn.bmp.length}`,
    ` ${esn.bmp.map((word) => `${hex8(word).slice(2)} `).join('')}`,
  ];
}

function selectorText(selector: Selector): string {
  const { saddr, prefixlen_s, daddr, prefixlen_d, proto, sport, dport, user } = selector;
  const ports =
    proto === 58
      ? `type ${sport} code ${dport} `
      : [selector.sport_mask && `sport ${sport} `, selector.dport_mask && `dport ${dport} `]
          .filter(Boolean)
          .join('');
  const upper = proto === 0 ? '' : `proto ${upperProtocols[proto]} ${ports}`;
  // The loopback interface, index 1, is the only one there was.
  const device = selector.ifindex === 1 ? 'dev lo ' : '';
  return `src ${saddr}/${prefixlen_s} dst ${daddr}/${prefixlen_d} ${upper}${device}uid ${user}`;
}

function lifetimeLines(lifetime: Lifetime, counted: SaView['counted']): string[] {
  const limit = (value: number | string) => (value === 'infinite' ? '(INF)' : value);
  const limits = (unit: 'byte' | 'packet') =>
    `\t  limit: soft ${limit(lifetime[`soft_${unit}_limit`])}(${unit}s), hard ${limit(lifetime[`hard_${unit}_limit`])}(${unit}s)`;
  const expiry = (since: 'add' | 'use') =>
    `\t  expire ${since}: soft ${lifetime[`soft_${since}_expires_seconds`]}(sec), hard ${lifetime[`hard_${since}_expires_seconds`]}(sec)`;
  return [
    '\tlifetime config:',
    limits('byte'),
    limits('packet'),
    expiry('add'),
    expiry('use'),
    '\tlifetime current:',
    `\t  ${counted.bytes}(bytes), ${counted.packets}(packets)`,
    '\t  add - use -',
  ];
}

/** The text of one policy, its times left out. */
export function policyText(policy: PolicyView, flags: readonly (string | number)[]): string[] {
  const { dir, action, index, priority, type, mark, ifId } = policy;
  const kind = type === 1 ? 'sub' : 'main';
  const names = flags.map((name) => `${name} `).join('') || ' ';
  return [
    selectorText(policy.selector),
    `\tdir ${dir} action ${action} index ${index} priority ${priority} ptype ${kind} share any flag ${names}${mask8(policyFlags(flags))}`,
    ...lifetimeLines(policy.lifetime, { bytes: 0, packets: 0 }),
    ...(mark ? [`\tmark ${hex(mark.v)}/${hex(mark.m)} `] : []),
    ...policy.templates.flatMap(templateLines),
    ...(ifId === null ? [] : [`\tif_id ${hex(ifId)}`]),
  ];
}

function templateLines(template: PolicyView['templates'][number]): string[] {
  const { saddr, daddr, proto, spi, reqid, mode, optional } = template;
  const mask = (bits: number) => hex8(bits).slice(2);
  return [
    `\ttmpl src ${saddr} dst ${daddr}`,
    `\t\tproto ${proto} spi ${hex8(spi)}(${spi}) reqid ${both(reqid)} mode ${mode}`,
    `\t\tlevel ${optional ? 'use' : 'required'} share any `,
    `\t\tenc-mask ${mask(template.ealgos)} auth-mask ${mask(template.aalgos)} comp-mask ${mask(template.calgos)}`,
  ];
}
