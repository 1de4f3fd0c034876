import { expect, test } from 'vitest';
import type { CaseBisection } from '../../../src/bisect/bisect.ts';
import { renderBisections } from '../../../src/bisect/render.ts';
import { standingOf } from '../../../src/bisect/standing.ts';
import { createStyle } from '../../../src/report/style.ts';
import { caseResult } from './results.ts';

const ends = {
  old: standingOf(caseResult('a', 'pass')),
  new: standingOf(caseResult('a', 'fail EINVAL\u001b[2J')),
};

function render(...bisections: Partial<CaseBisection>[]): string {
  const found = { kind: 'found', commit: 'c1' } as const;
  const whole = bisections.map((each) => ({
    ...{ id: 'a', outcome: found, ends, trail: [], change: null, log: null, ...each },
  }));
  return renderBisections(whole, {
    ...{ width: 60, style: createStyle(false), first: 'fail', unit: 'commit' },
    describe: (id) => `${id} xfrm: a subject that is long enough for two lines here\ncommit ${id}`,
  });
}

test('cases with one culprit are reported together, and nothing that a guest said is obeyed', () => {
  expect(render({}, { id: 'b' })).toBe(`first fails at c1 xfrm: a subject that is long enough for
  two lines here
commit c1
  a
    old end: passes
    after: fails (reply: EINVAL\\x1b[2J)
  b
    old end: passes
    after: fails (reply: EINVAL\\x1b[2J)
`);
});

test('what could not be narrowed down is named; a command is not broken', () => {
  const log = `/${'directory/'.repeat(8)}a.log`;
  const text = render({ outcome: { kind: 'undecided', commits: ['c1', 'c2'] }, log });
  expect(text).toContain('first fails at one of these 2 commits');
  expect(text).toContain('  c2 xfrm: a subject');
  expect(text).toContain(`\n  git bisect replay ${log}\n`);
});
