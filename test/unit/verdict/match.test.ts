import { describe, expect, it } from 'vitest';
import {
  absent,
  anything,
  type Expected,
  error,
  includes,
  not,
  ok,
  oneOf,
  present,
} from '../../../src/case/match.ts';
import type { Json } from '../../../src/case/record.ts';
import { expectedLines } from '../../../src/verdict/describe.ts';
import { mismatches } from '../../../src/verdict/match.ts';

function reply(errno: string, message: string | null = null, attribute: string | null = null) {
  return { errno, extack: { message, offset: null, attribute, policy: null } };
}

function compare(expected: Expected, observed: Json | undefined, version = '7.3.4') {
  return mismatches(expected, observed, { version });
}

describe('plain values', () => {
  it('match when equal', () => {
    for (const value of [null, true, 0, 4500, 'OK', '18446744073709551615', [], [1, [2]], {}]) {
      expect(compare(value as Expected, value as Json)).toEqual([]);
    }
  });

  it('do not match across types', () => {
    expect(compare({ spi: 256 }, { spi: '256' })).toMatchObject([
      { path: 'spi', expected: '256', observed: '"256"' },
    ]);
    expect(compare({ on: false }, { on: 0 })).toHaveLength(1);
    expect(compare({ on: false }, {})).toHaveLength(1);
  });

  it('say so when the member is missing', () => {
    expect(compare({ after: { encap: { sport: 4500 } } }, { after: { encap: {} } })).toMatchObject([
      { path: 'after.encap.sport', expected: '4500', observed: 'absent' },
    ]);
    expect(compare({ after: { encap: {} } }, { after: null })).toMatchObject([
      { path: 'after', expected: '{"encap": an object}', observed: 'absent' },
    ]);
  });

  it('do not find members that every object inherits', () => {
    expect(compare({ toString: present() }, {})).toHaveLength(1);
    expect(compare({ constructor: absent() }, {})).toEqual([]);
  });
});

describe('objects and lists', () => {
  it('leave members free that are not named', () => {
    expect(compare({ a: 1 }, { a: 1, b: 2 })).toEqual([]);
  });

  it('report every difference, with its path', () => {
    const observed = { a: 2, list: [{ b: 1 }, { b: 3 }] };
    expect(compare({ a: 1, list: [{ b: 1 }, { b: 2 }] }, observed)).toMatchObject([
      { path: 'a', expected: '1', observed: '2' },
      { path: 'list.1.b', expected: '2', observed: '3' },
    ]);
  });

  it('need the exact length of a list', () => {
    expect(compare({ list: [1] }, { list: [1, 2] })).toMatchObject([
      { path: 'list', expected: '1 item: [1]', observed: '2 items: [1, 2]' },
    ]);
    expect(compare({ list: [1] }, { list: { 0: 1, length: 1 } })).toHaveLength(1);
  });

  it('have an empty path for the whole', () => {
    expect(compare({ a: 1 }, 'text')).toMatchObject([
      { path: '', expected: '{"a": 1}', observed: '"text"' },
    ]);
  });
});

describe('replies', () => {
  it('match by errno name', () => {
    expect(compare(ok(), reply('OK'))).toEqual([]);
    expect(compare(error('EINVAL'), reply('EINVAL', 'whatever'))).toEqual([]);
    expect(
      compare({ reply: error('EINVAL', 'Invalid SPI 0x0') }, { reply: reply('OK') }),
    ).toMatchObject([{ path: 'reply', expected: 'EINVAL: Invalid SPI 0x0', observed: 'OK' }]);
  });

  it('say what differs in parts, too', () => {
    expect(compare(error('EINVAL', null), reply('ESRCH', 'a'))[0]?.reply).toEqual({
      expected: { errno: 'EINVAL', extack: null },
      observed: { errno: 'ESRCH', extack: 'a' },
    });
    expect(compare(ok(), null)[0]?.reply).toEqual({ expected: { errno: 'OK' }, observed: null });
  });

  it('judge the exact extack text, none, or nothing', () => {
    expect(compare(error('EINVAL', 'a'), reply('EINVAL', 'a'))).toEqual([]);
    expect(compare(error('EINVAL', 'a'), reply('EINVAL', 'a '))).toHaveLength(1);
    expect(compare(error('EINVAL', 'a'), { errno: 'EINVAL', extack: null })).toHaveLength(1);
    expect(compare(error('EINVAL', null), { errno: 'EINVAL', extack: null })).toEqual([]);
    expect(compare(error('EINVAL', null), reply('EINVAL'))).toEqual([]);
    expect(compare(error('EINVAL', null), reply('EINVAL', 'a'))).toMatchObject([
      { path: '', expected: 'EINVAL, no extack text', observed: 'EINVAL: a' },
    ]);
    expect(compare(ok('a warning'), reply('OK'))).toHaveLength(1);
  });

  it('judge the attribute when one is named', () => {
    const expected = error('EINVAL', { message: 'a', attribute: 'XFRMA_ENCAP' });
    expect(compare(expected, reply('EINVAL', 'a', 'XFRMA_ENCAP'))).toEqual([]);
    expect(compare(expected, reply('EINVAL', 'a', 'XFRMA_MARK'))).toMatchObject([
      { path: '', expected: 'EINVAL: a (at XFRMA_ENCAP)', observed: 'EINVAL: a (at XFRMA_MARK)' },
    ]);
    expect(compare(expected, reply('EINVAL', 'a'))[0]?.observed).toBe(
      'EINVAL: a (at no attribute)',
    );
  });

  it('do not judge the text of kernels that say nothing yet, but their errno', () => {
    const expected = error('EINVAL', { message: 'a', since: '6.9' });
    expect(compare(expected, reply('EINVAL'), '6.1')).toEqual([]);
    expect(compare(expected, reply('EINVAL'), '6.9-rc1')).toEqual([]);
    expect(compare(expected, reply('ESRCH'), '6.1')).toHaveLength(1);
    expect(compare(expected, reply('EINVAL'), '6.9')).toHaveLength(1);
    expect(compare(expected, reply('EINVAL'), '6.12')).toMatchObject([
      { path: '', expected: 'EINVAL: a [text since 6.9]', observed: 'EINVAL' },
    ]);
    expect(compare(expected, reply('EINVAL'), 'next')).toHaveLength(1);
  });

  it('need a reply', () => {
    for (const observed of [undefined, null, 'OK', 0, ['OK'], { errno: 'OK' }]) {
      expect(compare(ok(), observed as Json)).toHaveLength(1);
    }
    expect(compare({ reply: ok() }, {})).toMatchObject([
      { path: 'reply', expected: 'OK', observed: 'absent' },
    ]);
  });
});

describe('the other matchers', () => {
  it('present and absent', () => {
    expect(compare(present(), 0)).toEqual([]);
    expect(compare(present(), null)).toHaveLength(1);
    expect(compare({ encap: absent() }, {})).toEqual([]);
    expect(compare({ encap: absent() }, { encap: null })).toEqual([]);
    expect(compare({ encap: absent() }, { encap: { sport: 1, ack: reply('OK') } })).toMatchObject([
      { path: 'encap', expected: 'absent', observed: '{"sport": 1, "ack": OK}' },
    ]);
    // The member must be judged in something: an SA that is gone has no "absent encapsulation".
    expect(compare({ after: { encap: absent() } }, { after: null })).toHaveLength(1);
  });

  it('anything', () => {
    expect(compare({ a: anything() }, {})).toEqual([]);
  });

  it('oneOf', () => {
    const expected = { reply: oneOf(ok(), error('EINVAL', 'a')) };
    expect(compare(expected, { reply: reply('EINVAL', 'a') })).toEqual([]);
    expect(compare(expected, { reply: reply('ESRCH') })).toMatchObject([
      { path: 'reply', expected: 'OK or EINVAL: a', observed: 'ESRCH' },
    ]);
    expect(compare(oneOf(), 1)).toHaveLength(1);
  });

  it('not', () => {
    expect(compare(not(ok()), reply('EPERM'))).toEqual([]);
    expect(compare(not(ok()), reply('OK'))).toMatchObject([
      { path: '', expected: 'not OK', observed: 'OK' },
    ]);
  });

  it('includes: in any order, others free', () => {
    const list = [{ group: 'SA' }, { group: 'MIGRATE', n: 1 }, { group: 'SA', n: 2 }];
    expect(compare(includes({ n: 2 }, { group: 'MIGRATE' }), list)).toEqual([]);
    expect(compare(includes(), [])).toEqual([]);
    expect(
      compare({ seen: includes({ n: 3 }, { n: 1 }) }, { seen: list.slice(0, 2) }),
    ).toMatchObject([
      {
        path: 'seen',
        expected: 'a list with {"n": 3}',
        observed: '2 items: [{"group": "SA"}, {"group": "MIGRATE", "n": 1}]',
      },
    ]);
    expect(compare(includes(1), null)).toMatchObject([
      { path: '', expected: 'a list with 1', observed: 'absent' },
    ]);
  });

  it('includes: every expected item has an item of its own, however they are paired', () => {
    expect(compare(includes(1, 1), [1])).toHaveLength(1);
    expect(compare(includes(1, 1), [1, 1])).toEqual([]);
    // Greedy pairing would give {a, b} to the first and leave the second with nothing.
    expect(compare(includes({ a: 1 }, { b: 1 }), [{ a: 1, b: 1 }, { a: 1 }])).toEqual([]);
  });
});

it('says an expectation line by line', () => {
  const expected = { reply: ok(), after: { encap: absent(), spi: 256 }, list: [1] };
  expect(expectedLines(expected)).toMatchObject([
    { path: 'reply', value: 'OK' },
    { path: 'after.encap', value: 'absent' },
    { path: 'after.spi', value: '256' },
    { path: 'list', value: '[1]' },
  ]);
});
