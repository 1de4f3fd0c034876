import {
  type CaseContext,
  compSa,
  encapTemplate,
  espInUdp,
  espSa,
  hosts,
  migrateEntry,
  policyFor,
  type Sa,
  type XfrmAttributeSet,
} from '../../src/case/index.ts';
import {
  doneOrRefused,
  failEachAllocation,
  orderedAfterEach,
  shortMemory,
} from '../short-memory.ts';
import { way } from './end-to-end.ts';
import { watchPolicies } from './migration.ts';
import { migrateTopic } from './topic.ts';

const { topic, testCase } = migrateTopic('memory', 'When the kernel lacks memory');
export default topic;

const esp = espSa();
const kmAddress = {
  XFRMA_KMADDRESS: {
    ...{ local: '192.0.2.10', remote: '198.51.100.10' },
    ...{ reserved: 0, family: 'AF_INET' as const },
  },
};

testCase('encap', {
  summary:
    'Whichever allocation fails, policy and SA are migrated with their encapsulation, or left as they are.',
  requirements: ['M-NO-MEMORY', 'M-ALL-OR-NOTHING'],
  needs: shortMemory,
  run: (context) =>
    failEach(context, { esp }, { XFRMA_ENCAP: encapTemplate(espInUdp()), ...kmAddress }),
  expect: { full: doneOrRefused },
});

testCase('care-of', {
  summary:
    'Whichever allocation fails, an SA is migrated with its care-of address, or left as it is.',
  requirements: ['M-NO-MEMORY', 'M-ALL-OR-NOTHING'],
  needs: shortMemory,
  run: (context) => failEach(context, { esp: espSa({ careOf: '192.0.2.9' }) }),
  expect: { full: doneOrRefused },
});

testCase('bundle', {
  summary: 'Whichever allocation fails, all SAs of a policy are migrated, or none.',
  requirements: ['M-NO-MEMORY', 'M-ALL-OR-NOTHING', 'M-MANY'],
  needs: { kconfig: [...shortMemory.kconfig, 'INET_IPCOMP', 'CRYPTO_DEFLATE'] },
  run: (context) =>
    failEach(context, { comp: compSa(), esp: espSa({ mode: 'transport', reqid: 2 }) }),
  expect: { full: doneOrRefused },
});

testCase('iptfs-out-of-order', {
  ...orderedAfterEach(way),
  requirements: ['M-NO-MEMORY', 'M-DELIVERS'],
  needs: { kconfig: [...shortMemory.kconfig, 'XFRM_IPTFS'], minVersion: '6.14' },
});

function failEach(
  context: CaseContext,
  sas: { readonly [name: string]: Sa },
  attributes: XfrmAttributeSet = {},
) {
  const { xfrm } = context;
  const all = Object.values(sas);
  const policy = policyFor(all);
  const entries = all.map((sa) => migrateEntry(sa, hosts.b));
  const moves = Object.fromEntries(
    Object.entries(sas).map(([name, sa]) => [name, { sa, to: hosts.b }]),
  );
  return failEachAllocation(context, (ask) => {
    xfrm.flushSas();
    xfrm.flushPolicies();
    for (const sa of all) xfrm.addSa(sa);
    xfrm.addPolicy(policy);
    const { reply, heard, databases, ...changed } = watchPolicies(context, moves, () =>
      ask((client) => client.migrate(policy, entries, { attributes })),
    );
    return { reply, state: databases === 'unchanged' ? 'before' : JSON.stringify(changed) };
  });
}
