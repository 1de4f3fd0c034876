import {
  aesCbc,
  afterMigration,
  type CaseContext,
  compSa,
  espInUdp,
  espSa,
  hmacSha256,
  hosts,
  oneOf,
  type Sa,
  type StateChange,
} from '../../src/case/index.ts';
import {
  doneOrRefused,
  failEachAllocation,
  orderedAfterEach,
  shortMemory,
} from '../short-memory.ts';
import { way } from './end-to-end.ts';
import { watch } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('memory', 'When the kernel lacks memory');
export default topic;

const replayEsn = { oseq: 7, oseq_hi: 1, seq: 0, seq_hi: 0, replay_window: 0, bmp: [] };

const careOf = espSa({ careOf: '192.0.2.9' });

const sas: readonly [name: string, what: string, Sa, StateChange, kconfig: readonly string[]][] = [
  ['aead', 'an SA that gets an encapsulation', espSa(), { ...hosts.b, encap: espInUdp() }, []],
  [
    'everything',
    'an SA with two algorithms, encapsulation, ESN and marks',
    espSa({
      ...{ crypt: aesCbc, auth: hmacSha256, encap: espInUdp(), flags: ['esn'], replayEsn },
      ...{ dir: 'out', mark: { v: 5, m: 0xff }, outputMark: { v: 6, m: 0xff } },
    }),
    hosts.b6,
    [],
  ],
  ['care-of', 'an SA with a care-of address', careOf, hosts.b, []],
  ['ipcomp', 'an IPComp SA', compSa(), hosts.b, ['INET_IPCOMP', 'CRYPTO_DEFLATE']],
  ['iptfs', 'an IP-TFS SA', espSa({ mode: 'iptfs', dir: 'in' }), hosts.b, ['XFRM_IPTFS']],
];

for (const [name, what, sa, change, kconfig] of sas) {
  testCase(name, {
    summary: `Whichever allocation fails, ${what} is migrated whole, or refused and left as it is.`,
    requirements: ['MS-NO-MEMORY', 'MS-ERROR-INTACT', 'MS-NOTIFY-FAILED'],
    needs: { ...shortMemory, kconfig: [...shortMemory.kconfig, ...kconfig], minVersion: '7.2' },
    run: (context) => failEach(context, sa, change),
    expect: {
      full: { ...doneOrRefused, unannounced: oneOf([], ['Failed to send migration notification']) },
    },
  });
}

testCase('iptfs-out-of-order', {
  ...orderedAfterEach(way),
  requirements: ['MS-NO-MEMORY', 'MS-DELIVERS'],
  needs: { kconfig: [...shortMemory.kconfig, 'XFRM_IPTFS'], minVersion: '7.2' },
});

function failEach(context: CaseContext, sa: Sa, change: StateChange) {
  const { xfrm } = context;
  return failEachAllocation(context, (ask) => {
    xfrm.flushSas();
    xfrm.addSa(sa);
    const places = { was: sa, becomes: afterMigration(sa, change) };
    const { reply, heard, databases, ...changed } = watch({ xfrm }, places, () =>
      ask((client) => client.migrateState(sa, change)),
    );
    return { reply, state: databases === 'unchanged' ? 'before' : JSON.stringify(changed) };
  });
}
