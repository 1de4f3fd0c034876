import {
  type CaseContext,
  error,
  espSa,
  hosts,
  migrateStateRequest,
  ok,
  type Reply,
} from '../../src/case/index.ts';
import { migrated, refused } from './expect.ts';
import { watch } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('access', 'Who may ask, and what is answered');
export default topic;

const NLM_F_REQUEST = 1;
const silence = error('no reply', null);

function ask(context: CaseContext, request: (sa: ReturnType<typeof espSa>) => Reply) {
  const sa = context.xfrm.addSa(espSa());
  return watch(context, { was: sa, becomes: { ...sa, ...hosts.b } }, () => request(sa));
}

testCase('without-capability', {
  summary: 'Without CAP_NET_ADMIN the request is refused.',
  requirements: ['MS-CAPABILITY', 'MS-ERROR-INTACT'],
  run: (context) =>
    ask(context, (sa) => context.withoutNetAdmin((xfrm) => xfrm.migrateState(sa, hosts.b))),
  expect: {
    full: refused(error('EPERM', null)),
    compiledOut: refused(error('EPERM', null)),
  },
});

testCase('without-capability-invalid', {
  summary: 'Without CAP_NET_ADMIN even an invalid request learns nothing but EPERM.',
  requirements: ['MS-CAPABILITY', 'MS-ERROR-INTACT'],
  run: (context) =>
    ask(context, (sa) =>
      context.withoutNetAdmin((xfrm) =>
        xfrm.send({ ...migrateStateRequest(sa), header: new Uint8Array(4) }),
      ),
    ),
  expect: {
    full: refused(error('EPERM', null)),
    compiledOut: refused(error('EPERM', null)),
  },
});

testCase('without-ack', {
  summary: 'Without NLM_F_ACK a success is silent: no reply, and all the rest.',
  requirements: ['MS-ACK', 'MS-NOTIFY'],
  run: (context) =>
    ask(context, (sa) =>
      context.xfrm.send({ ...migrateStateRequest(sa, hosts.b), allFlags: NLM_F_REQUEST }),
    ),
  expect: { full: migrated(hosts.b, { reply: silence }) },
});

testCase('without-ack-refused', {
  summary: 'A refusal is told though nobody asked for an acknowledgement.',
  requirements: ['MS-ACK', 'MS-ERROR-INTACT'],
  run: (context) =>
    ask(context, (sa) =>
      context.xfrm.send({
        ...migrateStateRequest(sa, { ...hosts.b, reserved: 1 }),
        allFlags: NLM_F_REQUEST,
      }),
    ),
  expect: { full: refused(error('EINVAL', 'Reserved field must be zero')) },
});

testCase('no-request', {
  summary: 'A message without NLM_F_REQUEST is none: it is acknowledged and not read.',
  requirements: ['MS-ACK'],
  run: (context) =>
    ask(context, (sa) => context.xfrm.send({ ...migrateStateRequest(sa, hosts.b), allFlags: 4 })),
  expect: {
    full: refused(ok(null)),
    compiledOut: refused(ok(null)),
    predates: refused(ok(null)),
  },
});
