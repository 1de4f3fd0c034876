import { describe, expect, it } from 'vitest';
import { Exchange } from '../../../src/case/exchange.ts';
import { migrateEntry, policyFor } from '../../../src/case/policy.ts';
import {
  migrateRequest,
  migrateStateRequest,
  rawAttribute,
  resizedAttribute,
} from '../../../src/case/raw-request.ts';
import { espSa, hosts } from '../../../src/case/sa.ts';
import { SetupError, XfrmClient } from '../../../src/case/xfrm-client.ts';
import { decode, fromHex, toHex } from '../../../src/netlink/codec.ts';
import { decodeAttributes, encodeMessage, nlmsghdr } from '../../../src/netlink/message.ts';
import { attributeName } from '../../../src/netlink/xfrm-attributes.ts';
import { messageName, xfrmMessages } from '../../../src/netlink/xfrm-messages.ts';
import { FakeTransport, says, sends } from './fake-transport.ts';

function clientOf(...answers: ConstructorParameters<typeof FakeTransport>[0]) {
  const transport = new FakeTransport(answers);
  const exchange = new Exchange();
  return { transport, exchange, xfrm: new XfrmClient(exchange, transport) };
}

const names = (bytes: Uint8Array, start: number) =>
  decodeAttributes(bytes, start).map(({ type }) => attributeName(type));

describe('set-up', () => {
  it('hands back what was installed', () => {
    const { xfrm, transport } = clientOf(says(0), says(0));
    const sa = espSa();
    expect(xfrm.addSa(sa)).toBe(sa);
    const policy = policyFor([sa]);
    expect(xfrm.addPolicy(policy)).toBe(policy);
    const sent = transport.asked.map((bytes) => messageName(decode(nlmsghdr, bytes).type));
    expect(sent).toEqual(['XFRM_MSG_NEWSA', 'XFRM_MSG_NEWPOLICY']);
  });

  it('that is refused is no word about the kernel, and says what was refused', () => {
    const { xfrm } = clientOf(says(22, { message: 'No such thing' }), says(17), () => 13);
    expect(() => xfrm.addSa(espSa())).toThrow(
      new SetupError(
        'the SA esp tunnel 0x1000 192.0.2.1 -> 192.0.2.2 could not be set up: EINVAL (No such thing)',
      ),
    );
    expect(() => xfrm.addPolicy(policyFor([]))).toThrow(
      'the out policy could not be set up: EEXIST',
    );
    expect(() => xfrm.addSa(espSa())).toThrow(/: EACCES$/);
  });
});

describe('requests of a case', () => {
  it('return the reply, with the attribute that the kernel points at', () => {
    const { xfrm } = clientOf(says(22, { message: 'Unsupported attribute', offset: 16 + 132 }));
    const reply = xfrm.migrateState(espSa(), { ...hosts.b, natKeepalive: 5 });
    expect(reply).toEqual({
      errno: 'EINVAL',
      extack: {
        message: 'Unsupported attribute',
        offset: 148,
        attribute: 'XFRMA_NAT_KEEPALIVE_INTERVAL',
        policy: null,
      },
    });
  });

  it.each([0, 4, 10_000])('point at no attribute where the offset is %i', (offset) => {
    const { xfrm } = clientOf(says(22, { offset }));
    expect(xfrm.migrateState(espSa()).extack).toMatchObject({ offset, attribute: null });
  });

  it('are recorded with their bytes, what came back, and what they are for', () => {
    const { xfrm, exchange, transport } = clientOf(says(0), says(3), says(3));
    xfrm.addSa(espSa());
    xfrm.migrateState(espSa(), hosts.b);
    xfrm.getSa(espSa());
    expect(exchange.requests.map(({ purpose }) => purpose)).toEqual([
      'setup',
      'subject',
      'inspect',
    ]);
    const [, subject] = exchange.requests;
    expect(subject).toMatchObject({
      ...{ netns: 'main', headerLength: 132, bytes: toHex(transport.asked[1]!) },
      received: [expect.stringMatching(/^24000000/)],
    });
  });

  it('are recorded with the errno when they could not even be sent', () => {
    const { xfrm, exchange } = clientOf(() => 13);
    expect(xfrm.migrateState(espSa())).toEqual({ errno: 'EACCES', extack: null });
    expect(exchange.requests[0]!.received).toBe(13);
  });

  it('have sequence numbers of their own, and ask for an acknowledgement', () => {
    const { xfrm, transport } = clientOf(says(0), says(0));
    xfrm.migrateState(espSa());
    xfrm.migrateState(espSa());
    expect(transport.asked.map((bytes) => decode(nlmsghdr, bytes))).toMatchObject([
      { sequence: 0x10001, flags: 5, portid: 0 },
      { sequence: 0x10002, flags: 5 },
    ]);
  });

  it('that nobody answers have no reply', () => {
    const { xfrm } = clientOf(() => []);
    expect(xfrm.migrateState(espSa())).toEqual({ errno: 'no reply', extack: null });
  });

  it('are not answered by what answers another', () => {
    const other = (request: Uint8Array) => {
      const [word] = says(0)(request) as Uint8Array[];
      word!.set([99], 8);
      return [word!];
    };
    expect(clientOf(other).xfrm.migrateState(espSa()).errno).toBe('no reply');
  });
});

describe('XFRM_MSG_MIGRATE', () => {
  const sa = espSa();
  const policy = policyFor([sa], { type: 1, ifId: 7, mark: { v: 1, m: 1 } });

  it('names the policy by type and if_id, not by mark, and has its entries', () => {
    const { xfrm, transport } = clientOf(says(0));
    xfrm.migrate(policy, [migrateEntry(sa, hosts.b)], { attributes: { XFRMA_TFCPAD: 1 } });
    const [bytes] = transport.asked;
    expect(decode(nlmsghdr, bytes!).type).toBe(xfrmMessages.XFRM_MSG_MIGRATE);
    expect(names(bytes!, 16 + 64)).toEqual([
      ...['XFRMA_POLICY_TYPE', 'XFRMA_IF_ID', 'XFRMA_MIGRATE', 'XFRMA_TFCPAD'],
    ]);
  });

  it('can leave its entries out', () => {
    const { xfrm, transport } = clientOf(says(22));
    xfrm.migrate(policyFor([sa]), [], { rawEntries: 'omit' });
    expect(transport.asked[0]!.length).toBe(16 + 64);
  });

  it('can be made of any bytes', () => {
    const { xfrm, transport } = clientOf(says(0));
    const entries = resizedAttribute({ XFRMA_MIGRATE: [migrateEntry(sa, hosts.b)] }, 10);
    xfrm.send(migrateRequest(policy, rawAttribute(200, fromHex('ff')), entries));
    expect(transport.payload(0).slice(2 * 64)).toBe(
      `0500c800ff000000${'0e001100'}c0000202${'00'.repeat(8)}`,
    );
  });
});

it('a longer attribute is filled with zeros', () => {
  expect(toHex(resizedAttribute({ XFRMA_IF_ID: 7 }, 6))).toBe('0a001f000700000000000000');
});

it('XFRM_MSG_MIGRATE_STATE by the byte is what the client sends', () => {
  const { xfrm, transport } = clientOf(says(0), says(0));
  const change = { ...hosts.b, natKeepalive: 5 };
  xfrm.migrateState(espSa(), change);
  xfrm.send(migrateStateRequest(espSa(), change));
  expect(transport.payload(1)).toBe(transport.payload(0));
});

describe('looks', () => {
  it('at an SA find it, or say what the kernel said', () => {
    const sent = clientOf(says(0));
    sent.xfrm.addSa(espSa({ mark: { v: 1, m: 3 } }));
    const payload = sent.transport.payload(0);
    const { xfrm, transport } = clientOf(sends(xfrmMessages.XFRM_MSG_NEWSA, payload), says(3));
    const key = espSa({ mark: { v: 1, m: 3 } });
    expect(xfrm.getSa(key)).toMatchObject({ dst: hosts.a.dst, spi: 0x1000, mark: { v: 1, m: 3 } });
    expect(names(transport.asked[0]!, 16 + 24)).toEqual(['XFRMA_MARK']);
    expect(xfrm.getSa(key)).toEqual({ errno: 'ESRCH', extack: null });
  });

  it('at a policy find it, or say what the kernel said', () => {
    const sent = clientOf(says(0));
    const policy = sent.xfrm.addPolicy(policyFor([espSa()], { ifId: 7 }));
    const answer = sends(xfrmMessages.XFRM_MSG_NEWPOLICY, sent.transport.payload(0));
    const { xfrm } = clientOf(answer, says(2));
    expect(xfrm.getPolicy(policy)).toMatchObject({
      dir: 'out',
      ifId: 7,
      templates: [{ reqid: 1 }],
    });
    expect(xfrm.getPolicy(policy)).toEqual({ errno: 'ENOENT', extack: null });
  });

  it('at all SAs are in order of SPI', () => {
    const sent = clientOf(says(0), says(0));
    sent.xfrm.addSa(espSa({ spi: 0x20 }));
    sent.xfrm.addSa(espSa({ spi: 0x3 }));
    const { xfrm, transport } = clientOf((request) =>
      [0, 1].flatMap((n) =>
        (
          sends(xfrmMessages.XFRM_MSG_NEWSA, sent.transport.payload(n))(request) as Uint8Array[]
        ).slice(0, 1 + n),
      ),
    );
    expect(xfrm.dumpSas().map(({ spi }) => spi)).toEqual([0x3, 0x20]);
    expect(decode(nlmsghdr, transport.asked[0]!)).toMatchObject({ flags: 0x305, length: 16 });
  });
});

describe('notifications', () => {
  const heard = (group: number, sequence: number, portid = 0) => {
    const sender = clientOf(says(0));
    sender.xfrm.migrate(policyFor([espSa()]), [
      migrateEntry(espSa(), hosts.b),
      migrateEntry(espSa({ reqid: 2 }), hosts.c),
    ]);
    const payload = fromHex(sender.transport.payload(0));
    const type = xfrmMessages.XFRM_MSG_MIGRATE;
    return { group, bytes: encodeMessage({ type, flags: 0, sequence, portid, payload }) };
  };

  it('are shown by group, with what they carry, and whether they echo the request', () => {
    const { xfrm, transport, exchange } = clientOf(says(0), says(3));
    xfrm.migrateState(espSa());
    // What is looked at afterwards is no request that could be echoed.
    xfrm.getSa(espSa());
    transport.pending = [heard(7, exchange.subject.sequence), heard(3, 0)];
    expect(xfrm.notifications()).toMatchObject([
      {
        ...{ group: 'XFRMNLGRP_MIGRATE', message: 'XFRM_MSG_MIGRATE', echoesRequest: true },
        header: { dir: 'out' },
        attributes: { XFRMA_MIGRATE: [{ reqid: 1 }, { reqid: 2 }] },
      },
      { group: 'XFRMNLGRP_SA', echoesRequest: false },
    ]);
    expect(xfrm.notifications()).toEqual([]);
  });

  it('can be asked for by group, and are recorded all the same', () => {
    const { xfrm, transport, exchange } = clientOf();
    transport.pending = [heard(7, 0), heard(3, 0)];
    expect(xfrm.notifications('XFRMNLGRP_SA')).toHaveLength(1);
    expect(exchange.notifications.map(({ group }) => group)).toEqual([7, 3]);
  });

  it('can be waited for, until there are as many as are expected', () => {
    const { xfrm, transport, exchange } = clientOf();
    transport.pending = [heard(3, 0)];
    transport.later.push([heard(7, 0)], [heard(7, 0), heard(3, 0)], [heard(7, 0)]);
    expect(xfrm.awaitNotifications('XFRMNLGRP_MIGRATE', 2)).toHaveLength(2);
    expect(exchange.notifications.map(({ group }) => group)).toEqual([3, 7, 7, 3]);
  });

  it('with an attribute several times have a list of all', () => {
    const { xfrm, transport } = clientOf();
    const one = heard(7, 0);
    const twice = Buffer.concat([one.bytes, one.bytes.subarray(16 + 64)]);
    twice.writeUInt32LE(twice.length, 0);
    transport.pending = [{ group: 7, bytes: Uint8Array.from(twice) }];
    expect(xfrm.notifications()[0]!.attributes.XFRMA_MIGRATE).toHaveLength(4);
  });
});
