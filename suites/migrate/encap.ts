import {
  type CaseContext,
  type Encap,
  encapTemplate,
  encodeAttributes,
  error,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  migrateRequest,
  policyFor,
  resizedAttribute,
} from '../../src/case/index.ts';
import { changes, enodata, type Members, moved, refused, shown } from './expect.ts';
import { migratePolicy, watchPolicies } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('encap', 'UDP encapsulation of the migrated SA');
export default topic;

function moveWith(context: CaseContext, has: Encap | undefined, asked: Encap | undefined) {
  const sa = context.xfrm.addSa(espSa(has ? { encap: has } : {}));
  const policy = context.xfrm.addPolicy(policyFor([sa]));
  const attributes = asked ? { XFRMA_ENCAP: encapTemplate(asked) } : {};
  const moves = { sa: { sa, to: hosts.b } };
  return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves, { attributes });
}

const udp = espInUdp(4500, 4500);
const other = espInUdp(4501, 4502);
const shownEncap = (encap: Encap): Members => ({
  type: encap.type,
  sport: encap.sport,
  dport: encap.dport,
  oa: '0.0.0.0',
});

testCase('kept', {
  summary: 'XFRMA_ENCAP as the SA has it keeps the encapsulation.',
  requirements: ['M-ENCAP'],
  run: (context) => moveWith(context, udp, udp),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('changed', {
  summary: 'XFRMA_ENCAP with other ports changes them.',
  requirements: ['M-ENCAP'],
  run: (context) => moveWith(context, udp, other),
  expect: {
    full: moved({ sa: { ...hosts.b, encap: { sport: 4501, dport: 4502 } } }, [shown(hosts.b)]),
  },
});

testCase('added', {
  summary: 'XFRMA_ENCAP adds encapsulation to an SA that had none.',
  requirements: ['M-ENCAP'],
  run: (context) => moveWith(context, undefined, udp),
  expect: { full: moved({ sa: { ...hosts.b, encap: shownEncap(udp) } }, [shown(hosts.b)]) },
});

testCase('removed', {
  summary: 'Without XFRMA_ENCAP the new SA has no encapsulation: encapsulated to non-encapsulated.',
  requirements: ['M-ENCAP-ABSENT'],
  run: (context) => moveWith(context, udp, undefined),
  expect: { full: moved({ sa: { ...hosts.b, encap: null } }, [shown(hosts.b)]) },
});

testCase('none', {
  summary: 'Without XFRMA_ENCAP an SA that had no encapsulation gets none.',
  requirements: ['M-ENCAP-ABSENT'],
  run: (context) => moveWith(context, undefined, undefined),
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

for (const type of [0, 3, 8, 0xffff]) {
  testCase(`type-${type}-refused`, {
    summary: 'A type that is no encapsulation of ESP is refused, and nothing moves.',
    requirements: ['M-ENCAP-TYPE', 'M-ALL-OR-NOTHING'],
    run: (context) => moveWith(context, udp, { type, sport: 4500, dport: 4500 }),
    expect: { full: refused(enodata('Unsupported encapsulation type for ESP')) },
  });
}

testCase('original-address', {
  summary: 'The original address of XFRMA_ENCAP is that of the new SA.',
  requirements: ['M-ENCAP'],
  run: (context) => moveWith(context, udp, espInUdp(4500, 4500, '203.0.113.9')),
  expect: {
    full: moved({ sa: { ...hosts.b, encap: { oa: '203.0.113.9' } } }, [shown(hosts.b)]),
  },
});

testCase('in-place', {
  summary: 'A new NAT mapping of the same addresses: only the encapsulation changes.',
  requirements: ['M-ENCAP', 'M-MOVE'],
  run(context) {
    const sa = context.xfrm.addSa(espSa({ encap: udp }));
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const attributes = { XFRMA_ENCAP: encapTemplate(other) };
    const moves = { sa: { sa, to: hosts.a } };
    return migratePolicy(context, policy, [migrateEntry(sa, hosts.a)], moves, { attributes });
  },
  expect: {
    full: moved({}, 'unchanged', {
      sas: { sa: { new: changes({ encap: { sport: 4501, dport: 4502 } }) } },
    }),
  },
});

testCase('removed-with-what-needs-it', {
  summary: 'NAT keepalive and mapping timer go with the encapsulation.',
  requirements: ['M-ENCAP-ABSENT'],
  needs: { minVersion: '7.2' },
  run(context) {
    const sa = context.xfrm.addSa(espSa({ dir: 'in', encap: udp, mappingThreshold: 60 }));
    const out = context.xfrm.addSa(
      espSa({ dir: 'out', encap: udp, natKeepalive: 20, spi: 0x2000, reqid: 2 }),
    );
    const policy = context.xfrm.addPolicy(policyFor([sa, out]));
    const entries = [migrateEntry(sa, hosts.b), migrateEntry(out, hosts.b)];
    return migratePolicy(context, policy, entries, {
      sa: { sa, to: hosts.b },
      out: { sa: out, to: hosts.b },
    });
  },
  expect: {
    full: moved(
      {
        sa: { ...hosts.b, encap: null, mappingThreshold: null },
        out: { ...hosts.b, encap: null, natKeepalive: null },
      },
      [shown(hosts.b), shown(hosts.b, { reqid: 2 })],
    ),
  },
});

testCase('tcp', {
  summary: 'ESP in TCP can be asked for where the kernel has it.',
  requirements: ['M-ENCAP'],
  needs: { kconfig: ['INET_ESPINTCP'] },
  run: (context) => moveWith(context, udp, { type: 'espintcp', sport: 4500, dport: 4500 }),
  expect: { full: moved({ sa: { ...hosts.b, encap: { type: 'espintcp' } } }, [shown(hosts.b)]) },
});

testCase('of-every-entry', {
  summary: 'XFRMA_ENCAP is the encapsulation of all SAs of the request.',
  requirements: ['M-ENCAP', 'M-MANY'],
  run(context) {
    const one = context.xfrm.addSa(espSa({ encap: udp }));
    const two = context.xfrm.addSa(espSa({ spi: 0x2000, reqid: 2 }));
    const policy = context.xfrm.addPolicy(policyFor([one, two]));
    const entries = [migrateEntry(one, hosts.b), migrateEntry(two, hosts.b)];
    const moves = { one: { sa: one, to: hosts.b }, two: { sa: two, to: hosts.b } };
    const attributes = { XFRMA_ENCAP: encapTemplate(other) };
    return migratePolicy(context, policy, entries, moves, { attributes });
  },
  expect: {
    full: moved(
      {
        one: { ...hosts.b, encap: { sport: 4501, dport: 4502 } },
        two: { ...hosts.b, encap: shownEncap(other) },
      },
      [shown(hosts.b), shown(hosts.b, { reqid: 2 })],
    ),
  },
});

testCase('short-template', {
  summary: 'An XFRMA_ENCAP that lacks its last bytes is refused by the policy of the attribute.',
  requirements: ['M-NL-POLICY'],
  run(context) {
    const sa = context.xfrm.addSa(espSa({ encap: udp }));
    const policy = context.xfrm.addPolicy(policyFor([sa]));
    const request = migrateRequest(
      policy,
      encodeAttributes({ XFRMA_MIGRATE: [migrateEntry(sa, hosts.b)] }),
      resizedAttribute({ XFRMA_ENCAP: encapTemplate(udp) }, 23),
    );
    const moves = { sa: { sa, to: hosts.b } };
    return watchPolicies(context, moves, () => context.xfrm.send(request));
  },
  expect: {
    full: refused(tooShort()),
    compiledOut: refused(tooShort()),
  },
});

function tooShort() {
  return error('ERANGE', {
    message: 'Attribute failed policy validation',
    attribute: 'XFRMA_ENCAP',
  });
}
