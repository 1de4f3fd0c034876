import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testHistory } from './bisect/history.ts';
import { buildTimeoutMs } from './uml/kernel.ts';

const top = join(import.meta.dirname, '../..');
let tree: string;
let state: string;

beforeAll(async () => {
  tree = await testHistory();
  state = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
}, buildTimeoutMs);
afterAll(() => rm(state, { recursive: true, force: true }));

/** The command line as users call it, with a state of its own and the cache that all tests share. */
function xfrmConform(...args: string[]) {
  const env = { XDG_STATE_HOME: state, NO_COLOR: '1', COLUMNS: '100' };
  return execa(join(top, 'scripts/xfrm-conform'), args, { env, reject: false, stdin: 'ignore' });
}

async function git(...args: string[]): Promise<string> {
  return (await execa('git', ['-C', tree, ...args])).stdout.trim();
}

/** What a bisection must leave alone. */
async function checkout(): Promise<string> {
  return [
    await git('status', '--porcelain', '--branch'),
    await git('for-each-ref'),
    await git('rev-parse', 'HEAD'),
  ].join('\n');
}

const spiZero = 'migrate-state/header/spi-zero';

describe('bisect', () => {
  test(
    'finds the commit, over one that does not build, one that cannot differ and one that fails otherwise',
    async () => {
      const before = await checkout();
      const ends = ['--good', 'does-not-compile~1', '--bad', 'no-other-failure'];
      const result = await xfrmConform('bisect', '--tree', tree, ...ends, spiZero);
      expect(result.stderr).toMatch(/builds the same kernel as/);
      expect(result.stdout).toContain(`commit ${await git('rev-parse', 'culprit')}\n`);
      expect(result.stdout).toContain('Invalid SPI 0x0');
      expect(result.stdout).toContain('The SPI must not be zero');
      expect(result.exitCode).toBe(0);
      expect(await checkout()).toBe(before);
    },
    buildTimeoutMs,
  );

  test('knows everything when it is called again', async () => {
    const ends = ['--good', 'does-not-compile~1', '--bad', 'no-other-failure'];
    const result = await xfrmConform('bisect', '--tree', tree, ...ends, spiZero);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).not.toMatch(/rebuilding|configuring|booting/);
  });
});

describe('scripts/bisect-step', () => {
  const step = join(top, 'scripts/bisect-step');
  const env = () => ({ XDG_STATE_HOME: state, NO_COLOR: '1' });

  test(
    'leads git bisect run to the same commit',
    async () => {
      // Without a checkout: the tree is shared with other tests.
      await git('bisect', 'start', '--no-checkout', 'no-other-failure', 'does-not-compile~1');
      try {
        const options = { env: env(), cwd: tree, reject: false } as const;
        const result = await execa('git', ['bisect', 'run', step, spiZero], options);
        expect(result.stdout).toContain(
          `${await git('rev-parse', 'culprit')} is the first bad commit`,
        );
      } finally {
        await git('bisect', 'reset');
      }
    },
    buildTimeoutMs,
  );

  test('has no word on a commit when the call is wrong', async () => {
    const options = { env: env(), cwd: tree, reject: false } as const;
    for (const args of [['no/such/case'], [spiZero, '--no-such-option'], [], [spiZero]]) {
      const result = await execa(step, args, options);
      expect(result.exitCode, `${args}: ${result.stderr}`).toBe(125);
    }
  });
});

describe('series', () => {
  test(
    'names what each patch does: builds or not, boots or not, and the case that starts to fail',
    async () => {
      const json = join(state, 'series.json');
      const junit = join(state, 'series.xml');
      const range = 'does-not-compile~1..culprit';
      const files = ['--json', json, '--junit', junit];
      const result = await xfrmConform('series', '--tree', tree, range, spiZero, ...files);
      expect(result.exitCode).toBe(1);
      const report = JSON.parse(await readFile(json, 'utf8')) as {
        patches: {
          lanes: [{ problem: { what: string } | null; isSameKernel: boolean; verdicts: object }];
        }[];
      };
      const lanes = report.patches.map(({ lanes: [lane] }) => lane);
      expect(lanes.map(({ problem }) => problem?.what ?? null)).toEqual([
        'build',
        null,
        null,
        null,
      ]);
      expect(lanes.at(-1)?.verdicts).toEqual({ [spiZero]: 'fail' });
      expect(result.stdout).toContain('1 case starts to fail');
      expect(await readFile(junit, 'utf8')).toMatch(
        /<testsuite name="4\/4 .*" tests="2" failures="1"/,
      );
    },
    buildTimeoutMs,
  );

  test(
    'a patch after which the kernel does not boot',
    async () => {
      const range = 'does-not-boot~1..boots-again';
      const result = await xfrmConform('series', '--tree', tree, range, spiZero);
      expect(result.stdout).toMatch(/does not boot\n.*panic/s);
      expect(result.exitCode).toBe(1);
    },
    buildTimeoutMs,
  );
});
