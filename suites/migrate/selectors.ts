import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  type Policy,
  policyFor,
  selector as wholeSelector,
} from '../../src/case/index.ts';
import { moved, notified, outPolicy, refused, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('selectors', 'Policies with selectors of every kind');
export default topic;

type Selector = Policy['selector'];

const sa = espSa();
const moves = { sa: { sa, to: hosts.b } };
const nets = { saddr: '10.1.0.0', prefixlen_s: 16, daddr: '10.2.0.0', prefixlen_d: 16 };
const IPPROTO_ICMP = 1;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_GRE = 47;
const IPPROTO_ICMPV6 = 58;
const IPPROTO_MH = 135;
const ECHO_REQUEST = 8;
const BINDING_UPDATE = 5;
const exactly = 0xffff;
const loopback = 1;

function ask(context: CaseContext, installed: readonly Policy[], asked: Policy) {
  context.xfrm.addSa(sa);
  for (const policy of installed) context.xfrm.addPolicy(policy);
  return migratePolicy(context, asked, [migrateEntry(sa, hosts.b)], moves);
}

const nets6 = {
  ...{ saddr: '2001:db8:1::', prefixlen_s: 48 },
  ...{ daddr: '2001:db8:2::', prefixlen_d: 48 },
};
const named6 = 'out 2001:db8:1::/48 > 2001:db8:2::/48';

const kinds: Readonly<Record<string, { selector: Selector; named?: string }>> = {
  protocol: { selector: { ...nets, proto: IPPROTO_UDP } },
  ports: {
    selector: {
      ...{ ...nets, proto: IPPROTO_TCP, sport: 1234, sport_mask: exactly },
      ...{ dport: 443, dport_mask: exactly },
    },
  },
  'port-range': {
    selector: { ...nets, proto: IPPROTO_UDP, dport: 0x1000, dport_mask: 0xf000 },
  },
  'icmp-type': {
    selector: { ...nets, proto: IPPROTO_ICMP, sport: ECHO_REQUEST, sport_mask: exactly },
  },
  'icmpv6-type': {
    selector: { ...nets6, proto: IPPROTO_ICMPV6, sport: 128, sport_mask: exactly },
    named: named6,
  },
  'mobility-header-type': {
    selector: { ...nets6, proto: IPPROTO_MH, sport: BINDING_UPDATE, sport_mask: exactly },
    named: named6,
  },
  'gre-key': {
    selector: {
      ...{ ...nets, proto: IPPROTO_GRE, sport: 1, sport_mask: exactly },
      ...{ dport: 2, dport_mask: exactly },
    },
  },
  interface: { selector: { ...nets, ifindex: loopback } },
  'interface-and-protocol': { selector: { ...nets, proto: IPPROTO_UDP, ifindex: loopback } },
  // 255 is a protocol like any other (Raw): for XFRM, 0 stands for all.
  'interface-and-protocol-255': { selector: { ...nets, proto: 255, ifindex: loopback } },
  'protocol-255': { selector: { ...nets, proto: 255 } },
  'ports-ipv6': {
    selector: {
      ...{ ...nets6, proto: IPPROTO_TCP, sport: 1234, sport_mask: exactly },
      ...{ dport: 443, dport_mask: exactly },
    },
    named: named6,
  },
  'interface-and-protocol-ipv6': {
    selector: { ...nets6, proto: IPPROTO_UDP, ifindex: loopback },
    named: named6,
  },
  user: { selector: { ...nets, user: 1000 } },
  hosts: {
    selector: { saddr: '10.1.0.1', prefixlen_s: 32, daddr: '10.2.0.1', prefixlen_d: 32 },
    named: 'out 10.1.0.1/32 > 10.2.0.1/32',
  },
  'hosts-ipv6': {
    selector: { saddr: '2001:db8::1', prefixlen_s: 128, daddr: '2001:db8::2', prefixlen_d: 128 },
    named: 'out 2001:db8::1/128 > 2001:db8::2/128',
  },
  'host-and-net': {
    selector: { saddr: '10.1.0.1', prefixlen_s: 32, daddr: '10.2.0.0', prefixlen_d: 16 },
    named: 'out 10.1.0.1/32 > 10.2.0.0/16',
  },
  any: {
    selector: { saddr: '0.0.0.0', prefixlen_s: 0, daddr: '0.0.0.0', prefixlen_d: 0 },
    named: 'out 0.0.0.0/0 > 0.0.0.0/0',
  },
  'any-ipv6': {
    selector: { saddr: '::', prefixlen_s: 0, daddr: '::', prefixlen_d: 0 },
    named: 'out ::/0 > ::/0',
  },
};

for (const [name, { selector, named = outPolicy }] of Object.entries(kinds)) {
  testCase(name, {
    summary:
      'A policy is found, and announced, by the selector it was installed with, whatever that names.',
    requirements: ['M-SELECTOR-ANY', 'M-NOTIFY'],
    run: (context) => {
      const policy = policyFor([sa], { selector });
      return ask(context, [policy], policy);
    },
    expect: {
      full: moved({ sa: hosts.b }, 'unchanged', {
        policies: { [named]: [shown(hosts.b)] },
        heard: [{ ...notified, header: { sel: { ...wholeSelector(selector) } } }],
      }),
    },
  });
}

const strangers: Readonly<Record<string, { installed: Selector; asked: Selector }>> = {
  'other-protocol': {
    installed: { ...nets, proto: IPPROTO_UDP },
    asked: { ...nets, proto: IPPROTO_TCP },
  },
  'no-protocol': { installed: { ...nets, proto: IPPROTO_UDP }, asked: nets },
  'other-port': {
    installed: { ...nets, proto: IPPROTO_UDP, dport: 1, dport_mask: exactly },
    asked: { ...nets, proto: IPPROTO_UDP, dport: 2, dport_mask: exactly },
  },
  'other-port-ipv6': {
    installed: { ...nets6, proto: IPPROTO_UDP, dport: 1, dport_mask: exactly },
    asked: { ...nets6, proto: IPPROTO_UDP, dport: 2, dport_mask: exactly },
  },
  'other-source-port': {
    installed: { ...nets, proto: IPPROTO_UDP, sport: 1, sport_mask: exactly },
    asked: { ...nets, proto: IPPROTO_UDP, sport: 2, sport_mask: exactly },
  },
  'other-saddr': { installed: nets, asked: { ...nets, saddr: '10.3.0.0' } },
  'other-daddr': { installed: nets, asked: { ...nets, daddr: '10.3.0.0' } },
  'other-interface': {
    installed: { ...nets, proto: IPPROTO_UDP, ifindex: loopback },
    asked: { ...nets, proto: IPPROTO_UDP, ifindex: loopback + 1 },
  },
};

for (const [name, { installed, asked }] of Object.entries(strangers)) {
  testCase(`${name}-refused`, {
    summary: 'A policy whose selector differs in one thing is not the one that was asked for.',
    requirements: ['M-POLICY-UNKNOWN', 'M-SELECTOR-EXACT'],
    run: (context) =>
      ask(
        context,
        [policyFor([sa], { selector: installed })],
        policyFor([sa], { selector: asked }),
      ),
    expect: { full: refused(notFound()) },
  });
}

const wider: Readonly<Record<string, { installed: Selector; asked: Selector }>> = {
  'wider-source': { installed: nets, asked: { ...nets, prefixlen_s: 8 } },
  'narrower-destination': { installed: nets, asked: { ...nets, prefixlen_d: 24 } },
  'protocol-of-any': { installed: nets, asked: { ...nets, proto: IPPROTO_UDP } },
};

for (const [name, { installed, asked }] of Object.entries(wider)) {
  testCase(`${name}-refused`, {
    summary: 'A selector names the policy that has it, not one that covers it.',
    requirements: ['M-SELECTOR-EXACT'],
    run: (context) =>
      ask(
        context,
        [policyFor([sa], { selector: installed })],
        policyFor([sa], { selector: asked }),
      ),
    expect: { full: refused(notFound()) },
  });
}

function notFound() {
  return error('ENOENT', { message: 'Target policy not found', since: '6.2' });
}

testCase('hosts-beside-covering', {
  summary: 'Where a net of higher priority covers the hosts, the policy of the hosts is migrated.',
  requirements: ['M-SELECTOR-EXACT'],
  run: (context) => {
    const selector = { saddr: '10.1.0.1', prefixlen_s: 32, daddr: '10.2.0.1', prefixlen_d: 32 };
    const policy = policyFor([sa], { selector, priority: 10 });
    return ask(context, [policyFor([sa], { priority: 1 }), policy], policy);
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: {
        [outPolicy]: [shown(hosts.a)],
        'out 10.1.0.1/32 > 10.2.0.1/32': [shown(hosts.b)],
      },
    }),
  },
});

testCase('protocol-beside-any', {
  summary:
    'Where a policy of higher priority is for every protocol, the one of the protocol moves.',
  requirements: ['M-SELECTOR-EXACT'],
  run: (context) => {
    const policy = policyFor([sa], {
      selector: { ...nets, saddr: '10.1.2.0', prefixlen_s: 24, proto: IPPROTO_UDP },
      priority: 10,
    });
    return ask(context, [policyFor([sa], { priority: 1 }), policy], policy);
  },
  expect: {
    full: moved({ sa: hosts.b }, 'unchanged', {
      policies: {
        [outPolicy]: [shown(hosts.a)],
        'out 10.1.2.0/24 > 10.2.0.0/16': [shown(hosts.b)],
      },
    }),
  },
});
