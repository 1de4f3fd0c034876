import { expect, test } from 'vitest';
import { History } from '../../../src/compare/history.ts';
import type { CaseResult } from '../../../src/report/results.ts';
import { kernel, result, skipped, verdict } from '../report/fixtures.ts';

const deviating = (id: string): CaseResult =>
  result(id, { verdict: verdict('deviation', { reason: 'It is known.', deviation: 'M-DEV-X' }) });

function historyOf(...releases: [spec: string, cases: CaseResult[]][]): string {
  const history = new History();
  for (const [spec, cases] of releases)
    history.add({
      result: kernel(spec, cases),
      origin: 'recorded',
      tool: { version: '1', commit: null },
    });
  return history.render();
}

const text = historyOf(
  ['debian:6.1.170', [deviating('migrate/a/b'), result('migrate/a/same'), skipped('migrate/a/c')]],
  ['debian:6.12.1', [deviating('migrate/a/b'), result('migrate/a/same'), skipped('migrate/a/c')]],
  ['debian:7.3.4', [result('migrate/a/b'), result('migrate/a/same'), result('migrate/a/c')]],
);

test('has a line for each kernel with its verdicts', () => {
  expect(text).toMatch(/^\| 6\.12\.1 \| \w+ \| \w+ \| 1 \| 1 \| 1 \|/m);
  expect(text).toMatch(/^\| 7\.3\.4 \| \w+ \| \w+ \| 3 \| {2}\|/m);
});

test('says for each case from where to where its verdict was what', () => {
  expect(text).toContain('- deviation 6.1.170 – 6.12.1, pass 7.3.4: `migrate/a/b`\n');
  expect(text).toContain('- skip 6.1.170 – 6.12.1, pass 7.3.4: `migrate/a/c`\n');
  expect(text).not.toContain('migrate/a/same');
});

test('tells a change where it happened and nowhere else', () => {
  expect(text).toContain('## 6.12.1 → 7.3.4\n');
  expect(text).not.toContain('## 6.1.170 → 6.12.1');
});

test('a case that was not run everywhere is not taken for one that was', () => {
  const gap = historyOf(
    ['debian:6.1.170', [result('migrate/a/b')]],
    ['debian:7.3.4', [result('migrate/a/b'), result('migrate/a/new')]],
  );
  expect(gap).toContain('- not run 6.1.170, pass 7.3.4: `migrate/a/new`');
});
