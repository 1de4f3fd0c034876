import { describe, expect, test } from 'vitest';
import type { Source } from '../../../src/bisect/examiner.ts';
import type { Step } from '../../../src/bisect/step.ts';
import { toJson } from '../../../src/series/json.ts';
import { judgeSeries, type SeriesReport, seriesStatus } from '../../../src/series/judge.ts';
import { toJunit } from '../../../src/series/junit.ts';
import { renderMarkdown } from '../../../src/series/markdown.ts';
import { renderTerminal } from '../../../src/series/terminal.ts';
import { kernelResult } from '../bisect/results.ts';

type Commit = Record<string, string> | { build: string } | { boot: string } | 'same';

/** Judges a made-up series: what each commit does, the base first. */
async function judge(...commits: Commit[]): Promise<SeriesReport> {
  let last: Step | null = null;
  const examine = async (id: string): Promise<{ step: Step; source: Source }> => {
    const commit = commits[Number(id)]!;
    if (commit === 'same') return { step: { ...last!, id }, source: { sameAs: last!.id } };
    const failed = 'build' in commit ? 'build' : 'boot' in commit ? 'boot' : null;
    const step: Step =
      failed === null
        ? {
            id,
            problem: null,
            runs: [kernelResult(commit as Record<string, string>)],
            artifact: null,
          }
        : {
            ...{ id, runs: [], artifact: null },
            problem: { what: failed, message: (commit as Record<string, string>)[failed]! },
          };
    if (failed === null) last = step;
    return { step, source: 'run' };
  };
  const list = commits.map((_, number) => ({
    number,
    commit: `${number}`,
    subject: `change ${number}`,
  }));
  return judgeSeries(list[0]!, list.slice(1), [{ name: '', examiner: { examine } }], () => {});
}

describe('exit status', () => {
  test.each<[string, number, Commit[]]>([
    ['nothing changes', 0, [{ a: 'pass' }, { a: 'pass' }]],
    ['a case fails before and after', 0, [{ a: 'fail X' }, { a: 'fail Y' }]],
    ['a case starts to pass', 0, [{ a: 'fail X' }, { a: 'pass' }]],
    ['a deviation is gone', 0, [{ a: 'deviation D' }, { a: 'unexpected-pass D' }]],
    ['a case starts to fail', 1, [{ a: 'pass' }, { a: 'fail X' }]],
    ['and is mended by the next patch', 1, [{ a: 'pass' }, { a: 'fail X' }, { a: 'pass' }]],
    ['a case that failed crashes', 1, [{ a: 'fail X' }, { a: 'crash oops' }]],
    ['a patch does not build', 1, [{ a: 'pass' }, { build: 'x.c: error' }, { a: 'pass' }]],
    ['a patch does not boot', 1, [{ a: 'pass' }, { boot: 'panic' }]],
    ['our side broke', 3, [{ a: 'pass' }, { a: 'broken' }]],
  ])('%s: %i', async (_, status, commits) => {
    expect(seriesStatus(await judge(...commits))).toBe(status);
  });
});

test('a patch is compared with the last one before it that ran', async () => {
  const report = await judge({ a: 'pass' }, { build: 'x.c:1: error: no' }, { a: 'fail X' });
  expect(report.patches[1]?.lanes[0]).toMatchObject({ comparedWith: 0 });
  const text = renderTerminal(report, { width: 100, colour: false });
  expect(text).toContain('does not build\n    x.c:1: error: no');
  expect(text).toContain('1 case starts to fail (since the base: what comes between did not run)');
});

test('a base that does not build is refused', async () => {
  await expect(judge({ build: 'x.c: error' }, { a: 'pass' })).rejects.toThrow(
    /^The base 0 does not build, .* name another base \(x.c: error\)$/,
  );
});

describe('the report of a series', () => {
  const series = () =>
    judge(
      { a: 'pass', b: 'fail X' },
      'same',
      { a: 'fail `@here`', b: 'pass' },
      { boot: 'a\u001b[31m panic' },
    );

  test('for a terminal', async () => {
    const text = renderTerminal(await series(), { width: 80, colour: false });
    expect(text).toContain('base  0 change 0\n  1 fail, 1 pass');
    expect(text).toContain('builds the same kernel');
    expect(text).toContain('builds and boots, 1 case starts to fail, 1 case starts to pass');
    expect(text).toContain('a: pass → FAIL');
    // What a guest said is never obeyed.
    expect(text).toContain('does not boot\n    a\\x1b[31m panic');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('as Markdown', async () => {
    const text = renderMarkdown(await series(), { tool: 'xfrm-conform 0' });
    expect(text).toContain(
      '### 2/3 change 2\n\n**builds and boots, 1 case starts to fail, 1 case starts to pass.**',
    );
    expect(text).toContain('- `a`: pass → fail');
    expect(text).toContain('**does not boot.**\n\n- `a\\x1b[31m panic`');
  });

  test('as JUnit: a suite a patch, and only what is new counts as its failure', async () => {
    const xml = toJunit(await series());
    expect(xml).toContain(
      '<testsuite name="base change 0" tests="3" failures="0" errors="0" skipped="1">',
    );
    expect(xml).toContain(
      '<testsuite name="2/3 change 2" tests="3" failures="1" errors="0" skipped="0">',
    );
    expect(xml).toMatch(
      /name="builds and boots" classname="3\/3 change 3">\s*<failure message="does not boot">/,
    );
  });

  test('as JSON', async () => {
    const parsed = JSON.parse(toJson(await series(), {})) as { patches: { lanes: object[] }[] };
    expect(parsed.patches.map(({ lanes }) => lanes[0])).toMatchObject([
      { isSameKernel: true, verdicts: { a: 'pass', b: 'fail' } },
      { verdicts: { a: 'fail', b: 'pass' }, differences: [{ id: 'a' }, { id: 'b' }] },
      { problem: { what: 'boot' } },
    ]);
  });
});

test('two variants are judged and told apart', async () => {
  const lane = (name: string, doings: string[]) => ({
    name,
    examiner: {
      examine: async (id: string) => ({
        step: {
          id,
          problem: null,
          runs: [kernelResult({ a: doings[Number(id)]! })],
          artifact: null,
        },
        source: 'run' as const,
      }),
    },
  });
  const commits = [0, 1].map((number) => ({
    number,
    commit: `${number}`,
    subject: `change ${number}`,
  }));
  const lanes = [lane('with', ['pass', 'pass']), lane('without', ['pass', 'fail X'])];
  const report = await judgeSeries(commits[0]!, commits.slice(1), lanes, () => {});
  const text = renderTerminal(report, { width: 80, colour: false });
  expect(text).toContain(
    '  with: builds and boots, no case changes\n  without: builds and boots, 1 case starts to fail',
  );
  expect(seriesStatus(report)).toBe(1);
  expect(toJunit(report)).toContain(
    '<testsuite name="1/1 without change 1" tests="2" failures="1"',
  );
});
