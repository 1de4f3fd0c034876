import { expect, it } from 'vitest';
import { error, isMatcher, ok } from '../../../src/case/match.ts';
import { defineTopic } from '../../../src/case/topic.ts';

const refusal = { reply: error('EINVAL') };

function topic() {
  return defineTopic({
    interface: 'migrate',
    name: 'encap',
    title: 'Encapsulation',
    defaults: { compiledOut: refusal, predates: refusal },
  });
}

it('a topic collects its cases under its name', () => {
  const { topic: encap, testCase } = topic();
  const common = { summary: 's', requirements: ['R'], run: () => ({}) };
  testCase('kept', { ...common, expect: { full: { reply: ok() } } });
  testCase('removed', {
    ...common,
    needs: { minVersion: '7.2' },
    expect: { full: ok(), predates: ok() },
  });
  expect(encap.name).toBe('migrate/encap');
  expect(encap.cases).toMatchObject([
    {
      ...{ id: 'migrate/encap/kept', interface: 'migrate', needs: {} },
      expect: { full: { reply: ok() }, compiledOut: refusal, predates: refusal },
    },
    {
      ...{ id: 'migrate/encap/removed', needs: { minVersion: '7.2' } },
      expect: { compiledOut: refusal, predates: ok() },
    },
  ]);
});

it('a topic has no two cases of one name', () => {
  const { testCase } = topic();
  const definition = { summary: 's', requirements: [], run: () => ({}), expect: { full: ok() } };
  testCase('kept', definition);
  expect(() => testCase('kept', definition)).toThrow('two cases are named migrate/encap/kept');
});

it('expectations of a reply judge as much as they are given', () => {
  expect(error('EINVAL')).toMatchObject({ errno: 'EINVAL', extack: {} });
  expect(error('EINVAL', null)).toMatchObject({ extack: { message: null } });
  expect(error('EINVAL', 'text')).toMatchObject({ extack: { message: 'text' } });
  expect(error('EINVAL', { attribute: 'XFRMA_ENCAP' })).toMatchObject({
    extack: { attribute: 'XFRMA_ENCAP' },
  });
  expect([ok(), ok(null), ok('warning')]).toMatchObject([
    { errno: 'OK', extack: {} },
    { extack: { message: null } },
    { extack: { message: 'warning' } },
  ]);
  expect([isMatcher(ok()), isMatcher({}), isMatcher(null), isMatcher([])]).toEqual([
    ...[true, false, false, false],
  ]);
});
