import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AgentEvent, RawCaseRecord } from '../../../src/case/record.ts';
import { agentEventSchema, deepestJson, type guestFactsSchema } from '../../../src/case/schema.ts';
import type { GuestFacts } from '../../../src/kernel/kernel.ts';

const record: RawCaseRecord = {
  id: 'migrate-state/encap/removed',
  outcome: 'observed',
  reason: null,
  observation: { reply: { errno: 'EINVAL', extack: null }, list: [1, null, 'x'] },
  requests: [
    { purpose: 'subject', netns: 'main', headerLength: 132, bytes: '10ff', received: ['00ff'] },
    { purpose: 'inspect', netns: 'peer', headerLength: 0, bytes: '', received: 12 },
  ],
  notifications: [{ group: 7, netns: 'main', bytes: '10ff' }],
  kernelLog: ['a line'],
  startedMs: 12,
  durationMs: 1.5,
};

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

function accepts(event: unknown): boolean {
  return v.safeParse(agentEventSchema, event).success;
}

it('agrees with the types, in both directions', () => {
  type EventOutput = v.InferOutput<typeof agentEventSchema>;
  type FactsOutput = v.InferOutput<typeof guestFactsSchema>;
  expectTypeOf<EventOutput>().toExtend<AgentEvent>();
  expectTypeOf<AgentEvent>().toExtend<EventOutput>();
  expectTypeOf<FactsOutput>().toExtend<GuestFacts>();
  expectTypeOf<GuestFacts>().toExtend<FactsOutput>();
});

describe('agentEventSchema', () => {
  it('accepts what the agent writes, unchanged', () => {
    const facts = { release: '7.3.4', build: '#1', config: { INET: 'y' }, migrateSymbols: null };
    for (const event of [
      { event: 'hello', protocol: 1, release: '7.3.4', build: '#1', uptimeMs: 12, tainted: 0 },
      { event: 'facts', facts },
      { event: 'case-start', id: 'a' },
      { event: 'case-end', record },
      { event: 'agent-error', message: 'x' },
      { event: 'done' },
    ]) {
      expect(v.parse(agentEventSchema, event)).toEqual(event);
    }
  });

  it.each([
    null,
    'done',
    [],
    {},
    { event: 'other' },
    { event: 'case-start' },
    { event: 'case-start', id: 7 },
    { event: 'hello', protocol: 1.5, release: '', build: '', uptimeMs: 1, tainted: 0 },
    { event: 'case-end', record: { ...record, outcome: 'passed' } },
    { event: 'case-end', record: { ...record, observation: undefined } },
    { event: 'case-end', record: { ...record, kernelLog: 'x' } },
    { event: 'case-end', record: { ...record, kernelLog: ['x'.repeat(20_000)] } },
    {
      event: 'case-end',
      record: { ...record, requests: [{ ...record.requests[0], bytes: 'zz' }] },
    },
    { event: 'case-start', id: 'x'.repeat(100_000) },
  ])('refuses %j', (event) => {
    expect(accepts(event)).toBe(false);
  });

  it('drops members that it does not know', () => {
    expect(v.parse(agentEventSchema, { event: 'done', more: 1 })).toEqual({ event: 'done' });
  });

  it('refuses JSON that is nested too deep, however deep', () => {
    const withObservation = (levels: number) => {
      const observation = JSON.parse(nested(levels));
      return { event: 'case-end', record: { ...record, observation } };
    };
    expect(accepts(withObservation(deepestJson))).toBe(true);
    expect(accepts(withObservation(deepestJson + 1))).toBe(false);
    expect(accepts(withObservation(5000))).toBe(false);
  });
});
