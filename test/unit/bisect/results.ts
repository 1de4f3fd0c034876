import type { Case } from '../../../src/case/case.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { CaseResult, KernelResult } from '../../../src/report/results.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';

/** What a made-up kernel does in a case: "pass", "skip", "broken", "crash NAME", "fail ERRNO". */
export type Doing = string;

export function caseResult(id: string, doing: Doing): CaseResult {
  const [status = 'pass', detail = ''] = doing.split(' ');
  return {
    id,
    summary: id,
    interface: 'migrate',
    verdict: verdict(status as Verdict['status'], detail),
    record: null,
    crash: status === 'crash' ? { title: detail, log: detail, fingerprint: null } : null,
  };
}

function verdict(status: Verdict['status'], detail: string): Verdict {
  const mismatches = status === 'fail' ? [{ path: 'reply', expected: 'ok', observed: detail }] : [];
  const reason = status === 'pass' ? null : detail || status;
  return { status, reason, mismatches, deviation: status === 'deviation' ? detail : null };
}

export function kernelResult(doings: Readonly<Record<string, Doing>>): KernelResult {
  return {
    kernel: {
      spec: 'tree:/linux',
      notes: [],
      release: '7.3.0',
      version: '7.3',
      arch: 'um',
      guest: null,
      kinds: null,
    },
    boots: [{ machine: 'uml', acceleration: 'native', retries: [], bootMs: 1 }],
    cases: Object.entries(doings).map(([id, doing]) => caseResult(id, doing)),
    problem: null,
    durationMs: 1,
  };
}

export function didNotBoot(message: string): KernelResult {
  return { ...kernelResult({}), boots: [], problem: { message, console: 'Kernel panic' } };
}

/** Enough of a case for what only passes it on. */
export function namedCase(id: string): Case {
  return { id, summary: id, interface: 'migrate' } as unknown as Case;
}

export const noKernel = { spec: 'tree:/linux', image: '/linux' } as unknown as Kernel;
