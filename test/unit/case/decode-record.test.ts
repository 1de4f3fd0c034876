import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../../src/case/decode-record.ts';
import type { RawCaseRecord, RawRequestRecord } from '../../../src/case/record.ts';

const ack = '2400000002000001060000009afb9bdb00000000a0000000210005000600000000000000';
const refusal =
  '540000000200000306000000f40256eddeffffffa000000021000500060000000000000027000100417474726962757465206661696c656420706f6c6963792076616c69646174696f6e00000800020050000000';
/** XFRM_MSG_MIGRATE with one entry that lacks its last byte, as it was sent to Linux 7.3.4. */
const migrate =
  'a00000002100050006000000000000000a0200000000000000000000000000000a01000000000000000000000000000000000000000000000200101000000000000000000000000000000000010000004f001100c0000202000000000000000000000000c0000201000000000000000000000000c6336402000000000000000000000000c6336401000000000000000000000000320100000100000002000200';
const announced =
  'ac0000002100000000000000000000000a0200000000000000000000000000000a01000000000000000000000000000000000000000000000200101000000000000000000000000000000000010000000a001000000000000000000050001100c0000202000000000000000000000000c0000201000000000000000000000000c6336402000000000000000000000000c6336401000000000000000000000000320100000100000002000200';

function recordOf(parts: Partial<RawCaseRecord>): RawCaseRecord {
  return {
    ...{
      id: 'a/b/c',
      outcome: 'observed',
      reason: null,
      observation: null,
      startedMs: 0,
      durationMs: 1,
    },
    ...{ requests: [], notifications: [], kernelLog: [] },
    ...parts,
  };
}

const request = (
  bytes: string,
  received: string[] | number,
  headerLength = 64,
): RawRequestRecord => ({ purpose: 'subject', netns: 'main', headerLength, bytes, received });

describe('records', () => {
  it('of requests have names, attributes in the order sent, and the reply', () => {
    const { requests } = decodeRecord(recordOf({ requests: [request(migrate, [refusal])] }));
    expect(requests).toMatchObject([
      {
        message: 'XFRM_MSG_MIGRATE',
        flags: ['NLM_F_REQUEST', 'NLM_F_ACK'],
        header: { dir: 'out', sel: { daddr: '10.2.0.0', prefixlen_d: 16 } },
        attributes: [{ name: 'XFRMA_MIGRATE', value: [] }],
        reply: {
          errno: 'ERANGE',
          extack: { message: 'Attribute failed policy validation', attribute: 'XFRMA_MIGRATE' },
        },
        answers: [],
      },
    ]);
  });

  it('of requests without an answer have the errno of sending', () => {
    const { requests } = decodeRecord(recordOf({ requests: [request(migrate, 13)] }));
    expect(requests[0]!.reply).toEqual({ errno: 'EACCES', extack: null });
  });

  it('of a payload too short for its header are shown as bytes', () => {
    const short = `20000000${migrate.slice(8, 64)}`;
    const { requests } = decodeRecord(recordOf({ requests: [request(short, [ack], 16)] }));
    expect(requests[0]!.header).toEqual({ hex: migrate.slice(32, 64) });
  });

  it.each([
    ['0503', ['NLM_F_REQUEST', 'NLM_F_ACK', 'NLM_F_DUMP']],
    ['0501', ['NLM_F_REQUEST', 'NLM_F_ACK', 'NLM_F_REPLACE']],
    ['0000', []],
    ['0180', ['NLM_F_REQUEST', '0x8000']],
  ])('of flags %s name them', (hex, names) => {
    const bytes = migrate.slice(0, 12) + hex + migrate.slice(16);
    const { requests } = decodeRecord(recordOf({ requests: [request(bytes, [ack])] }));
    expect(requests[0]!.flags).toEqual(names);
  });

  it('of what listeners heard have group, message and content', () => {
    const raw = { group: 7, netns: 'peer', bytes: announced };
    const { notifications } = decodeRecord(recordOf({ notifications: [raw] }));
    expect(notifications).toMatchObject([
      {
        ...{ group: 'XFRMNLGRP_MIGRATE', netns: 'peer', message: 'XFRM_MSG_MIGRATE' },
        ...{ sequence: 0, portid: 0, bytes: announced },
        attributes: [
          { name: 'XFRMA_POLICY_TYPE', value: { type: 0 } },
          { name: 'XFRMA_MIGRATE', value: [{ old_daddr: '192.0.2.2', new_daddr: '198.51.100.2' }] },
        ],
      },
    ]);
  });

  it("keep everything else but the time on the guest's clock", () => {
    const rest = { observation: { a: [1] }, kernelLog: ['x'], reason: 'r' };
    const { startedMs: _, ...kept } = recordOf(rest);
    expect(decodeRecord(recordOf(rest))).toEqual(kept);
  });

  it('of bytes that are no message are an error', () => {
    expect(() => decodeRecord(recordOf({ requests: [request(migrate, ['00ff'])] }))).toThrow(
      RangeError,
    );
  });
});
