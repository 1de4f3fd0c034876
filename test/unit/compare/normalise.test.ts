import { describe, expect, test } from 'vitest';
import type { CaseRecord, Json, RequestRecord } from '../../../src/case/record.ts';
import { observationOf } from '../../../src/compare/normalise.ts';
import { broken, crashed, record, result, skipped, subject } from '../report/fixtures.ts';

function seen(changes: Partial<CaseRecord>) {
  return observationOf(result('migrate/a/b', { record: record('migrate/a/b', changes) })).seen!;
}

/** A GET that returned this header and these attributes. */
function get(header: Json, attributes: RequestRecord['attributes'] = []): RequestRecord {
  const answer = { message: 'XFRM_MSG_NEWSA', header, attributes } as unknown as Json;
  return { ...subject, purpose: 'inspect', message: 'XFRM_MSG_GETSA', answers: [answer] };
}

/** A message of nothing but a struct nlmsghdr. */
function header(sequence: number, portid: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(sequence, 8);
  bytes.writeUInt32LE(portid, 12);
  return bytes.toString('hex');
}

const answerOf = (request: RequestRecord) =>
  seen({ requests: [request] }).requests['inspect XFRM_MSG_GETSA']!.answers[0];

describe('times', () => {
  test('of an SA are taken out, but that there is none stays', () => {
    const header = { curlft: { bytes: 84, packets: 1, add_time: 1795521771, use_time: 0 } };
    expect(answerOf(get(header))).toMatchObject({
      header: { curlft: { bytes: 84, packets: 1, add_time: '(time)', use_time: 0 } },
    });
  });

  test('of its last use, too', () => {
    const used = [{ name: 'XFRMA_LASTUSED', value: 1795521771 }];
    expect(answerOf(get({}, used))).toMatchObject({ XFRMA_LASTUSED: '(time)' });
  });
});

describe('numbers that the kernel gives', () => {
  const policies = (...indices: number[]) =>
    seen({ observation: indices.map((index) => ({ index })), requests: [] }).observation;

  test('are told apart by their order, so that a mix-up shows', () => {
    expect(policies(17, 9, 17)).toEqual(policies(33, 8, 33));
    expect(policies(17, 9, 17)).not.toEqual(policies(17, 9, 9));
  });

  test('have one order through requests, notifications and observation', () => {
    const { observation, requests } = seen({
      requests: [get({ sel: { ifindex: 7 } }), get({ sel: { ifindex: 3 } })],
      observation: { offload: { ifindex: 3 } },
    });
    expect(observation).toEqual({ offload: { ifindex: '(ifindex 2)' } });
    expect(requests['inspect XFRM_MSG_GETSA']!.answers[0]).toMatchObject({
      header: { sel: { ifindex: '(ifindex 1)' } },
    });
  });

  test('are left alone when they are 0, or a policy index that the case asked for', () => {
    const asked = { ...subject, header: { index: 17 } };
    const { observation } = seen({
      requests: [asked],
      observation: { index: 17, other: { index: 0, ifindex: 0 } },
    });
    expect(observation).toEqual({ index: 17, other: { index: 0, ifindex: 0 } });
  });

  test('are those of acquires, but not what a case has given an SA', () => {
    const of = (seq: number) => answerOf(get({ curlft: {}, seq })) as { header: Json };
    expect(of(7).header).toEqual(of(8).header);
    expect(of(7).header).not.toEqual(of(0).header);
    const given = { ...subject, header: { curlft: {}, seq: 7 } };
    const { requests } = seen({ requests: [given, get({ curlft: {}, seq: 7 })] });
    expect(requests['inspect XFRM_MSG_GETSA']!.answers[0]).toMatchObject({ header: { seq: 7 } });
  });

  test('are the SPIs of IPv6 tunnels that IPComp makes, and of no other SA', () => {
    const ids = (spi: number) => ({
      tunnel: { daddr: '2001:db8::1', spi, proto: 'ipv6' },
      esp: { daddr: '2001:db8::1', spi: 4096, proto: 'esp' },
      any: { spi: 0, proto: 'ipv6' },
    });
    expect(seen({ observation: ids(3) }).observation).toEqual({
      ...ids(0),
      tunnel: { daddr: '2001:db8::1', spi: '(tunnel SPI)', proto: 'ipv6' },
    });
  });

  test('are nothing that migration must carry: SPIs and replay state stay', () => {
    const state = { spi: 4096, seq: 7, replay: { seq: 11, bitmap: 3 }, reqid: 1 };
    expect(seen({ observation: state }).observation).toEqual(state);
  });
});

test('attributes are named, not ordered, and padding is none', () => {
  const attributes = [
    { name: 'XFRMA_PAD', value: true },
    { name: 'XFRMA_MARK', value: 1 },
    { name: 'XFRMA_MARK', value: 2 },
    { name: 'XFRMA_IF_ID', value: 3 },
  ];
  const answer = answerOf(get({}, attributes)) as object;
  expect(answer).toEqual(
    answerOf(
      get(
        {},
        [3, 1, 0, 2].map((index) => attributes[index]!),
      ),
    ),
  );
  expect(answer).toMatchObject({ XFRMA_MARK: 1, 'XFRMA_MARK #2': 2, XFRMA_IF_ID: 3 });
  expect(answer).not.toHaveProperty('XFRMA_PAD');
  const heard = [{ attributes: { XFRMA_PAD: true, XFRMA_IF_ID: 3 } }];
  expect(seen({ observation: heard }).observation).toEqual([{ attributes: { XFRMA_IF_ID: 3 } }]);
});

test('requests are named by what they are for and where', () => {
  const requests = [subject, { ...subject, netns: 'peer' }, subject];
  expect(Object.keys(seen({ requests }).requests)).toEqual([
    'subject XFRM_MSG_MIGRATE_STATE',
    'subject XFRM_MSG_MIGRATE_STATE in peer',
    'subject XFRM_MSG_MIGRATE_STATE #2',
  ]);
});

test('of a notification counts whose sequence number and port id it has', () => {
  const notification = {
    group: 'XFRMNLGRP_MIGRATE',
    netns: 'main',
    message: 'XFRM_MSG_MIGRATE',
    header: {},
    attributes: [],
    bytes: '',
  };
  const { notifications } = seen({
    requests: [{ ...subject, bytes: header(5, 4711) }],
    notifications: [
      { ...notification, sequence: 5, portid: 4711 },
      { ...notification, sequence: 6, portid: 0 },
    ],
  });
  expect(Object.values(notifications)).toMatchObject([
    { sequence: 'of a request', portid: 'of a request' },
    { sequence: 'other', portid: 'zero' },
  ]);
});

test.each([
  ['a timer', 32, '(count)'],
  ['a threshold', 16, 60],
])('of an event caused by %s the counters are compared or not', (_, flags, bytes) => {
  const lifetime = { bytes: 60, packets: 1, add_time: 5, use_time: 0 };
  const { notifications } = seen({
    notifications: [
      {
        ...{ group: 'XFRMNLGRP_AEVENTS', netns: 'main', message: 'XFRM_MSG_NEWAE', bytes: '' },
        ...{ header: { sa_id: { spi: 1 }, flags }, sequence: 0, portid: 0 },
        attributes: [{ name: 'XFRMA_LTIME_VAL', value: lifetime, bytes: '' }] as never,
      },
    ],
  });
  expect(notifications['XFRMNLGRP_AEVENTS XFRM_MSG_NEWAE']!.attributes).toMatchObject({
    XFRMA_LTIME_VAL: { bytes, add_time: '(time)' },
  });
});

test('errno and all of an extack stay', () => {
  const extack = { message: 'Invalid SPI', offset: 24, attribute: 'XFRMA_SA', policy: { type: 1 } };
  const requests = [{ ...subject, reply: { errno: 'EINVAL', extack } }];
  expect(seen({ requests }).requests['subject XFRM_MSG_MIGRATE_STATE']).toMatchObject({
    errno: 'EINVAL',
    extack,
  });
});

test('lines of the kernel log that tell of IPsec are kept, others and crash reports are not', () => {
  const { kernelLog } = seen({
    kernelLog: [
      'xfrm: state 0xffff888012345678 of CPU 1 is odd',
      "netlink: 'node': attribute type 29 has an invalid length.",
      'xfrm_user: 3 callbacks suppressed',
      'IPv6: ADDRCONF(NETDEV_CHANGE): veth0: link becomes ready',
      '------------[ cut here ]------------',
      'WARNING: CPU: 0 PID: 1 at net/xfrm/xfrm_state.c:700 __xfrm_state_destroy+0x12/0x34',
      ' ? xfrm_state_add+0x1/0x2',
    ],
  });
  expect(kernelLog).toEqual(['xfrm: state (address) of CPU N is odd']);
});

test('a crash counts by title and fingerprint, a skip by its reason, a failed set-up by its first line', () => {
  expect(observationOf(crashed('migrate/a/b'))).toEqual({
    verdict: 'crash',
    crash: {
      title: 'KASAN: slab-use-after-free in __xfrm_state_delete',
      fingerprint: '__xfrm_state_delete < xfrm_state_delete < xfrm_do_migrate_state',
    },
    outcome: 'not run',
    reason: null,
    seen: null,
  });
  expect(observationOf(skipped('migrate/a/b'))).toMatchObject({
    outcome: 'not run',
    reason: 'CONFIG_NETDEVSIM is not set',
  });
  expect(observationOf(broken('migrate/a/b'))).toMatchObject({
    outcome: 'setup-failed',
    reason: 'XFRM_MSG_NEWSA was refused: ENOSYS',
    seen: { requests: { 'subject XFRM_MSG_MIGRATE_STATE': { errno: 'OK' } } },
  });
});

test('durations and the bytes of requests are left out', () => {
  const slow = record('migrate/a/b', {
    durationMs: 9000,
    requests: [{ ...subject, bytes: header(1, 2) }],
  });
  const quick = record('migrate/a/b', {
    durationMs: 1,
    requests: [{ ...subject, bytes: header(2, 1) }],
  });
  expect(observationOf(result('migrate/a/b', { record: slow }))).toEqual(
    observationOf(result('migrate/a/b', { record: quick })),
  );
});
