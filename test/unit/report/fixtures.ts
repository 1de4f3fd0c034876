import type { CaseRecord, Reply, RequestRecord } from '../../../src/case/record.ts';
import type { DeclaredKind } from '../../../src/kernel/kernel.ts';
import type { CaseResult, KernelResult, RunResults } from '../../../src/report/results.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';

export function reply(errno: string, message: string | null = null): Reply {
  const extack = { message, offset: null, attribute: null, policy: null };
  return { errno, extack: message === null ? null : extack };
}

export const subject: RequestRecord = {
  purpose: 'subject',
  netns: 'main',
  message: 'XFRM_MSG_MIGRATE_STATE',
  flags: ['NLM_F_REQUEST', 'NLM_F_ACK'],
  header: {
    id: { daddr: '192.0.2.2', spi: 256, family: 'AF_INET', proto: 'esp' },
    new_daddr: '192.0.2.12',
    new_saddr: '192.0.2.11',
    new_reqid: 1,
    flags: [],
  },
  attributes: [
    { name: 'XFRMA_ENCAP', value: { encap_type: 0, encap_sport: 0, encap_dport: 0 } },
    { name: 'XFRMA_MARK', value: { v: 1, m: 4294967295 } },
  ],
  bytes: '6c00000029000500',
  reply: reply('OK'),
  answers: [],
};

export function record(id: string, changes: Partial<CaseRecord> = {}): CaseRecord {
  return {
    id,
    outcome: 'observed',
    reason: null,
    observation: { reply: { errno: 'OK', extack: null } },
    requests: [{ ...subject, purpose: 'setup', message: 'XFRM_MSG_NEWSA' }, subject],
    notifications: [],
    kernelLog: [],
    durationMs: 4.2,
    ...changes,
  };
}

export function result(id: string, changes: Partial<CaseResult> = {}): CaseResult {
  return {
    id,
    summary: `What the interface promises in ${id}.`,
    interface: id.startsWith('migrate/') ? 'migrate' : 'migrate-state',
    verdict: verdict('pass'),
    record: record(id),
    crash: null,
    ...changes,
  };
}

export function verdict(status: Verdict['status'], changes: Partial<Verdict> = {}): Verdict {
  return { status, reason: null, mismatches: [], deviation: null, ...changes };
}

const refusal = reply('EINVAL', 'Cannot change the encapsulation of an offloaded SA');

export function failed(id: string): CaseResult {
  return result(id, {
    summary: 'An XFRMA_ENCAP of type 0 removes the encapsulation.',
    verdict: verdict('fail', {
      reason: 'reply: expected OK, observed EINVAL (and 1 more)',
      mismatches: [
        {
          path: 'reply',
          expected: 'OK',
          observed: 'EINVAL: Cannot change the encapsulation of an offloaded SA',
        },
        {
          path: 'after.encap',
          expected: 'absent',
          observed: '{"type": "espinudp", "sport": 4500, "dport": 4501, "oa": "192.0.2.77"}',
        },
      ],
    }),
    record: record(id, {
      requests: [{ ...subject, reply: refusal }],
      kernelLog: ['xfrm: something was logged', 'and \x1b[31msomething hostile\x1b[0m'],
    }),
  });
}

export function crashed(id: string): CaseResult {
  const trace = Array.from(
    { length: 30 },
    (_, index) => `[   12.3457${10 + index}]  frame_${index}`,
  );
  return result(id, {
    verdict: verdict('crash', { reason: 'KASAN: slab-use-after-free in __xfrm_state_delete' }),
    record: null,
    crash: {
      title: 'KASAN: slab-use-after-free in __xfrm_state_delete',
      log: ['[   12.345678] BUG: KASAN: slab-use-after-free in __xfrm_state_delete', ...trace].join(
        '\n',
      ),
      fingerprint: '__xfrm_state_delete < xfrm_state_delete < xfrm_do_migrate_state',
    },
  });
}

export function unexpected(id: string): CaseResult {
  return result(id, {
    verdict: verdict('unexpected-pass', {
      reason: 'known deviation encap-kept is gone: remove its entry',
      deviation: 'encap-kept',
    }),
  });
}

export function deviating(id: string): CaseResult {
  return result(id, {
    verdict: verdict('deviation', {
      reason: 'The documentation says ESRCH, the code says EINVAL.',
      mismatches: [{ path: 'reply', expected: 'ESRCH', observed: 'EINVAL' }],
      deviation: 'esrch-einval',
    }),
  });
}

export function skipped(id: string): CaseResult {
  return result(id, {
    verdict: verdict('skip', { reason: 'CONFIG_NETDEVSIM is not set' }),
    record: null,
  });
}

export function broken(id: string): CaseResult {
  return result(id, {
    verdict: verdict('broken', { reason: 'XFRM_MSG_NEWSA was refused: ENOSYS' }),
    record: record(id, { outcome: 'setup-failed', reason: 'XFRM_MSG_NEWSA was refused: ENOSYS' }),
  });
}

const full: DeclaredKind = { kind: 'full', evidence: 'symbol xfrm_do_migrate_state' };

export function kernel(
  spec: string,
  cases: readonly CaseResult[],
  changes: Partial<KernelResult> = {},
): KernelResult {
  const version = /\d+\.\d+(\.\d+)?/.exec(spec)?.[0] ?? '7.3.4';
  const predates = Number(version.split('.').slice(0, 2).join('.')) < 7.2;
  return {
    kernel: {
      spec,
      notes: [],
      release: `${version}+deb13-cloud-amd64`,
      version,
      arch: 'x86_64',
      guest: null,
      kinds: {
        'migrate-state': predates ? { kind: 'predates', evidence: 'no such symbol' } : full,
        migrate: full,
      },
    },
    boots: [{ machine: 'qemu', acceleration: 'tcg', retries: [], bootMs: 5012 }],
    cases,
    problem: null,
    durationMs: 12_345,
    ...changes,
  };
}

export function run(...kernels: readonly KernelResult[]): RunResults {
  return {
    schema: 'xfrm-conform/results/1',
    tool: { version: '0.1.0', commit: null },
    startedAt: '2026-11-24T08:00:00.000Z',
    durationMs: 14_000,
    interrupted: false,
    kernels,
  };
}

const topics = {
  'migrate-state/probe': ['answer', 'unknown-sa'],
  'migrate-state/header': [
    'spi-0',
    'reserved-not-zero',
    'unknown-flag-0x4',
    'unknown-flag-0x80000000',
  ],
  'migrate-state/encap': [
    'kept',
    'changed',
    'removed',
    'added',
    'unsupported-type',
    'removed-in-place',
  ],
  'migrate-state/nat-keepalive': ['with-encap', 'without-encap', 'inbound', 'outbound'],
  'migrate-state/selector': ['prefix-too-long', 'host-to-host', 'host-to-host-mismatch'],
  'migrate-state/offload': ['kept', 'cleared', 'replaced', 'device-missing'],
  'migrate/count': ['none', 'zero', 'seven', 'duplicate'],
  'migrate/policy': ['unknown', 'wrong-direction', 'template-and-state'],
};

/** The ids of a whole suite, in small. */
export const suiteIds = Object.entries(topics).flatMap(([topic, names]) =>
  names.map((name) => `${topic}/${name}`),
);

/** Passes, but for the ids that are given another result. */
export function suite(others: Readonly<Record<string, (id: string) => CaseResult>> = {}) {
  return suiteIds.map((id) => (others[id] ?? result)(id));
}
