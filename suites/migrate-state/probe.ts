import { emptySelector, error, espSa, hosts, type XfrmClient } from '../../src/case/index.ts';
import { watch } from './migration.ts';
import { migrateStateTopic, unsupported } from './topic.ts';

const { topic, testCase } = migrateStateTopic('probe', 'Finding out whether the kernel has it');
export default topic;

const zero = { v: 0, m: 0 };
/** A message in which everything is zero but the SPI. */
const minimal = {
  id: { daddr: '0.0.0.0', spi: 0x1234, family: 0, proto: 0 },
  new_daddr: '0.0.0.0',
  new_saddr: '0.0.0.0',
  old_mark: zero,
  new_sel: emptySelector,
  new_reqid: 0,
  flags: [],
  new_family: 0,
  reserved: 0,
};

/** The three answers, and that asking did nothing. */
const answers = {
  full: { ...nothingDone(), reply: error('ESRCH', 'Can not find state') },
  compiledOut: { ...nothingDone(), reply: unsupported.compiledOut },
  predates: { ...nothingDone(), reply: unsupported.predates },
};

function nothingDone() {
  return { old: 'unchanged', others: 'unchanged', heard: [] };
}

function probe(xfrm: XfrmClient, header: Parameters<XfrmClient['sendMigrateState']>[0]) {
  const bystander = xfrm.addSa(espSa());
  return watch({ xfrm }, { was: bystander }, () => xfrm.sendMigrateState(header));
}

testCase('minimal', {
  summary:
    'A minimal message, zero but for an SPI that is not there, tells whether the kernel has it.',
  requirements: ['MS-PROBE-SUPPORTED', 'MS-PROBE-COMPILED-OUT', 'MS-PROBE-PREDATES'],
  run: ({ xfrm }) => probe(xfrm, minimal),
  expect: answers,
});

testCase('well-formed', {
  summary:
    'A message that is valid but for an SPI that is not there tells whether the kernel has it.',
  requirements: ['MS-PROBE-SUPPORTED', 'MS-PROBE-COMPILED-OUT', 'MS-PROBE-PREDATES', 'MS-ESRCH'],
  run: ({ xfrm }) =>
    probe(xfrm, {
      ...minimal,
      id: { daddr: hosts.a.dst, spi: 0x1234, family: 'AF_INET', proto: 'esp' },
      new_daddr: hosts.b.dst,
      new_saddr: hosts.b.src,
      new_family: 'AF_INET',
    }),
  expect: answers,
});

testCase('empty-namespace', {
  summary: 'The answer does not depend on whether there are SAs.',
  requirements: ['MS-PROBE-SUPPORTED', 'MS-PROBE-COMPILED-OUT', 'MS-PROBE-PREDATES'],
  run: ({ xfrm }) => ({
    reply: xfrm.sendMigrateState({
      ...minimal,
      id: { ...minimal.id, family: 'AF_INET6', proto: 'esp' },
      new_family: 'AF_INET6',
    }),
    sas: xfrm.dumpSas(),
    heard: xfrm.notifications(),
  }),
  expect: {
    full: { reply: error('ESRCH', 'Can not find state'), sas: [], heard: [] },
    compiledOut: { reply: unsupported.compiledOut, sas: [], heard: [] },
    predates: { reply: unsupported.predates, sas: [], heard: [] },
  },
});
