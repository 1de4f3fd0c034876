import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateEntry,
  type Needs,
  policyFor,
  present,
  type Sa,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import { enodata, moved, refused, shown } from './expect.ts';
import { migratePolicy } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('offload', 'Hardware offload');
export default topic;

const simulated = ['NETDEVSIM', 'INET_ESP_OFFLOAD', 'XFRM_OFFLOAD'];
/** The first version that reads XFRMA_OFFLOAD_DEV here. */
const since: Needs = { minVersion: '6.16' };

type Offload = XfrmAttributeSet['XFRMA_OFFLOAD_DEV'];

function moveWith(context: CaseContext, parts: Sa, offload?: NonNullable<Offload>) {
  const sa = context.xfrm.addSa(parts);
  const policy = context.xfrm.addPolicy(policyFor([sa]));
  const attributes: XfrmAttributeSet = offload ? { XFRMA_OFFLOAD_DEV: offload } : {};
  const moves = { sa: { sa, to: hosts.b } };
  return migratePolicy(context, policy, [migrateEntry(sa, hosts.b)], moves, { attributes });
}

testCase('not-asked-for', {
  summary: 'Without XFRMA_OFFLOAD_DEV the new SA has no offload: the old device may not see it.',
  requirements: ['M-OFFLOAD-ABSENT'],
  needs: { kconfig: simulated },
  run(context) {
    const ifindex = context.addOffloadDevice();
    const sa = espSa({ offload: { ifindex, flags: [] } });
    return moveWith(context, sa);
  },
  expect: { full: moved({ sa: { ...hosts.b, offload: null } }, [shown(hosts.b)]) },
});

testCase('kept', {
  summary: 'XFRMA_OFFLOAD_DEV, as the SA has it, keeps the offload.',
  requirements: ['M-OFFLOAD'],
  needs: { ...since, kconfig: simulated },
  run(context) {
    const ifindex = context.addOffloadDevice();
    return moveWith(context, espSa({ offload: { ifindex, flags: [] } }), { ifindex, flags: [] });
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('set', {
  summary: 'XFRMA_OFFLOAD_DEV gives an offload to an SA that had none.',
  requirements: ['M-OFFLOAD'],
  needs: { ...since, kconfig: simulated },
  run(context) {
    const ifindex = context.addOffloadDevice();
    return moveWith(context, espSa(), { ifindex, flags: [] });
  },
  expect: {
    full: moved({ sa: { ...hosts.b, offload: { ifindex: present(), flags: [] } } }, [
      shown(hosts.b),
    ]),
  },
});

testCase('set-by-route', {
  summary:
    'A device that is not there is found by the route of the new addresses, as in XFRM_MSG_NEWSA.',
  requirements: ['M-OFFLOAD', 'M-OFFLOAD-VALID'],
  needs: { ...since, kconfig: simulated },
  run(context) {
    context.addOffloadDevice([`${hosts.b.src}/24`]);
    const offload = { ifindex: 999, flags: [] };
    const installed = context.xfrm.addSa(espSa({ ...hosts.b, spi: 0x2000, reqid: 2, offload }));
    const before = context.xfrm.getSa(installed);
    return { installed: before, ...moveWith(context, espSa(), offload) };
  },
  expect: {
    full: {
      installed: { offload: { flags: [] } },
      ...moved({ sa: { ...hosts.b, offload: { ifindex: present(), flags: [] } } }, [
        shown(hosts.b),
      ]),
    },
  },
});

testCase('falls-back', {
  summary: 'Crypto offload to a device that cannot: the SA works in software.',
  requirements: ['M-OFFLOAD-VALID'],
  run(context) {
    const ifindex = context.addLink('dummy0', 'dummy');
    return moveWith(context, espSa(), { ifindex, flags: [] });
  },
  expect: { full: moved({ sa: hosts.b }, [shown(hosts.b)]) },
});

testCase('packet-refused', {
  summary: 'Packet offload has no software to fall back to: a device that cannot is refused.',
  requirements: ['M-OFFLOAD-VALID', 'M-ALL-OR-NOTHING'],
  needs: since,
  run(context) {
    const ifindex = context.addLink('dummy0', 'dummy');
    return moveWith(context, espSa(), { ifindex, flags: ['packet'] });
  },
  expect: { full: refused(error('ENODATA')) },
});

const refusals: Readonly<Record<string, { sa: Sa; offload: NonNullable<Offload>; text: string }>> =
  {
    'unknown-flag': {
      sa: espSa(),
      offload: { ifindex: 1, flags: [8] },
      text: 'Unrecognized flags in offload request',
    },
    'inbound-on-outbound': {
      sa: espSa({ dir: 'out' }),
      offload: { ifindex: 1, flags: ['inbound'] },
      text: 'Mismatched SA and offload direction',
    },
    'with-tfc-padding': {
      sa: espSa({ tfcPad: 100 }),
      offload: { ifindex: 1, flags: [] },
      text: "TFC padding can't be offloaded",
    },
  };

for (const [name, { sa, offload, text }] of Object.entries(refusals)) {
  testCase(`${name}-refused`, {
    summary: 'An offload that cannot be is refused in the words of XFRM_MSG_NEWSA.',
    requirements: ['M-OFFLOAD-VALID', 'M-ALL-OR-NOTHING'],
    needs: since,
    run: (context) => moveWith(context, sa, offload),
    expect: { full: refused(enodata(text)) },
  });
}

for (const at of [0, 1]) {
  testCase(`${at === 0 ? 'first' : 'second'}-of-two-refused`, {
    summary: 'XFRMA_OFFLOAD_DEV is for every entry: one SA that cannot be offloaded stops all.',
    requirements: ['M-OFFLOAD-VALID', 'M-ALL-OR-NOTHING'],
    needs: since,
    run(context) {
      const sas = [0, 1].map((i) =>
        context.xfrm.addSa(
          espSa({ spi: 0x1000 + i, reqid: 1 + i, ...(i === at ? { tfcPad: 100 } : {}) }),
        ),
      );
      const policy = context.xfrm.addPolicy(policyFor(sas));
      const entries = sas.map((sa) => migrateEntry(sa, hosts.b));
      const attributes: XfrmAttributeSet = { XFRMA_OFFLOAD_DEV: { ifindex: 1, flags: [] } };
      return migratePolicy(context, policy, entries, {}, { attributes });
    },
    expect: { full: refused(enodata("TFC padding can't be offloaded")) },
  });
}
