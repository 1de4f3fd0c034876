import { hosts } from '../../src/case/index.ts';
import {
  eachOnce,
  migrateReceiver,
  migrateSender,
  needs,
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

testCase('outbound', {
  summary: 'No sequence number, and so no IV, is used by both the old SA and the new one.',
  requirements: ['MS-ATOMIC', 'MS-REPLAY'],
  needs,
  run: (context) => migrateSender(context, way),
  expect: { full: eachOnce, ...replyAlone },
});

testCase('inbound', {
  summary: 'What the old SA has taken until its end, the new one does not take again.',
  requirements: ['MS-ATOMIC', 'MS-REPLAY'],
  needs,
  run: (context) => migrateReceiver(context, way),
  expect: { full: takenOnce, ...replyAlone },
});
