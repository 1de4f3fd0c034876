import type { VerdictStatus } from '../verdict/verdict.ts';
import { forTerminal } from './escape.ts';
import { statusOrder, statusWords } from './style.ts';

/** How far one kernel is. Times are in milliseconds. */
export interface State {
  readonly spec: string;
  readonly started: number;
  phase: string;
  done: number;
  total: number;
  readonly counts: Map<VerdictStatus, number>;
  ended: number | null;
}

export function begin(spec: string, now: number): State {
  const counts = new Map<VerdictStatus, number>();
  return {
    spec: forTerminal(spec),
    started: now,
    phase: '',
    done: 0,
    total: 0,
    counts,
    ended: null,
  };
}

export function count(
  state: State,
  status: VerdictStatus,
  done: number,
  total: number,
  now: number,
): void {
  state.counts.set(status, (state.counts.get(status) ?? 0) + 1);
  state.done = done;
  state.total = total;
  if (done >= total) state.ended = now;
}

/** "38/80, 1 FAIL, 1 skip", less what there is none of. */
export function countsOf({ done, total, counts }: State): string {
  const parts = statusOrder
    .filter((status) => counts.has(status) && status !== 'pass')
    .map((status) => `${counts.get(status)} ${statusWords[status]}`);
  return [`${done}/${total}`, ...parts].join(', ');
}
