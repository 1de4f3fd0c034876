import type { VerdictStatus } from '../verdict/verdict.ts';

export interface ProgressOptions {
  readonly stream: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly colour: boolean;
  /** Columns, where the stream does not know. */
  readonly width?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Told how far one kernel is. */
export interface KernelProgress {
  /** A short phrase: "booting (tcg)". */
  phase(phrase: string): void;
  /** A case is judged. */
  judged(
    result: { readonly verdict: { readonly status: VerdictStatus } },
    done: number,
    total: number,
  ): void;
}

/** What a person sees who waits. */
export interface Progress {
  kernel(spec: string): KernelProgress;
  /** A sentence that stays, above the live lines. */
  note(text: string): void;
  /** Takes the live lines away. Idempotent; nothing is shown afterwards. */
  done(): void;
}
