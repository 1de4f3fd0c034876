import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bisect, type CaseBisection, type Teller } from '../../../src/bisect/bisect.ts';
import { Examiner } from '../../../src/bisect/examiner.ts';
import { Repository } from '../../../src/bisect/repository.ts';
import type { First } from '../../../src/bisect/side.ts';
import { StepStore } from '../../../src/bisect/step-store.ts';
import { openTreeSearch } from '../../../src/bisect/tree-search.ts';
import { HarnessError } from '../../../src/error.ts';
import { BuildError } from '../../../src/kernel/build/make.ts';
import { type Doing, didNotBoot, kernelResult, namedCase, noKernel } from './results.ts';
import { TinyHistory } from './tiny-history.ts';

let history: TinyHistory;
let stateDir: string;
beforeEach(() => {
  history = new TinyHistory();
  stateDir = mkdtempSync(join(tmpdir(), 'xfrm-conform-test-'));
});
afterEach(() => {
  history.remove();
  rmSync(stateDir, { recursive: true, force: true });
});

interface Run {
  /** What a commit does in each case; "no build", "no boot" for all of them. */
  judge: (commit: string, round: number) => Doing | Record<string, Doing>;
  old?: string;
  recent?: string;
  cases?: string[];
  first?: First;
  runs?: number;
  signal?: AbortSignal;
  twinOf?: (id: string) => Promise<string | null>;
}

/** Bisects the history with a made-up judge; also tells which commits were built. */
async function run(given: Run): Promise<{ found: CaseBisection[]; built: string[] }> {
  const { judge, cases = ['a'], first = 'fail', runs = 1, twinOf } = given;
  const signal = given.signal ?? new AbortController().signal;
  const repository = await Repository.open(history.path, signal);
  const names = { old: given.old ?? 'master~16', new: given.recent ?? 'master' };
  const search = await openTreeSearch({
    ...{ repository, names, first, firstParent: false, stateDir, signal },
  });
  const built: string[] = [];
  let current = '';
  let round = 0;
  const examiner = new Examiner({
    store: new StepStore(stateDir, 'test'),
    cases: cases.map(namedCase),
    runs,
    signal,
    obtain: async (id) => {
      built.push(id);
      [current, round] = [id, 0];
      if (judge(id, 0) === 'no build')
        throw new BuildError('make', { title: 'x.c:1: error: no', excerpt: 'x.c:1: error: no' });
      return { kernel: noKernel, artifact: null };
    },
    run: async (_, asked) => {
      const doing = judge(current, round++);
      if (doing === 'no boot') return didNotBoot('it panicked');
      const all =
        typeof doing === 'string' ? Object.fromEntries(cases.map((c) => [c, doing])) : doing;
      return kernelResult(Object.fromEntries(asked.map(({ id }) => [id, all[id]!])));
    },
    ...(twinOf === undefined ? {} : { twinOf }),
  });
  try {
    const request = { cases, first, ends: search.ends, names, examiner, told: silent };
    return { found: await bisect({ ...request, search: search.search }), built };
  } finally {
    await search.close();
  }
}

const silent: Teller = { end() {}, chosen() {}, begins() {}, async step() {} };

/** From the n-th of the commits on, the case does this. */
function from(commits: readonly string[], n: number, doing: Doing, before: Doing = 'pass') {
  return (commit: string) => (commits.indexOf(commit) >= n - 1 ? doing : before);
}

describe('finds the commit at which a case', () => {
  test('starts to fail, for each place of it', async () => {
    const commits = history.commits(16);
    for (const n of [1, 2, 9, 16]) {
      const { found } = await run({ judge: from(commits, n, 'fail EINVAL') });
      expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[n - 1] });
      rmSync(join(stateDir, 'steps'), { recursive: true });
    }
  });

  test('starts to pass', async () => {
    const commits = history.commits(16);
    const judge = from(commits, 6, 'pass', 'fail EINVAL');
    const { found } = await run({ judge, first: 'pass' });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[5] });
  });

  test('changes, though it fails before and after', async () => {
    const commits = history.commits(16);
    const judge = from(commits, 6, 'crash new', 'crash old');
    const { found } = await run({ judge, first: 'change' });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[5] });
  });

  test('several at once, and a kernel runs all of them in one go', async () => {
    const commits = history.commits(16);
    const judge = (commit: string) => {
      const at = commits.indexOf(commit) + 1;
      return {
        a: at >= 5 ? 'fail EINVAL' : 'pass',
        b: at >= 12 ? 'fail EPERM' : 'pass',
        c: 'pass',
      };
    };
    const { found, built } = await run({ judge, cases: ['a', 'b', 'c'] });
    expect(found.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['a', { kind: 'found', commit: commits[4] }],
      ['b', { kind: 'found', commit: commits[11] }],
    ]);
    expect(new Set(built).size).toBe(built.length);
  });

  test('and compares it with the commit before', async () => {
    const commits = history.commits(16);
    const { found } = await run({ judge: from(commits, 7, 'fail EINVAL') });
    expect(found[0]?.change?.before).toBe(commits[5]);
    expect(found[0]?.change?.difference).toMatchObject({ before: 'pass', after: 'fail' });
  });
});

describe('what cannot be judged is passed over', () => {
  const broken: [string, Doing][] = [
    ['does not build', 'no build'],
    ['does not boot', 'no boot'],
    ['fails in another way', 'fail EPERM'],
    ['crashes', 'crash oops'],
    ['has our side broken', 'broken'],
  ];
  test.each(broken)('a commit that %s', async (_, doing) => {
    const commits = history.commits(16);
    const judge = (commit: string) =>
      [7, 8].includes(commits.indexOf(commit)) ? doing : from(commits, 12, 'fail EINVAL')(commit);
    const { found } = await run({ judge });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[11] });
    expect(found[0]?.trail.some(({ side }) => typeof side !== 'string')).toBe(true);
  });

  test('and when the culprit hides among them, all are named', async () => {
    const commits = history.commits(16);
    const judge = (commit: string) =>
      [6, 7, 8].includes(commits.indexOf(commit))
        ? 'no build'
        : from(commits, 8, 'fail EINVAL')(commit);
    const { found } = await run({ judge });
    const { outcome } = found[0]!;
    if (outcome.kind !== 'undecided') throw new Error(`${outcome.kind}`);
    expect(new Set(outcome.commits)).toEqual(new Set(commits.slice(6, 10)));
  });

  test('a flaky case, by --runs', async () => {
    const commits = history.commits(16);
    const judge = (commit: string, round: number) =>
      commits.indexOf(commit) === 7 && round === 2
        ? 'pass'
        : from(commits, 6, 'fail EINVAL')(commit);
    const { found } = await run({ judge, runs: 3 });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[5] });
    expect(found[0]?.trail.find(({ id }) => id === commits[7])?.side).toEqual({
      undecided: '3 runs do not agree (fails (reply: EINVAL), passes)',
    });
  });
});

describe('what is known is not judged again', () => {
  test('after an interrupt', async () => {
    const commits = history.commits(16);
    const controller = new AbortController();
    let judged = 0;
    const judge = (commit: string) => {
      if (++judged > 8) controller.abort(new DOMException('interrupted', 'AbortError'));
      return from(commits, 11, 'fail EINVAL')(commit);
    };
    const before = history.snapshot();
    await expect(run({ judge, signal: controller.signal })).rejects.toThrow('interrupted');
    expect(history.snapshot()).toBe(before);
    const kept = readdirSync(join(stateDir, 'steps')).map((name) => name.replace('.json', ''));
    expect(kept.length).toBeGreaterThan(1);
    const { found, built } = await run({ judge: from(commits, 11, 'fail EINVAL') });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[10] });
    expect(built.filter((commit) => kept.includes(commit))).toEqual([]);
  });

  test('when the disk was full in between', async () => {
    const commits = history.commits(16);
    let judged = 0;
    const judge = (commit: string) => {
      if (++judged === 7) throw new HarnessError('The disk of the cache is full: free some space.');
      return from(commits, 11, 'fail EINVAL')(commit);
    };
    await expect(run({ judge })).rejects.toThrow('disk of the cache is full');
    const kept = readdirSync(join(stateDir, 'steps')).length;
    const { built, found } = await run({ judge });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[10] });
    expect(built.length).toBeLessThanOrEqual(6 - kept + 1);
  });

  test('what cannot differ is not built', async () => {
    const commits = history.commits(16);
    const base = history.git('rev-parse', 'master~16');
    const twinOf = async (id: string) => (id === commits[7] ? base : null);
    const { built, found } = await run({ judge: from(commits, 12, 'fail EINVAL'), twinOf });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: commits[11] });
    expect(found[0]?.trail.map(({ id }) => id)).toContain(commits[7]);
    expect(built).not.toContain(commits[7]);
  });
});

describe("the user's own tree", () => {
  test('stays as it is: checkout, changes, refs, a bisection of the user, configuration', async () => {
    const commits = history.commits(16);
    history.git('bisect', 'start', 'master', 'master~8');
    history.write('net/xfrm/xfrm_user.c', 'int edited;\n');
    const before = history.snapshot();
    const own = history.git('bisect', 'log');
    await run({ judge: from(commits, 3, 'fail EINVAL') });
    expect(history.snapshot()).toBe(before);
    expect(history.git('bisect', 'log')).toBe(own);
    expect(readdirSync(stateDir).sort()).toEqual(['logs', 'steps']);
  });

  test('takes the log by git bisect replay', async () => {
    const commits = history.commits(16);
    const { found } = await run({ judge: from(commits, 3, 'pass', 'fail EINVAL'), first: 'pass' });
    const log = found[0]!.log!;
    expect(readFileSync(log, 'utf8')).toContain("git bisect start '--term-old=fails'");
    const replayed = execFileSync('git', ['-C', history.path, 'bisect', 'replay', log], {
      encoding: 'utf8',
    });
    expect(replayed).toContain(`${commits[2]} is the first passes commit`);
  });
});

describe('ends that make no sense', () => {
  const sentence = async (given: Partial<Run>) => {
    rmSync(join(stateDir, 'steps'), { recursive: true, force: true });
    return run({ judge: () => 'pass', ...given }).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  };
  beforeEach(() => history.commits(16));

  test('do not differ', async () => {
    expect(await sentence({})).toMatch(/passes both at master~16 and at master: name a newer end/);
    expect(await sentence({ judge: () => 'fail EINVAL' })).toMatch(
      /fails .* both at .* name an older end/,
    );
    expect(await sentence({ first: 'change' })).toMatch(/exactly the same/);
  });

  test('are swapped in what they do', async () => {
    const head = history.git('rev-parse', 'master');
    const fixed = (commit: string) => (commit === head ? 'pass' : 'fail EINVAL');
    expect(await sentence({ judge: fixed })).toMatch(
      /the ends are swapped, or a fix .* --first pass/,
    );
    const lost = (commit: string) => (commit === head ? 'fail EINVAL' : 'pass');
    expect(await sentence({ judge: lost, first: 'pass' })).toMatch(
      /swapped, .* --first fail finds it/,
    );
  });

  test('are swapped in history', async () => {
    expect(await sentence({ old: 'master', recent: 'master~3' })).toMatch(
      /^the ends are swapped, master~3 is older than master/,
    );
  });

  test('are no revisions, the same one, or of no kernel', async () => {
    expect(await sentence({ old: 'v9.9' })).toMatch(/has no revision "v9.9"/);
    expect(await sentence({ old: 'master~0' })).toMatch(/are the same commit/);
    history.git('checkout', '--quiet', '--orphan', 'other');
    history.git('rm', '-r', '--force', '--quiet', '.');
    history.commit('nothing');
    expect(await sentence({ old: 'other' })).toMatch(/has no net\/xfrm\/xfrm_user.c/);
    history.write('net/xfrm/xfrm_user.c', '');
    history.commit('another history');
    expect(await sentence({ old: 'other' })).toMatch(
      /no commit in common, name two commits of one/,
    );
  });

  test('do not build', async () => {
    const head = history.git('rev-parse', 'master');
    const judge = (commit: string) => (commit === head ? 'no build' : 'pass');
    expect(await sentence({ judge })).toMatch(/^master does not build, .* \(x.c:1: error: no\)$/);
  });

  test('lie in a shallow tree', async () => {
    const clone = join(history.root, 'shallow');
    execFileSync('git', ['clone', '--quiet', '--depth=2', `file://${history.path}`, clone]);
    Object.assign(history, { path: clone });
    expect(await sentence({ old: 'HEAD~9', recent: 'HEAD' })).toMatch(
      /is shallow, git fetch --unshallow/,
    );
  });

  test('are in a directory that is no git tree', async () => {
    Object.assign(history, { path: history.root });
    expect(await sentence({})).toMatch(/is not the top of a git tree/);
  });
});

describe('histories with merges', () => {
  test('a culprit on a side branch is found; with the first parents only, its merge', async () => {
    history.commits(3);
    history.git('checkout', '--quiet', '-b', 'side', 'master~2');
    history.write('side', '1');
    const culprit = history.commit('on the side');
    history.git('checkout', '--quiet', 'master');
    history.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'side');
    history.commits(2);
    const judge = (commit: string) =>
      history.git('merge-base', culprit, commit) === culprit ? 'fail EINVAL' : 'pass';
    const { found } = await run({ judge, old: 'master~5' });
    expect(found[0]?.outcome).toEqual({ kind: 'found', commit: culprit });
  });

  test('ends that have diverged, of which the older has the fix', async () => {
    const commits = history.commits(6);
    history.git('checkout', '--quiet', '-b', 'stable', 'master~4');
    history.write('fix', '1');
    const fixed = history.commit('a fix');
    const judge = (commit: string) => (commit === fixed ? 'pass' : 'fail EINVAL');
    const { found } = await run({ judge, old: 'stable', recent: 'master' });
    expect(found[0]?.outcome).toEqual({ kind: 'merge-base-is-new', commit: commits[1] });
  });
});
