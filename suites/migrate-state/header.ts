import { error, espSa, hosts, migrateStateRequest, ok } from '../../src/case/index.ts';
import { einval, migrated, refused } from './expect.ts';
import { migrate, watch } from './migration.ts';
import { migrateStateTopic } from './topic.ts';

const { topic, testCase } = migrateStateTopic('header', 'The fixed header of the message');
export default topic;

testCase('spi-zero', {
  summary: 'An SPI of zero names no SA.',
  requirements: ['MS-SPI-ZERO', 'MS-ERROR-INTACT'],
  run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa()), { ...hosts.b, id: { spi: 0 } }),
  expect: { full: einval('Invalid SPI 0x0') },
});

for (const reserved of [1, 0x8000, 0xffff]) {
  testCase(`reserved-0x${reserved.toString(16)}`, {
    summary: 'The reserved field must be zero, in every bit.',
    requirements: ['MS-RESERVED', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => migrate({ xfrm }, xfrm.addSa(espSa()), { ...hosts.b, reserved }),
    expect: { full: einval('Reserved field must be zero') },
  });
}

/** struct xfrm_user_migrate_state is 132 bytes; its last members are new_family and reserved. */
for (const length of [0, 24, 128, 131]) {
  testCase(`truncated-to-${length}-bytes`, {
    summary: 'A fixed header that is cut short is refused before it is read.',
    requirements: ['MS-LAYOUT', 'MS-ERROR-INTACT'],
    run: ({ xfrm }) => {
      const sa = xfrm.addSa(espSa());
      const request = migrateStateRequest(sa, hosts.b);
      return watch({ xfrm }, { was: sa }, () =>
        xfrm.send({ ...request, header: request.header.subarray(0, length) }),
      );
    },
    expect: {
      full: refused(error('EINVAL', 'Invalid header length')),
      // netlink looks at the length before the message is handed on.
      compiledOut: refused(error('EINVAL', 'Invalid header length')),
    },
  });
}

testCase('132-bytes', {
  summary: 'The fixed header alone, 132 bytes, is a whole message.',
  requirements: ['MS-LAYOUT'],
  run: ({ xfrm }) => {
    const sa = xfrm.addSa(espSa());
    const { header, ...request } = migrateStateRequest(sa, hosts.b);
    const migration = watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () =>
      xfrm.send({ ...request, header }),
    );
    return { length: header.length, ...migration };
  },
  expect: { full: { length: 132, ...migrated(hosts.b) } },
});

testCase('followed-by-stray-bytes', {
  summary: 'One to three bytes after the last attribute are no attribute; the request is done.',
  requirements: ['MS-LAYOUT'],
  run: ({ xfrm }) => {
    const sa = xfrm.addSa(espSa());
    const request = migrateStateRequest(sa, hosts.b, Uint8Array.of(1, 2, 3));
    return watch({ xfrm }, { was: sa, becomes: { ...sa, ...hosts.b } }, () => xfrm.send(request));
  },
  expect: {
    full: migrated(hosts.b, {
      reply: ok('bytes leftover after parsing attributes'),
    }),
  },
});
