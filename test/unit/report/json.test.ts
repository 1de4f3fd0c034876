import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/error.ts';
import { readResults, toJson } from '../../../src/report/json.ts';
import { broken, crashed, failed, kernel, run, skipped, suite } from './fixtures.ts';

const dir = mkdtempSync(join(tmpdir(), 'xfrm-conform-json-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(dir, 'results.json');
  writeFileSync(path, text);
  return path;
}

const results = run(
  kernel('debian:7.3.4', [failed('migrate/a/b'), crashed('migrate/a/c'), skipped('migrate/a/d')]),
  kernel('debian:7.1.13', suite({ 'migrate/count/none': broken }), {
    problem: { message: 'x', console: '\x1b[2J\ud800' },
  }),
);

describe('results.json', () => {
  it('comes back as it went, hostile bytes included', () => {
    expect(readResults(file(toJson(results)))).toEqual(results);
  });

  it('is a case a line, for grep and diff', () => {
    const lines = toJson(results).split('\n');
    expect(lines.filter((line) => line.includes('"id":"migrate/a/b"'))).toHaveLength(1);
  });

  it('is checked on the way out', () => {
    const wrong = { ...results, startedAt: 'yesterday' };
    expect(() => toJson(wrong)).toThrow(/own schema: .* at startedAt/);
  });

  it.each([
    ['', 'is no JSON file'],
    ['x', 'is no JSON file'],
    ['{"schema": "xfrm-conform', 'is cut off or damaged JSON'],
    ['null', 'is no results.json of this xfrm-conform: '],
    ['{}', 'at schema'],
    [toJson(results).replace('results/1', 'results/2'), 'at schema'],
    [toJson(results).replace('"fail"', '"wrong"'), 'at kernels.0.cases.0.verdict.status'],
    [toJson(results).replace('"errno":"EINVAL"', '"errno":22'), 'reply.errno'],
  ])('says in one sentence what is wrong with %.20j', (text, sentence) => {
    const path = file(text);
    expect(() => readResults(path)).toThrow(UsageError);
    expect(() => readResults(path)).toThrow(sentence);
  });

  it('says so when there is no file, or a directory', () => {
    expect(() => readResults(join(dir, 'none'))).toThrow('does not exist');
    expect(() => readResults(dir)).toThrow('is a directory; name the results.json in it');
  });

  it('does not print what a hostile file holds at length', () => {
    const path = file(JSON.stringify({ schema: 'x'.repeat(1_000_000) }));
    expect(() => readResults(path)).toThrow(/^.{1,600}$/s);
  });
});
