import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { absent, error, ok } from '../../../src/case/match.ts';
import type { CaseRecord, Json } from '../../../src/case/record.ts';
import { deviationProblems } from '../../../src/verdict/deviations.ts';
import { judge, type Trial } from '../../../src/verdict/judge.ts';
import type { Deviation } from '../../../src/verdict/verdict.ts';

const id = 'migrate-state/encap/removed';

function record(observation: Json, changes: Partial<CaseRecord> = {}): CaseRecord {
  return {
    id,
    outcome: 'observed',
    reason: null,
    observation,
    requests: [],
    notifications: [],
    kernelLog: [],
    durationMs: 3,
    ...changes,
  };
}

const done = { reply: { errno: 'OK', extack: null }, after: { spi: 256 } };
const refused = { reply: { errno: 'EINVAL', extack: null }, after: null };

function trial(changes: Partial<Trial> = {}): Trial {
  return {
    case: {
      id,
      needs: {},
      expect: {
        full: { reply: ok(), after: { encap: absent() } },
        compiledOut: { reply: error('ENOPROTOOPT') },
        predates: { reply: error('EINVAL') },
      },
    },
    kind: 'full',
    version: '7.3.4',
    config: {},
    record: record(done),
    crash: null,
    deviations: [],
    ...changes,
  };
}

function deviation(changes: Partial<Deviation> = {}): Deviation {
  return {
    id: 'encap-kept',
    title: 'The kernel refuses to drop the encapsulation.',
    cases: ['migrate-state/encap/*'],
    kernels: { from: '7.2', to: '7.3.*' },
    observed: { reply: error('EINVAL'), after: null },
    reason: 'The documentation promises it.',
    reference: 'xfrm_migrate_state.rst, "Encapsulation"',
    ...changes,
  };
}

describe('pass and fail', () => {
  it('follows the expectation of the declared kind', () => {
    expect(judge(trial())).toEqual({
      status: 'pass',
      reason: null,
      mismatches: [],
      deviation: null,
    });
    expect(judge(trial({ kind: 'predates' })).status).toBe('fail');
    expect(judge(trial({ kind: 'predates', record: record(refused) })).status).toBe('pass');
  });

  it('says what differs', () => {
    expect(judge(trial({ record: record(refused) }))).toMatchObject({
      status: 'fail',
      reason: 'reply: expected OK, observed EINVAL (and 1 more)',
      mismatches: [
        { path: 'reply', expected: 'OK', observed: 'EINVAL' },
        { path: 'after', expected: '{"encap": absent}', observed: 'absent' },
      ],
      deviation: null,
    });
  });
});

describe('skip', () => {
  function needing(needs: Trial['case']['needs'], changes: Partial<Trial> = {}) {
    return judge(trial({ case: { ...trial().case, needs }, record: null, ...changes }));
  }

  it('names the config symbol that is missing', () => {
    const needs = { kconfig: ['INET', 'NETDEVSIM'] };
    expect(needing(needs, { config: { INET: 'y' } })).toMatchObject({
      status: 'skip',
      reason: 'CONFIG_NETDEVSIM is not set',
    });
    expect(needing(needs, { config: { INET: 'y', NETDEVSIM: 'n' } }).status).toBe('skip');
    const both = { INET: 'y', NETDEVSIM: 'm' };
    expect(needing(needs, { config: both, record: record(done) }).status).toBe('pass');
    expect(needing({ kconfig: ['constructor'] }).status).toBe('skip');
  });

  it('names the version that is missing', () => {
    expect(needing({ minVersion: '7.4' }).reason).toBe('needs Linux 7.4');
    expect(needing({ minVersion: '7.3' }, { record: record(done) }).status).toBe('pass');
    expect(needing({ minVersion: '7.3' }, { version: '7.3-rc7' }).status).toBe('skip');
  });

  it('takes what is not known for not there, and says so', () => {
    expect(needing({ kconfig: ['INET'] }, { config: null })).toMatchObject({
      status: 'skip',
      reason: 'needs CONFIG_INET; the config of this kernel is not known',
    });
    expect(needing({ minVersion: '7.3' }, { version: 'next' }).reason).toContain('"next"');
  });

  it('takes the word of the agent', () => {
    const missing = record(null, { outcome: 'missing-need', reason: 'no netdevsim bus' });
    expect(judge(trial({ record: missing }))).toMatchObject({
      status: 'skip',
      reason: 'no netdevsim bus',
    });
  });
});

describe('broken', () => {
  it('is a case that did not run, never a verdict on the kernel', () => {
    expect(judge(trial({ record: null }))).toMatchObject({
      status: 'broken',
      reason: 'the case did not run',
    });
    // Not even where a deviation is known, or "absent" is what is expected.
    const expect_ = { full: absent(), compiledOut: absent(), predates: absent() };
    const nothing = { ...trial().case, expect: expect_ };
    expect(judge(trial({ record: null, case: nothing })).status).toBe('broken');
    expect(judge(trial({ record: null, deviations: [deviation()] })).status).toBe('broken');
  });

  it('is a set-up that failed', () => {
    const failed = record(null, { outcome: 'setup-failed', reason: 'no veth' });
    expect(judge(trial({ record: failed }))).toMatchObject({ status: 'broken', reason: 'no veth' });
  });
});

describe('crash', () => {
  const warning = readFileSync(new URL('data/warning-new.txt', import.meta.url), 'utf8');
  const kernelLog = warning.split('\n');
  const title = 'WARNING in xfrm_state_migrate_create (net/xfrm/xfrm_state.c)';
  const panic = { title: 'Kernel panic: Fatal exception', log: '', fingerprint: null };

  it('is a report in the log, though the case observed what it should', () => {
    expect(judge(trial({ record: record(done, { kernelLog }) }))).toMatchObject({
      status: 'crash',
      reason: title,
    });
  });

  it('is a case that the kernel did not survive', () => {
    expect(judge(trial({ record: null, crash: panic })).status).toBe('crash');
  });

  it('comes before a set-up that failed and a need that is missing', () => {
    const failed = record(null, { outcome: 'setup-failed', reason: 'no veth', kernelLog });
    expect(judge(trial({ record: failed })).status).toBe('crash');
    const needy = { ...trial().case, needs: { minVersion: '99.0' } };
    expect(judge(trial({ case: needy, record: null, crash: panic })).status).toBe('crash');
  });

  it('can be a known deviation, by how its title begins', () => {
    const known = deviation({ observed: {}, crash: 'WARNING in xfrm_state_migrate_create' });
    const deviations = [known];
    expect(judge(trial({ deviations, record: record(done, { kernelLog }) })).status).toBe(
      'deviation',
    );
    expect(judge(trial({ deviations, record: null, crash: panic })).status).toBe('crash');
    expect(judge(trial({ deviations })).status).toBe('unexpected-pass');
    const sometimes = [{ ...known, intermittent: true as const }];
    expect(judge(trial({ deviations: sometimes })).status).toBe('pass');
    // A wrong observation beside the known warning is not explained by it.
    const wrong = record(refused, { kernelLog });
    expect(judge(trial({ deviations, record: wrong })).status).toBe('crash');
    expect(judge(trial({ deviations, record: record(refused) })).status).toBe('fail');
  });

  it('is not explained by a deviation of the observation alone', () => {
    const wrong = record(refused, { kernelLog });
    expect(judge(trial({ deviations: [deviation()], record: wrong })).status).toBe('crash');
  });
});

describe('deviations', () => {
  it('may show in several ways, each on its own cases and kernels', () => {
    const entry = deviation({
      cases: ['migrate-state/other'],
      also: [
        { cases: ['migrate-state/encap/*'], observed: { reply: error('EPERM'), after: null } },
        {
          cases: ['migrate-state/encap/*'],
          observed: { reply: error('EINVAL'), after: null },
          kernels: { from: '7.3', to: null },
        },
      ],
    });
    const seen = (version: string) =>
      judge(trial({ version, record: record(refused), deviations: [entry] }));
    expect(seen('7.3.4')).toMatchObject({ status: 'unexpected-pass' });
    const alone = { ...entry, also: [entry.also![1]!] };
    const judged = judge(trial({ record: record(refused), deviations: [alone] }));
    expect(judged).toMatchObject({ status: 'deviation', deviation: 'encap-kept' });
    const older = judge(trial({ version: '7.2.6', record: record(refused), deviations: [alone] }));
    expect(older.status).toBe('fail');
    expect(deviationProblems([entry], ['migrate-state/encap/removed'])).toEqual([
      'encap-kept: no case is called migrate-state/other',
    ]);
  });

  it('turn a failure into a deviation, with the reason', () => {
    const verdict = judge(trial({ record: record(refused), deviations: [deviation()] }));
    expect(verdict).toMatchObject({
      status: 'deviation',
      reason: 'The kernel refuses to drop the encapsulation.',
      deviation: 'encap-kept',
    });
    expect(verdict.mismatches).toHaveLength(2);
  });

  it('give their reason once when they show in two ways at once', () => {
    const { cases } = deviation();
    const known = deviation({
      observed: { reply: error('EINVAL') },
      also: [{ cases, observed: { after: null } }],
    });
    expect(judge(trial({ record: record(refused), deviations: [known] }))).toMatchObject({
      status: 'deviation',
      reason: known.title,
    });
  });

  it('are about kernels that have the interface, unless they say otherwise', () => {
    const kernel = { kind: 'predates', record: record(refused) } as const;
    expect(judge(trial({ ...kernel, deviations: [deviation()] })).status).toBe('pass');
    const told = deviation({ kinds: ['predates'] });
    expect(judge(trial({ ...kernel, deviations: [told] })).status).toBe('unexpected-pass');
    expect(judge(trial({ record: record(refused), deviations: [told] })).status).toBe('fail');
  });

  it('apply only to their cases and kernels', () => {
    for (const changes of [
      { cases: ['migrate-state/encap/remove'] },
      { cases: ['migrate-state/mark/*'] },
      { kernels: { from: '7.3.5', to: null } },
      { kernels: { from: null, to: '7.2.*' } },
      {
        kernels: [
          { from: null, to: '7.2.*' },
          { from: '7.3.5', to: null },
        ],
      },
    ]) {
      const deviations = [deviation(changes)];
      expect(judge(trial({ record: record(refused), deviations })).status).toBe('fail');
      expect(judge(trial({ deviations })).status).toBe('pass');
    }
  });

  it('may be about several ranges of kernels', () => {
    const kernels = [
      { from: '6.1', to: '6.1.170' },
      { from: '7.3', to: '7.3.4' },
    ];
    const deviations = [deviation({ kernels })];
    expect(judge(trial({ record: record(refused), deviations })).status).toBe('deviation');
  });

  it('explain no other difference than theirs', () => {
    const replyOnly = [deviation({ observed: { reply: error('EINVAL') } })];
    const verdict = judge(trial({ record: record(refused), deviations: replyOnly }));
    expect(verdict.status).toBe('fail');
    expect(verdict.reason).toContain('not what known deviation encap-kept describes');
  });

  it('must see exactly what they say', () => {
    const other = [deviation({ observed: { reply: error('EBUSY'), after: null } })];
    expect(judge(trial({ record: record(refused), deviations: other })).status).toBe('fail');
    const deep = { reply: done.reply, after: { encap: { sport: 4500 } } };
    const kept = [deviation({ observed: { 'after.encap.sport': 4500, 'after.encap': {} } })];
    expect(judge(trial({ record: record(deep), deviations: kept })).status).toBe('deviation');
    const wrongPort = [deviation({ observed: { 'after.encap.sport': 4501, after: {} } })];
    expect(judge(trial({ record: record(deep), deviations: wrongPort })).status).toBe('fail');
  });

  it('may take several', () => {
    const deviations = [
      deviation({ id: 'a', observed: { reply: error('EINVAL') } }),
      deviation({ id: 'b', observed: { after: null } }),
    ];
    expect(judge(trial({ record: record(refused), deviations }))).toMatchObject({
      status: 'deviation',
      deviation: 'a, b',
    });
  });

  it('must go when the kernel stops deviating', () => {
    expect(judge(trial({ deviations: [deviation()] }))).toMatchObject({
      status: 'unexpected-pass',
      reason: 'known deviation encap-kept is gone: remove its entry',
      deviation: 'encap-kept',
    });
    // Also when what the entry describes is what is expected.
    const same = [deviation({ observed: { reply: ok() } })];
    expect(judge(trial({ deviations: same })).status).toBe('unexpected-pass');
    // And when another one still explains all there is.
    const deviations = [deviation({ id: 'old', observed: { reply: error('EBUSY') } }), deviation()];
    expect(judge(trial({ record: record(refused), deviations }))).toMatchObject({
      status: 'unexpected-pass',
      deviation: 'old',
    });
  });

  it('are checked themselves', () => {
    expect(deviationProblems([deviation()], [id])).toEqual([]);
    expect(
      deviationProblems(
        [
          deviation({ cases: ['migrate-state/encap/gone'] }),
          deviation({ kernels: { from: '7.x', to: '7.2.*' }, observed: {} }),
        ],
        [id],
      ),
    ).toMatchObject([
      'encap-kept: the id is used twice',
      'encap-kept: no case is called migrate-state/encap/gone',
      'encap-kept: "7.x" is no kernel version',
      'encap-kept: it does not say what is seen instead',
    ]);
  });
});
