import { describe, expect, it } from 'vitest';
import { deviationProblems } from '../../../src/verdict/deviations.ts';
import { deviations } from '../../../suites/deviations.ts';
import { allCases } from '../../../suites/index.ts';
import { requirements } from '../../../suites/requirements.ts';

const ids = allCases.map(({ id }) => id);

describe('the suites', () => {
  it('give every case a name of its own, in letters that a shell leaves alone', () => {
    expect(new Set(ids).size).toBe(ids.length);
    const odd = allCases.filter(
      ({ id, interface: name }) =>
        !id.startsWith(`${name}/`) || !/^[a-z-]+\/[a-z0-9-]+\/[a-z0-9-]+$/.test(id),
    );
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  it('check each requirement, or say why none can', () => {
    const checked = new Set(allCases.flatMap((testCase) => testCase.requirements));
    const known = requirements.map(({ id }) => id);
    expect(new Set(known).size).toBe(known.length);
    const unchecked = requirements.filter(
      ({ id, untestable }) => checked.has(id) === (untestable !== undefined),
    );
    expect(unchecked.map(({ id }) => id)).toEqual([]);
    expect([...checked].filter((id) => !known.includes(id))).toEqual([]);
  });

  it('have deviations of cases that there are', () => {
    expect(deviationProblems(deviations, ids)).toEqual([]);
  });

  it('expect something of every kind of kernel', () => {
    // The fuzzer's report has no single reply.
    for (const { id, expect: expected } of allCases.filter((each) => !/robustness/.test(each.id))) {
      for (const kind of ['full', 'compiledOut', 'predates'] as const)
        expect(JSON.stringify(expected[kind]), `${id}, ${kind}`).toContain('"$match":"reply"');
    }
  });
});
