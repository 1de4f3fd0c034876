import { describe, expect, it } from 'vitest';
import { deviationProblems } from '../../../src/verdict/deviations.ts';
import { migrateDeviations } from '../../../suites/deviations/migrate.ts';
import { migrateTopics } from '../../../suites/migrate/index.ts';
import { migrateRequirements } from '../../../suites/requirements/migrate.ts';
import { requirements } from '../../../suites/requirements.ts';

const cases = migrateTopics.flatMap((topic) => topic.cases);
const checked = new Set(cases.flatMap(({ requirements }) => requirements));

describe('the suites of XFRM_MSG_MIGRATE', () => {
  it('give every case a name of its own, in letters that a shell leaves alone', () => {
    const ids = cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^migrate\/[a-z0-9-]+\/[a-z0-9-]+$/.test(id))).toEqual([]);
  });

  it('check each requirement, or say why none can', () => {
    const ids = migrateRequirements.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const unchecked = migrateRequirements.filter(
      ({ id, untestable }) => checked.has(id) === (untestable !== undefined),
    );
    expect(unchecked.map(({ id }) => id)).toEqual([]);
    const known = requirements.map(({ id }) => id);
    expect([...checked].filter((id) => !known.includes(id))).toEqual([]);
  });

  it('have deviations of cases that there are', () => {
    const ids = cases.map(({ id }) => id);
    expect(deviationProblems(migrateDeviations, ids)).toEqual([]);
  });

  it('expect something of every kind of kernel', () => {
    // The fuzzer's report has no single reply.
    for (const { id, expect: expected } of cases.filter((each) => !/robustness/.test(each.id))) {
      for (const kind of ['full', 'compiledOut', 'predates'] as const)
        expect(JSON.stringify(expected[kind]), `${id}, ${kind}`).toContain('"$match":"reply"');
    }
  });
});
