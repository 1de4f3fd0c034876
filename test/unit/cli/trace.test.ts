import { expect, test } from 'vitest';
import { traceProblems } from '../../../src/cli/trace.ts';
import { allCases } from '../../../suites/index.ts';
import { requirements } from '../../../suites/requirements.ts';

test('every requirement is checked by a case or says why none can', () => {
  expect(traceProblems(requirements, allCases)).toEqual([]);
});

test('a requirement without a case and a case without a requirement are told', () => {
  const [testCase] = allCases;
  const lonely = { id: 'X-LONELY', text: 'Nobody checks this.', source: 'nowhere' };
  expect(traceProblems([lonely], [])).toEqual(['X-LONELY is checked by no case.']);
  expect(traceProblems([{ ...lonely, untestable: 'a race' }], [])).toEqual([]);
  expect(traceProblems([], [testCase!])).toContain(
    `${testCase!.id} names ${testCase!.requirements[0]}, which is none.`,
  );
});
