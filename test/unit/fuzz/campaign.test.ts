import { describe, expect, it } from 'vitest';
import type { Case } from '../../../src/case/case.ts';
import { FuzzCampaign, leakIn } from '../../../src/cli/fuzz-campaign.ts';
import { fuzzCase, fuzzCaseOf, leakCase, replayCase } from '../../../src/fuzz/case.ts';
import type { KernelResult } from '../../../src/report/results.ts';

describe('a case of the fuzzer', () => {
  it('is all in its id', () => {
    const one = fuzzCase('migrate', { seed: 7, from: 1000, count: 500 });
    expect(fuzzCaseOf(one.id)?.id).toBe(one.id);
    const other = replayCase('migrate-state', '00ff10');
    expect(fuzzCaseOf(other.id)?.id).toBe(other.id);
    const third = leakCase('migrate', 7, 1, 8);
    expect(fuzzCaseOf(third.id)?.id).toBe(third.id);
    expect(fuzzCaseOf('migrate-state/encap/removed')).toBeNull();
  });
});

describe('a campaign', () => {
  /** A kernel that input 7 of migrate-state brings down, and nothing else. */
  function campaign() {
    const asked: string[] = [];
    const run = async (cases: readonly Case[]) => {
      asked.push(...cases.map(({ id }) => id));
      const results = cases.map(({ id }) => {
        const [, kind, , from, count] = id.includes('/leaks/') ? [] : id.split('/');
        const within =
          kind === 'migrate-state' && Number(from) <= 7 && 7 < Number(from) + Number(count);
        const report = { requests: Number(count), succeeded: 1, refused: 1, failures: [], slab: 1 };
        return {
          id,
          verdict: { status: within ? 'crash' : 'pass' },
          record: within ? null : { observation: report },
          crash: within ? { title: 'kernel BUG' } : null,
        };
      });
      return { cases: results, problem: null } as unknown as KernelResult;
    };
    const means = {
      ...{ run, tell: () => {}, signal: new AbortController().signal, replayOf: replayCase },
      leaksOf: (kind: 'migrate-state' | 'migrate', part: number, parts: number) =>
        leakCase(kind, 1, part, parts),
      caseOf: (kind: 'migrate-state' | 'migrate', from: number, count: number) =>
        fuzzCase(kind, { seed: 1, from, count }),
    };
    return { asked, go: new FuzzCampaign(means) };
  }

  it('sends as many as it was asked to', async () => {
    const { go } = campaign();
    const [tally] = await go.go(['migrate'], { requests: 1200, until: null });
    expect(tally).toMatchObject({ requests: 1200, failures: [], problem: null });
  });

  it('finds the request that a crash is owed to', async () => {
    const { go, asked } = campaign();
    const [tally] = await go.go(['migrate-state'], { requests: 1000, until: null });
    expect(tally!.failures).toHaveLength(1);
    expect(tally!.failures[0]).toMatchObject({ index: 7, reason: 'kernel BUG' });
    expect(tally!.failures[0]!.bytes).toMatch(/^[0-9a-f]+$/);
    expect(asked).toContain('fuzz/migrate-state/1/7/1');
  });
});

describe('a leak', () => {
  const reports = (slabOf: (i: number) => number | null) =>
    Array.from({ length: 20 }, (_, i) => ({ requests: 500, slab: slabOf(i) }));

  it('is memory that grows with the requests', () => {
    expect(leakIn(reports((i) => 2000 + 20 * i))).toMatch(/grew by 140 KiB over \d+ requests/);
  });

  it('is not a cache that fills and then stays', () => {
    expect(leakIn(reports((i) => 2000 + Math.min(i, 8) * 50 + (i % 2) * 10))).toBeNull();
  });

  it('is not to be told from few reports, or none', () => {
    expect(leakIn(reports((i) => 2000 + 20 * i).slice(0, 6))).toBeNull();
    expect(leakIn(reports(() => null))).toBeNull();
    const short = reports((i) => 2000 + 20 * i).map((each) => ({ ...each, requests: 50 }));
    expect(leakIn(short)).toBeNull();
  });
});
