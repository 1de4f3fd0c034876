import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readResults } from '../../src/report/json.ts';
import type { RunResults } from '../../src/report/results.ts';
import { allCases } from '../../suites/index.ts';

/** The main job, as a user starts it: two real kernels of Debian's archive. */
const cli = ['dist/cli.js', 'run'];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'xfrm-conform-test-'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function run(...args: string[]) {
  return execa('node', [...cli, ...args], { reject: false, timeout: 580_000 });
}

function statuses({ kernels }: RunResults): Record<string, Record<string, number>> {
  return Object.fromEntries(
    kernels.map(({ kernel, cases }) => {
      const counts: Record<string, number> = {};
      for (const { verdict } of cases) counts[verdict.status] = (counts[verdict.status] ?? 0) + 1;
      return [kernel.spec, counts];
    }),
  );
}

describe('the main job', () => {
  let results: RunResults;

  beforeAll(async () => {
    const output = join(directory, 'main');
    const { exitCode, stdout, stderr } = await run('--output', output);
    expect(stdout + stderr).toContain('debian:7.1.13');
    expect(exitCode, stdout).toBe(0);
    results = readResults(join(output, 'results.json'));
  });

  test('runs every case on a kernel that has MIGRATE_STATE and on one that predates it', () => {
    expect(results.kernels.map(({ kernel }) => kernel.kinds?.['migrate-state'].kind)).toEqual([
      'full',
      'predates',
    ]);
    for (const { cases } of results.kernels)
      expect(cases.map(({ id }) => id)).toEqual(allCases.map(({ id }) => id));
  });

  test('has a verdict for each, and no failure that is not explained', () => {
    for (const counts of Object.values(statuses(results))) {
      expect(Object.keys(counts)).not.toContain('fail');
      expect(Object.keys(counts)).not.toContain('crash');
      expect(Object.keys(counts)).not.toContain('broken');
      expect(Object.keys(counts)).not.toContain('unexpected-pass');
      expect(counts.pass).toBeGreaterThan(allCases.length / 2);
    }
  });

  test('records the request, its bytes, and the answer of both kernels', () => {
    const probe = results.kernels.map(({ cases }) =>
      cases.find(({ id }) => id === 'migrate-state/header/spi-zero'),
    );
    const [full, predates] = probe.map((each) =>
      each?.record?.requests.find(({ purpose }) => purpose === 'subject'),
    );
    expect(full?.message).toBe('XFRM_MSG_MIGRATE_STATE');
    // nlmsghdr: type 0x29, NLM_F_REQUEST | NLM_F_ACK.
    expect(full?.bytes.slice(8, 16)).toBe('29000500');
    expect(full?.reply).toMatchObject({
      errno: 'EINVAL',
      extack: { message: 'Invalid SPI 0x0' },
    });
    expect(predates?.reply).toEqual({ errno: 'EINVAL', extack: null });
  });
});

test('a known deviation of an older kernel is seen and told', async () => {
  const json = join(directory, 'older.json');
  // Until 7.1 the encapsulation stays when nobody asks for it.
  const { exitCode } = await run('-k', 'debian:7.1.13', 'migrate/encap/removed', '--json', json);
  expect(exitCode).toBe(0);
  expect(statuses(readResults(json))).toEqual({ 'debian:7.1.13': { deviation: 1 } });
});
