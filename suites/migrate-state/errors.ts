import {
  compSa,
  encapTemplate,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hostSelector,
  hosts,
  migrateStateRequest,
  oneOf,
  rawAttribute,
  type Sa,
  type StateChange,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { einval, refused } from './expect.ts';
import { migrate, watch } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('errors', 'Rare refusals, and two reasons at once');
export default topic;

testCase('larval-ipcomp', {
  summary: 'An IPComp SA that is not complete has nothing to migrate: it is refused and stays.',
  requirements: ['MS-ERROR-INTACT'],
  needs: { kconfig: ['INET_IPCOMP'] },
  run({ xfrm }) {
    const sa = compSa({ spi: 0, mode: 'transport' });
    const { spi } = xfrm.allocSpi(sa, 0x1000);
    return migrate({ xfrm }, { ...sa, spi }, hosts.b);
  },
  expect: { full: einval('Missing required compression algorithm') },
});

testCase('ipv6-helper-encapsulated', {
  summary: 'An IPv6-in-IPv6 SA beneath IPComp cannot be encapsulated.',
  requirements: ['MS-ENCAP-PROTOCOL', 'MS-ERROR-INTACT'],
  needs: { kconfig: ['INET6_IPCOMP', 'CRYPTO_DEFLATE'] },
  run({ xfrm }) {
    xfrm.addSa(compSa(hosts.a6));
    const helper = xfrm.dumpSas().find(({ proto }) => proto === 'ipv6');
    const sa = compSa({ ...hosts.a6, proto: 'ipv6', spi: helper?.spi ?? 0, reqid: 0 });
    return watch({ xfrm }, { was: sa }, () => xfrm.migrateState(sa, { encap: espInUdp() }));
  },
  expect: { full: einval('IPv6 tunnel is not compatible with encapsulation') },
});

testCase('flag-attribute-with-payload', {
  summary: 'An attribute that is a flag has no payload: refused before it is refused for its name.',
  requirements: ['MS-ATTRIBUTE-LENGTH', 'MS-ERROR-INTACT'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa());
    const attribute = rawAttribute('XFRMA_IPTFS_DONT_FRAG', Uint8Array.of(1, 0, 0, 0));
    const request = migrateStateRequest(sa, hosts.b, attribute);
    return watch({ xfrm }, { was: sa }, () => xfrm.send(request));
  },
  expect: { full: payload(), compiledOut: payload() },
});

function payload() {
  return refused(
    error('ERANGE', {
      message: 'Attribute failed policy validation',
      attribute: 'XFRMA_IPTFS_DONT_FRAG',
    }),
  );
}

testCase('parsing-before-header', {
  summary: 'Attributes are parsed before the message is handed on: their fault is told first.',
  requirements: ['MS-ATTRIBUTE-LENGTH', 'MS-ERROR-INTACT'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa());
    const short = rawAttribute('XFRMA_MARK', new Uint8Array(4));
    const change = { ...hosts.b, id: { spi: 0 }, reserved: 1, flags: [4] };
    const request = migrateStateRequest(sa, change, short);
    return watch({ xfrm }, { was: sa }, () => xfrm.send(request));
  },
  expect: { full: tooShort(), compiledOut: tooShort() },
});

function tooShort() {
  return refused(
    error('ERANGE', { message: 'Attribute failed policy validation', attribute: 'XFRMA_MARK' }),
  );
}

/** A fault of the request, how it is made, and what it is refused with. */
interface Fault {
  readonly change?: StateChange;
  readonly attributes?: XfrmAttributeSet;
  /** The SA, where another than the usual is needed. */
  readonly sa?: Partial<Sa>;
  readonly taken?: boolean;
  readonly errno?: string;
  readonly text: string;
}

const faults = {
  spi: { change: { id: { spi: 0 } }, text: 'Invalid SPI 0x0' },
  reserved: { change: { reserved: 1 }, text: 'Reserved field must be zero' },
  flags: { change: { flags: [4] }, text: 'Unknown flags: 0x4' },
  family: { change: { family: 3 }, text: 'Invalid address family' },
  prefix: {
    change: { selector: { ...hostSelector(hosts.a), prefixlen_d: 33 } },
    text: 'Invalid prefix length in selector (must be <= 32 for IPv4)',
  },
  'selector-family': {
    change: { selector: { family: 7 } },
    text: 'Invalid address family in selector',
  },
  'no-sa': { change: { id: { daddr: hosts.c.dst } }, errno: 'ESRCH', text: 'Can not find state' },
  'not-host-to-host': {
    change: { flags: ['update-h2h-sel'] },
    text: 'SA selector is not a single-host match for SA addresses',
  },
  'encap-type': {
    attributes: {
      XFRMA_ENCAP: encapTemplate({ type: 3, sport: 1, dport: 1 }),
    },
    text: 'Unsupported encapsulation type',
  },
  'threshold-without-encap': {
    attributes: { XFRMA_MTIMER_THRESH: 10 },
    text: 'MTIMER_THRESH requires encapsulation',
  },
  'keepalive-without-encap': {
    attributes: { XFRMA_NAT_KEEPALIVE_INTERVAL: 10 },
    text: 'NAT_KEEPALIVE_INTERVAL requires encapsulation',
  },
  taken: { taken: true, errno: 'EEXIST', text: 'New SA tuple already occupied' },
  'offload-flags': {
    attributes: { XFRMA_OFFLOAD_DEV: { ifindex: 1, flags: [8] } },
    text: 'Unrecognized flags in offload request',
  },
  attribute: {
    attributes: { XFRMA_IF_ID: 1 },
    text: 'Unsupported attribute in XFRM_MSG_MIGRATE_STATE',
  },
} as const satisfies Record<string, Fault>;

/** Each beside the one that the kernel looks at next, and some that are far apart. */
const pairs: readonly (readonly [keyof typeof faults, keyof typeof faults])[] = [
  ['attribute', 'spi'],
  ['spi', 'reserved'],
  ['reserved', 'flags'],
  ['flags', 'family'],
  ['family', 'prefix'],
  ['prefix', 'no-sa'],
  ['selector-family', 'no-sa'],
  ['no-sa', 'encap-type'],
  ['not-host-to-host', 'encap-type'],
  ['encap-type', 'offload-flags'],
  ['threshold-without-encap', 'keepalive-without-encap'],
  ['keepalive-without-encap', 'taken'],
  ['encap-type', 'taken'],
  ['taken', 'offload-flags'],
  ['reserved', 'taken'],
];

for (const [one, other] of pairs) {
  const both: readonly Fault[] = [faults[one], faults[other]];
  const answers = both.map(({ errno = 'EINVAL', text }) => error(errno, text));
  testCase(`${one}-and-${other}`, {
    summary: 'Of two faults one is told, whichever; nothing is done.',
    requirements: ['MS-ERROR-EITHER', 'MS-ERROR-INTACT'],
    run({ xfrm }) {
      const sa = xfrm.addSa(espSa());
      if (both.some(({ taken }) => taken)) xfrm.addSa(espSa({ ...hosts.b, reqid: 9 }));
      const change: StateChange = Object.assign({ ...hosts.b }, ...both.map((each) => each.change));
      const attributes = both.map((each) => encodeAttributes(each.attributes ?? {}));
      const request = migrateStateRequest(sa, change, ...attributes);
      return watch({ xfrm }, { was: sa }, () => xfrm.send(request));
    },
    expect: {
      full: refused(oneOf(...answers)),
      // The attributes are looked at before the message is handed on.
      ...(one === 'attribute' && { compiledOut: refused(answers[0]!) }),
    },
  });
}
