import { error, espInUdp, espSa, hosts, noEncap, ok } from '../../src/case/index.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('encap', 'UDP encapsulation on the migrated SA');
export default topic;

testCase('removed', {
  summary: 'An XFRMA_ENCAP of type 0 removes the encapsulation: encapsulated to non-encapsulated.',
  requirements: ['MS-ENCAP-REMOVE'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa({ encap: espInUdp() }));
    const reply = xfrm.migrateState(sa, { ...hosts.b, encap: noEncap });
    return { reply, new: xfrm.getSa({ ...sa, ...hosts.b }), old: xfrm.getSa(sa) };
  },
  expect: { full: { reply: ok(), new: { encap: null }, old: error('ESRCH') } },
});

testCase('kept', {
  summary: 'Without XFRMA_ENCAP the encapsulation of the SA is inherited.',
  requirements: ['MS-ENCAP-INHERIT'],
  run({ xfrm }) {
    const sa = xfrm.addSa(espSa({ encap: espInUdp(4500, 4501) }));
    const reply = xfrm.migrateState(sa, hosts.b);
    return {
      reply,
      new: xfrm.getSa({ ...sa, ...hosts.b }),
      old: xfrm.getSa(sa),
      heard: xfrm.notifications(),
    };
  },
  expect: {
    full: {
      reply: ok(),
      new: { encap: { type: 'espinudp', sport: 4500, dport: 4501 } },
      old: error('ESRCH'),
    },
  },
});
