import { describe, expect, it } from 'vitest';
import { deviationProblems } from '../../../src/verdict/deviations.ts';
import { migrateStateDeviations } from '../../../suites/deviations/migrate-state.ts';
import { migrateStateTopics } from '../../../suites/migrate-state/index.ts';
import { migrateStateRequirements } from '../../../suites/requirements/migrate-state.ts';
import { requirements } from '../../../suites/requirements.ts';

const cases = migrateStateTopics.flatMap((topic) => topic.cases);
const checked = new Set(cases.flatMap(({ requirements }) => requirements));

describe('the suites of XFRM_MSG_MIGRATE_STATE', () => {
  it('give every case a name of its own, in letters that a shell leaves alone', () => {
    const ids = cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^migrate-state\/[a-z0-9-]+\/[a-z0-9-]+$/.test(id))).toEqual([]);
  });

  it('check each requirement, or say why none can', () => {
    const ids = migrateStateRequirements.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const unchecked = migrateStateRequirements.filter(
      ({ id, untestable }) => checked.has(id) === (untestable !== undefined),
    );
    expect(unchecked.map(({ id }) => id)).toEqual([]);
    const known = requirements.map(({ id }) => id);
    expect([...checked].filter((id) => !known.includes(id))).toEqual([]);
  });

  it('have deviations of cases that there are', () => {
    const ids = cases.map(({ id }) => id);
    expect(deviationProblems(migrateStateDeviations, ids)).toEqual([]);
  });

  it('expect something of every kind of kernel', () => {
    // The fuzzer's report has no single reply.
    for (const { id, expect: expected } of cases.filter((each) => !/robustness/.test(each.id))) {
      for (const kind of ['full', 'compiledOut', 'predates'] as const)
        expect(JSON.stringify(expected[kind]), `${id}, ${kind}`).toContain('"$match":"reply"');
    }
  });
});
