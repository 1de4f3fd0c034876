import { describe, expect, test } from 'vitest';
import { compareSides, isIncomplete, type Side } from '../../../src/compare/comparison.ts';
import { renderJson } from '../../../src/compare/json.ts';
import { renderMarkdown } from '../../../src/compare/markdown.ts';
import { renderTerminal } from '../../../src/compare/terminal.ts';
import type { CaseResult, KernelResult } from '../../../src/report/results.ts';
import { kernel, record, reply, result, skipped, subject, verdict } from '../report/fixtures.ts';

function side(result: KernelResult, origin: string): Side {
  return { result, origin, tool: { version: '0.1.0', commit: null } };
}

function comparison(
  before: readonly CaseResult[],
  after: readonly CaseResult[],
  changes: Partial<KernelResult> = {},
) {
  return compareSides(
    side(kernel('debian:7.1.13', before), 'recorded in a.json'),
    side(kernel('debian:7.3.4', after, changes), 'run now'),
  );
}

function answering(id: string, errno: string, message: string | null, more = {}): CaseResult {
  const said = reply(errno, message);
  const { extack } = said;
  return result(id, {
    ...more,
    record: record(id, {
      observation: {
        reply: { errno, extack } as never,
        old: errno === 'OK' ? 'gone' : 'unchanged',
      },
      requests: [
        { ...subject, reply: said },
        { ...subject, purpose: 'inspect', message: 'XFRM_MSG_GETSA', answers: [errno] },
      ],
    }),
  });
}

const ids = ['one', 'two', 'three', 'four', 'five'].map((name) => `migrate-state/encap/${name}`);
const hostile = 'a\x1b[31m`b` <img> @everyone\nc';

const different = comparison(
  [
    ...ids.map((id) => answering(id, 'EINVAL', null)),
    answering('migrate/move/plain', 'OK', null),
    answering('migrate/move/hostile', 'EINVAL', 'Invalid SPI'),
    result('migrate/move/same'),
    skipped('migrate/offload/kept'),
    result('migrate/move/gone'),
  ],
  [
    ...ids.map((id) => answering(id, 'ESRCH', 'Can not find state')),
    answering('migrate/move/plain', 'EINVAL', null, { verdict: verdict('fail') }),
    answering('migrate/move/hostile', 'EINVAL', hostile),
    result('migrate/move/same'),
    result('migrate/offload/kept'),
  ],
);
const options = { width: 80, colour: false, verbose: false };

test('the terminal shows what differs, and what many cases share once', () => {
  expect(renderTerminal(different, options)).toBe(
    String.raw`- debian:7.1.13  (7.1.13+deb13-cloud-amd64, recorded in a.json)
+ debian:7.3.4  (7.3.4+deb13-cloud-amd64, run now)
9 cases: 8 differ, 1 does the same, 1 only on one side
     1  pass → FAIL
     1  skip → pass

5 cases
  reply  EINVAL → ESRCH: Can not find state
  in migrate-state/encap (5)

migrate/move/plain  pass → FAIL
  reply  OK → EINVAL
  old  "gone" → "unchanged"
  1 more place in what was read back and heard: see --verbose

migrate/move/hostile
  reply  EINVAL: Invalid SPI → EINVAL: a\x1b[31m${'`b`'} <img> @everyone\nc

migrate/offload/kept  skip → pass
  verdict  skip: CONFIG_NETDEVSIM is not set → pass

1 case only on the side of -
  migrate/move/gone
`,
  );
});

test('Markdown says the same, and nothing of a guest is markup', () => {
  const text = renderMarkdown(different, { verbose: false });
  expect(text).toContain('**9 cases: 8 differ, 1 does the same, 1 only on one side.**');
  expect(text).toContain('| pass   | fail  | 1     |');
  expect(text).toContain('### 5 cases\n\n- `reply`: `EINVAL` → `ESRCH: Can not find state`\n');
  expect(text).toContain('### `migrate/move/plain`: pass → fail\n');
  expect(text).toContain(String.raw`${'``'}EINVAL: a\x1b[31m${'`b`'} <img> @everyone\nc${'``'}`);
  expect(text).not.toContain('\x1b');
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(81);
});

test('JSON holds every place with both values', () => {
  const document = JSON.parse(renderJson(different));
  expect(document).toMatchObject({
    schema: 'xfrm-conform/diff/1',
    before: { spec: 'debian:7.1.13', origin: 'recorded in a.json' },
    compared: 9,
    verdicts: [
      { before: 'pass', after: 'fail', count: 1 },
      { before: 'skip', after: 'pass', count: 1 },
    ],
  });
  expect(document.differences).toHaveLength(9);
  expect(document.differences[6].changes).toContainEqual({
    kind: 'extack',
    path: ['observation', 'reply', 'extack', 'message'],
    before: 'Invalid SPI',
    after: hostile,
  });
});

test('verbose shows the other places, too', () => {
  const text = renderTerminal(different, { ...options, verbose: true });
  expect(text).toContain('  inspect XFRM_MSG_GETSA  "OK" → "EINVAL"\n');
  expect(text).not.toContain('see --verbose');
});

test('every line fits its terminal', () => {
  for (const width of [40, 60, 100])
    for (const line of renderTerminal(different, { ...options, width }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(width);
});

describe('what could not be compared', () => {
  const problem = { message: 'The kernel did not boot.', console: '' };
  const unrun = result('migrate/a/b', { verdict: verdict('broken'), record: null });

  test('is no difference, and is said', () => {
    const incomplete = comparison([result('migrate/a/b')], [unrun], { problem });
    expect(incomplete.differences).toEqual([]);
    expect(incomplete.compared).toBe(0);
    expect(isIncomplete(incomplete)).toBe(true);
    expect(renderTerminal(incomplete, options)).toContain(
      '1 case not compared: no result on the side of +\n  The kernel did not boot.\n  migrate/a/b\n',
    );
    expect(renderMarkdown(incomplete, options)).toContain('### 1 case not compared');
  });

  test('is not a set-up that a kernel refused: that says something', () => {
    const refused = result('migrate/a/b', {
      verdict: verdict('broken'),
      record: record('migrate/a/b', { outcome: 'setup-failed', reason: 'NEWSA was refused' }),
    });
    const complete = comparison([result('migrate/a/b')], [refused]);
    expect(complete.differences).toHaveLength(1);
    expect(isIncomplete(complete)).toBe(false);
  });
});

test('a notification that came on one side only is told by its name', () => {
  const notification = {
    ...{ group: 'XFRMNLGRP_MIGRATE', netns: 'main', message: 'XFRM_MSG_MIGRATE' },
    ...{ header: { dir: 'out' }, attributes: [], bytes: '', sequence: 0, portid: 0 },
  };
  const hearing = record('migrate/a/b', { notifications: [notification] as never });
  const told = comparison([result('migrate/a/b')], [result('migrate/a/b', { record: hearing })]);
  expect(renderTerminal(told, options)).toContain(
    'migrate/a/b\n  XFRMNLGRP_MIGRATE XFRM_MSG_MIGRATE  not heard → heard\n',
  );
});

test('nothing differs', () => {
  const same = comparison([result('migrate/a/b')], [result('migrate/a/b')]);
  expect(renderTerminal(same, options)).toMatch(/\n1 case: none differs\n$/);
  expect(isIncomplete(same)).toBe(false);
});

test('sides that other versions of the suite ran are pointed out', () => {
  const { before, after } = comparison([], []);
  const other = { ...after, tool: { version: '0.2.0', commit: null } };
  expect(compareSides(before, other).notes).toEqual([
    'The sides were run by xfrm-conform 0.1.0 and 0.2.0: a case may have been changed in between.',
  ]);
});
