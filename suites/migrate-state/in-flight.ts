import { error, espSa, hosts } from '../../src/case/index.ts';
import {
  atOnce,
  eachOnce,
  migrateEnding,
  migrateReceiver,
  migrateSender,
  needs,
  numbered,
  takenOnce,
  type Way,
} from '../in-flight.ts';
import { migrateStateTopic, replyAlone } from './topic.ts';

const { topic, testCase } = migrateStateTopic('in-flight', 'An SA in use while it is migrated');
export default topic;

const way: Way = {
  slow: 'aes-gcm',
  prepare:
    ({ xfrm, sa }) =>
    () =>
      xfrm.migrateState(sa, hosts.b),
};

for (const [suffix, parts] of Object.entries(numbered)) {
  testCase(`outbound${suffix}`, {
    summary: 'No sequence number is used by both the old SA and the new one.',
    requirements: ['MS-ATOMIC', 'MS-REPLAY', 'MS-EXPIRY'],
    needs,
    run: (context) => migrateSender(context, { ...way, parts }),
    expect: { full: eachOnce, ...replyAlone },
  });

  testCase(`inbound${suffix}`, {
    summary: 'What the old SA has taken until its end, the new one does not take again.',
    requirements: ['MS-ATOMIC', 'MS-REPLAY', 'MS-EXPIRY'],
    needs,
    run: (context) => migrateReceiver(context, { ...way, parts }),
    expect: { full: takenOnce, ...replyAlone },
  });
}

testCase('ending', {
  summary:
    'An SA that reaches its limit while it is migrated is gone, and there is none in its place.',
  requirements: ['MS-RACE-DELETED'],
  needs,
  run: (context) => migrateEnding(context, way),
  expect: {
    full: { reply: error('ESRCH'), now: 'gone' },
    compiledOut: { ...replyAlone.compiledOut, now: 'gone' },
    predates: { ...replyAlone.predates, now: 'gone' },
  },
});

testCase('two-at-once', {
  summary:
    'Of two requests at once to migrate an SA to one place, one is refused, and its SA stays whole.',
  requirements: ['MS-EEXIST', 'MS-EEXIST-INTACT'],
  needs,
  run(context) {
    const { xfrm } = context;
    const [one, two] = [xfrm.addSa(espSa()), xfrm.addSa(espSa(hosts.c))];
    const [reply, ...replies] = atOnce(
      context,
      () => xfrm.migrateState(one, hosts.b),
      (other) => other.migrateState(two, hosts.b),
    );
    const refused = [reply, ...replies].filter(({ errno }) => errno !== 'OK');
    if (refused.length === 2) return { reply };
    const places = xfrm.dumpSas().map(({ dst }) => dst);
    return {
      refused,
      moved: places.filter((dst) => dst === hosts.b.dst).length,
      sas: places.length,
    };
  },
  expect: { full: { refused: [error('EEXIST')], moved: 1, sas: 2 }, ...replyAlone },
});
