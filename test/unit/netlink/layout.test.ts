import { describe, expect, it } from 'vitest';
import * as xfrm from '../../../src/netlink/xfrm.ts';
import { attributeName, attributeType, XFRMA_MAX } from '../../../src/netlink/xfrm-attributes.ts';
import { groupName, messageName, xfrmMessages } from '../../../src/netlink/xfrm-messages.ts';
import { dataLines } from './data.ts';

/** Sizes, offsets and numbers as gcc sees them in include/uapi/linux/xfrm.h of Linux 7.3, x86-64. */
const lines = dataLines('xfrm-h-7.3.txt').map((line) => line.split(' '));
const of = (kind: string) => lines.filter(([first]) => first === kind).map((line) => line.slice(1));

type AnyStruct = { size: number; offsetOf(member: string): number };
const structOf = (name: string) => (xfrm as unknown as Record<string, AnyStruct>)[name]!;

describe('the structs of linux/xfrm.h', () => {
  it.each(of('struct'))('struct %s has %s bytes', (name, size) => {
    expect(structOf(name!).size).toBe(Number(size));
  });

  it.each(of('member'))('%s.%s is at %s', (name, member, offset) => {
    expect(structOf(name!).offsetOf(member!)).toBe(Number(offset));
  });
});

describe('the numbers of linux/xfrm.h', () => {
  it('number the attributes', () => {
    const attributes = of('attribute');
    expect(attributes.length).toBe(XFRMA_MAX);
    for (const [name, number] of attributes) {
      expect(attributeName(Number(number))).toBe(name);
      expect(attributeType(name as Parameters<typeof attributeType>[0])).toBe(Number(number));
    }
    expect(attributeName(XFRMA_MAX + 1)).toBe(`XFRMA ${XFRMA_MAX + 1}`);
    expect(attributeName(0x8000 | 17)).toBe('XFRMA_MIGRATE');
  });

  it('number the messages', () => {
    const messages = of('message');
    expect(messages.map(([name]) => name)).toEqual(Object.keys(xfrmMessages));
    for (const [name, number] of messages) expect(messageName(Number(number))).toBe(name);
    expect(messageName(0x2a)).toBe('0x2a');
  });

  it('number the multicast groups', () => {
    for (const [name, number] of of('group')) expect(groupName(Number(number))).toBe(name);
    expect(of('group').length).toBe(8);
    expect(groupName(9)).toBe('group 9');
  });
});
