import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { diffCommand } from '../../../src/cli/diff.ts';
import { mergeCommand } from '../../../src/cli/merge.ts';
import { recordedKernel } from '../../../src/cli/recorded.ts';
import { UsageError } from '../../../src/error.ts';
import { readResults, toJson } from '../../../src/report/json.ts';
import type { RunResults } from '../../../src/report/results.ts';
import { failed, kernel, record, result, run, verdict } from '../report/fixtures.ts';

let directory: string;
const at = (name: string) => join(directory, name);
const id = 'migrate/move/tunnel';
const unrun = result(id, { verdict: verdict('broken'), record: null });

const files: Record<string, RunResults> = {
  'a.json': run(kernel('debian:7.3.4', [result(id), result('migrate/move/b')])),
  'same.json': run(
    kernel('debian:7.1.13', [
      result(id, { record: record(id, { durationMs: 1 }) }),
      result('migrate/move/b'),
    ]),
  ),
  'worse.json': run(kernel('tree:~/linux', [failed(id), result('migrate/move/b')])),
  'unrun.json': run(kernel('tree:~/linux', [unrun, result('migrate/move/b')])),
  'two.json': run(kernel('debian:7.3.4', [result(id)]), kernel('debian:7.1.13', [result(id)])),
  'twice.json': run(kernel('debian:7.3.4', [result(id)]), kernel('debian:7.3.4', [failed(id)])),
  'none.json': run(),
  'dir/results.json': run(kernel('debian:7.3.4', [result(id)])),
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-diff-'));
  await mkdir(at('dir'));
  await mkdir(at('empty'));
  for (const [name, results] of Object.entries(files)) await writeFile(at(name), toJson(results));
  await writeFile(at('cut.json'), toJson(files['a.json']!).slice(0, 500));
  await writeFile(at('text'), 'hello');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

/** What a command prints on standard output, and its exit status. */
async function outcome(command: ReturnType<typeof diffCommand>, ...args: string[]) {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  process.exitCode = undefined;
  await command.exitOverride().parseAsync(args, { from: 'user' });
  return { text, status: process.exitCode };
}

const diff = (...args: string[]) => outcome(diffCommand(), ...args);

describe('diff of files', () => {
  test('says 0 when nothing differs', async () => {
    const { text, status } = await diff(at('a.json'), at('same.json'));
    expect(text).toContain('2 cases: none differs');
    expect(status).toBe(0);
  });

  test('says 1 when something does', async () => {
    const { text, status } = await diff(at('a.json'), at('worse.json'));
    expect(text).toContain(`${id}  pass → FAIL`);
    expect(status).toBe(1);
  });

  test('says 3 when not everything could be compared, and nothing differs', async () => {
    const { text, status } = await diff(at('a.json'), at('unrun.json'));
    expect(text).toContain('1 case not compared');
    expect(status).toBe(3);
  });

  test('looks at the cases that are asked for', async () => {
    expect((await diff(at('a.json'), at('worse.json'), 'migrate/move/b')).status).toBe(0);
    expect((await diff(at('a.json'), at('worse.json'), '-c', 'migrate/*/t*')).status).toBe(1);
    await expect(diff(at('a.json'), at('worse.json'), 'migrate/mvoe/b')).rejects.toThrow(
      'did you mean migrate/move/b?',
    );
  });

  test('writes Markdown and JSON where it is told to', async () => {
    const { text } = await diff(
      ...[at('a.json'), at('worse.json'), '-f', 'markdown', '-o', at('out/d.md')],
    );
    expect(text).toBe('');
    expect(await readFile(at('out/d.md'), 'utf8')).toContain(`### \`${id}\`: pass → fail`);
    const json = await diff(at('a.json'), at('worse.json'), '--format', 'json');
    expect(JSON.parse(json.text).differences).toHaveLength(1);
  });

  test('has nothing to record', async () => {
    await expect(diff(at('a.json'), at('worse.json'), '--record', at('x.json'))).rejects.toThrow(
      'both sides are recorded already',
    );
  });

  test('runs nothing when a file has none of the cases that could be run beside it', async () => {
    await expect(diff(at('a.json'), 'running')).rejects.toThrow('holds no case that');
  });

  test('is one with one: a spec that names many kernels is refused before any is fetched', async () => {
    const progress = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await expect(diff('debian:all', 'running')).rejects.toThrow('names several kernels');
    expect(progress).not.toHaveBeenCalled();
  });
});

describe('an argument', () => {
  test('that names a file or a directory of results is recorded', () => {
    expect(recordedKernel(at('a.json'))?.result.kernel.spec).toBe('debian:7.3.4');
    expect(recordedKernel(at('dir'))?.path).toBe(at('dir/results.json'));
  });

  test('chooses one of several kernels, by spec or by place', () => {
    const spec = (argument: string) => recordedKernel(argument)?.result.kernel.spec;
    expect(spec(at('two.json#debian:7.1.13'))).toBe('debian:7.1.13');
    expect(spec(at('two.json#2'))).toBe('debian:7.1.13');
    expect(recordedKernel(at('twice.json#2'))?.result.cases[0]?.verdict.status).toBe('fail');
  });

  test.each([
    'debian:7.3.4',
    'tree:/no/such/tree',
    'running',
    'tree:/etc#1',
    'image:x.json',
    '/etc',
  ])('%s is a spec', (argument) => expect(recordedKernel(argument)).toBeNull());

  test.each([
    ['cut.json', 'is cut off or damaged JSON'],
    ['text', 'is no JSON file'],
    ['none.json', 'holds no kernel'],
    ['gone.json', 'gone.json does not exist.'],
    ['gone.json#debian:7.3.4', 'gone.json does not exist.'],
    ['two.json', 'holds 2 kernels, say which: '],
    ['two.json#debian:7.1.31', 'did you mean debian:7.1.13?'],
    ['two.json#3', 'holds no kernel "3": it has debian:7.3.4, debian:7.1.13.'],
    ['twice.json#debian:7.3.4', 'choose by place: '],
  ])('%s is refused in one sentence', (argument, sentence) => {
    expect(() => recordedKernel(at(argument))).toThrow(UsageError);
    expect(() => recordedKernel(at(argument))).toThrow(sentence);
  });
});

describe('merge', () => {
  const merge = (...args: string[]) => outcome(mergeCommand(), ...args);

  test('writes the reports of the whole, and has its exit status', async () => {
    const reports = ['-o', at('merged'), '--junit', at('j.xml')];
    const { text, status } = await merge(at('dir'), at('worse.json'), ...reports);
    expect(text).toContain('FAIL');
    expect(status).toBe(1);
    const { kernels } = readResults(at('merged/results.json'));
    expect(kernels.map(({ kernel: { spec } }) => spec)).toEqual(['debian:7.3.4', 'tree:~/linux']);
    expect(await readFile(at('j.xml'), 'utf8')).toContain('tree:~/linux');
  });

  test('refuses what is no results', async () => {
    await expect(merge(at('empty'))).rejects.toThrow(
      'empty is no file, and no directory with a results.json.',
    );
    await expect(merge(at('a.json'), at('twice.json#1'))).rejects.toThrow(UsageError);
  });
});
