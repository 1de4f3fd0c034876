import { crashOf } from '../verdict/splat.ts';
import type { Crash, VerdictStatus } from '../verdict/verdict.ts';
import type { CaseResult, KernelResult, RunResults } from './results.ts';

/** One case that did not pass, and all kernels on which it did so in the same way. */
export interface Finding {
  readonly result: CaseResult;
  readonly crash: Crash | null;
  readonly kernels: readonly KernelResult[];
}

/** Several cases with the same short story: skipped, broken or deviating for the same reason. */
export interface Remark {
  readonly status: VerdictStatus;
  readonly reason: string;
  readonly deviation: string | null;
  readonly ids: readonly string[];
  readonly kernels: readonly KernelResult[];
}

/** What needs a person: fail, crash, unexpected pass; the same story on several kernels told once. */
export function findings({ kernels }: RunResults): Finding[] {
  const told = new Map<
    string,
    { result: CaseResult; crash: Crash | null; kernels: KernelResult[] }
  >();
  for (const kernel of kernels) {
    for (const result of kernel.cases) {
      if (!isFinding(result.verdict.status)) continue;
      const crash = crashOf(result.record, result.crash);
      const kind = kernel.kernel.kinds?.[result.interface].kind;
      const key = JSON.stringify([result.id, kind, result.verdict, crash?.title]);
      const same = told.get(key);
      if (same === undefined) told.set(key, { result, crash, kernels: [kernel] });
      else same.kernels.push(kernel);
    }
  }
  return [...told.values()];
}

/** What needs no more than a line: deviations, skips, broken cases, gathered by their reason, the most cases first. */
export function remarks({ kernels }: RunResults): Remark[] {
  const order: readonly VerdictStatus[] = ['broken', 'deviation', 'skip'];
  const perKernel = new Map<string, Remark & { ids: string[]; kernels: KernelResult[] }>();
  for (const kernel of kernels) {
    for (const { id, verdict } of kernel.cases) {
      if (!order.includes(verdict.status)) continue;
      const { status, deviation } = verdict;
      const reason = verdict.reason ?? '';
      const key = JSON.stringify([kernel.kernel.spec, status, reason, deviation]);
      const same = perKernel.get(key);
      if (same === undefined)
        perKernel.set(key, { status, reason, deviation, ids: [id], kernels: [kernel] });
      else same.ids.push(id);
    }
  }
  return acrossKernels([...perKernel.values()]).sort(
    (a, b) => order.indexOf(a.status) - order.indexOf(b.status) || b.ids.length - a.ids.length,
  );
}

function acrossKernels(told: readonly Remark[]): Remark[] {
  const merged = new Map<string, Remark & { kernels: KernelResult[] }>();
  for (const remark of told) {
    const key = JSON.stringify([remark.status, remark.reason, remark.deviation, remark.ids]);
    const same = merged.get(key);
    if (same === undefined) merged.set(key, { ...remark, kernels: [...remark.kernels] });
    else same.kernels.push(...remark.kernels);
  }
  return [...merged.values()];
}

function isFinding(status: VerdictStatus): boolean {
  return status === 'fail' || status === 'crash' || status === 'unexpected-pass';
}
