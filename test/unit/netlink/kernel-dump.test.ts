import { describe, expect, it } from 'vitest';
import { viewPolicy } from '../../../src/case/policy.ts';
import { viewSa } from '../../../src/case/sa.ts';
import { toHex } from '../../../src/netlink/codec.ts';
import { decodeDone } from '../../../src/netlink/extack.ts';
import { decodeMessages, type Message, NLMSG_DONE } from '../../../src/netlink/message.ts';
import type { UserPolicyInfo, UserSaInfo } from '../../../src/netlink/xfrm.ts';
import {
  decodeXfrmAttribute,
  decodeXfrmAttributes,
  encodeXfrmAttributes,
} from '../../../src/netlink/xfrm-attributes.ts';
import { decodeXfrmPayload, messageName } from '../../../src/netlink/xfrm-messages.ts';
import { dataBytes, dataLines } from './data.ts';
import { policyText, saText } from './ip-xfrm-text.ts';

/**
 * Dumps of Linux 7.3.4 (User Mode Linux) after the commands in data/iproute2-6.1.0.txt, and what
 * iproute2 6.1.0 printed of the same databases at the same time.
 */
const sas = decodeMessages(dataBytes('linux-7.3.4-sa.hex'));
const policies = decodeMessages(dataBytes('linux-7.3.4-policy.hex'));

/** What ip printed, an item an SA or policy. */
function printed(name: string): string[] {
  return dataLines(name)
    .join('\n')
    .split(/\n(?=src )/);
}

function parts({ type, payload }: Message) {
  const { header, attributes } = decodeXfrmPayload(type, payload);
  return { header, values: decodeXfrmAttributes(attributes), attributes };
}

describe('dumps of Linux 7.3.4', () => {
  it('are messages of one kind, and the end of the dump', () => {
    const names = (messages: Message[]) => [
      ...new Set(messages.slice(0, -1).map(({ type }) => messageName(type))),
    ];
    expect([sas.length, policies.length]).toEqual([21, 6]);
    expect([names(sas), names(policies)]).toEqual([['XFRM_MSG_NEWSA'], ['XFRM_MSG_NEWPOLICY']]);
    for (const messages of [sas, policies]) {
      expect(messages.at(-1)!.type).toBe(NLMSG_DONE);
      expect(decodeDone(messages.at(-1)!)).toEqual({ errno: 0, sequence: null, extack: null });
    }
  });

  it('say of each SA what ip says', () => {
    const texts = sas.slice(0, -1).map((message) => {
      const { header, values } = parts(message);
      return saText(viewSa(header as UserSaInfo, values)).join('\n');
    });
    expect(texts).toEqual(printed('linux-7.3.4-sa.txt'));
  });

  it('say of each policy what ip says', () => {
    const texts = policies.slice(0, -1).map((message) => {
      const { header, values } = parts(message);
      const info = header as UserPolicyInfo;
      return policyText(viewPolicy(info, values), info.flags).join('\n');
    });
    expect(texts).toEqual(printed('linux-7.3.4-policy.txt'));
  });

  it('have no attribute without a name or a codec, and each is encoded to the same bytes again', () => {
    for (const { attributes } of [...sas.slice(0, -1), ...policies.slice(0, -1)].map(parts)) {
      expect(attributes.length).toBeGreaterThan(0);
      for (const attribute of attributes) {
        const { name, value } = decodeXfrmAttribute(attribute);
        expect(name).toMatch(/^XFRMA_/);
        expect(value).not.toHaveProperty('hex');
        const again = encodeXfrmAttributes({ [name]: value });
        expect(toHex(again.subarray(4, 4 + attribute.payload.length)), name).toBe(
          toHex(attribute.payload),
        );
      }
    }
  });
});
