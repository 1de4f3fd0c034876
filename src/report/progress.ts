import type { VerdictStatus } from '../verdict/verdict.ts';
import { forTerminal } from './escape.ts';
import { seconds, shorten, shortenMiddle } from './layout.ts';
import { createStyle, type Style, statusLetters, statusOrder } from './style.ts';

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

interface State {
  readonly spec: string;
  readonly started: number;
  phase: string;
  done: number;
  total: number;
  readonly counts: Map<VerdictStatus, number>;
  ended: number | null;
}

/**
 * On a terminal: one live line for each kernel, redrawn when something changes and every second.
 * Elsewhere (a file, CI): a plain line when a kernel enters a phase, and when it is through.
 */
export function createProgress(options: ProgressOptions): Progress {
  return options.stream.isTTY === true ? new LiveProgress(options) : new PlainProgress(options);
}

function begin(spec: string, now: number): State {
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

function count(
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

/** "38/80 36. 1F 1s", less the letters of what there is none of. */
function countsOf({ done, total, counts }: State): string {
  const parts = statusOrder
    .filter((status) => counts.has(status) && status !== 'pass')
    .map((status) => `${counts.get(status)}${statusLetters[status]}`);
  return [`${done}/${total}`, ...parts].join(' ');
}

class PlainProgress implements Progress {
  readonly #stream: ProgressOptions['stream'];
  readonly #now: () => number;
  #finished = false;

  constructor({ stream, now = () => performance.now() }: ProgressOptions) {
    this.#stream = stream;
    this.#now = now;
  }

  kernel(spec: string): KernelProgress {
    const state = begin(spec, this.#now());
    return {
      phase: (phrase) => {
        const phase = forTerminal(phrase);
        if (phase === state.phase) return;
        state.phase = phase;
        this.#line(`${state.spec}: ${phase}`);
      },
      judged: ({ verdict }, done, total) => {
        count(state, verdict.status, done, total, this.#now());
        if (state.ended === null) return;
        const took = seconds(state.ended - state.started);
        this.#line(`${state.spec}: ${countsOf(state)} in ${took}`);
      },
    };
  }

  note(text: string): void {
    this.#line(forTerminal(text));
  }

  done(): void {
    this.#finished = true;
  }

  #line(text: string): void {
    if (!this.#finished) this.#stream.write(`${text}\n`);
  }
}

class LiveProgress implements Progress {
  readonly #stream: ProgressOptions['stream'];
  readonly #width: number;
  readonly #now: () => number;
  readonly #style: Style;
  readonly #states: State[] = [];
  readonly #timer: NodeJS.Timeout;
  #shown = 0;
  #finished = false;

  constructor({ stream, colour, width = 80, now = () => performance.now() }: ProgressOptions) {
    this.#stream = stream;
    this.#width = width;
    this.#now = now;
    this.#style = createStyle(colour);
    // For the seconds to go on while nothing else does; it must not keep the process alive.
    this.#timer = setInterval(() => this.#draw(), 1000).unref();
  }

  kernel(spec: string): KernelProgress {
    const state = begin(spec, this.#now());
    this.#states.push(state);
    return {
      phase: (phrase) => {
        state.phase = forTerminal(phrase);
        this.#draw();
      },
      judged: ({ verdict }, done, total) => {
        count(state, verdict.status, done, total, this.#now());
        this.#draw();
      },
    };
  }

  note(text: string): void {
    if (this.#finished) return;
    this.#stream.write(`${this.#erase()}${forTerminal(text)}\n`);
    this.#draw();
  }

  done(): void {
    if (this.#finished) return;
    clearInterval(this.#timer);
    if (this.#shown > 0) this.#stream.write(this.#erase());
    this.#finished = true;
  }

  #draw(): void {
    if (this.#finished) return;
    // Kernels that wait for their turn, and those that are through, make room first.
    const most = Math.max(1, (this.#stream.rows ?? 24) - 1);
    const begun = this.#states.filter(({ phase }) => phase !== '');
    const active = begun.filter(({ ended }) => ended === null);
    const lines = (begun.length <= most ? begun : active).slice(0, most).map((s) => this.#line(s));
    if (lines.length === 0) return;
    this.#stream.write(`${this.#erase()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#shown = lines.length;
  }

  /** Back to the first live line, everything from there erased. */
  #erase(): string {
    const up = this.#shown === 0 ? '' : `\x1b[${this.#shown}A\r\x1b[0J`;
    this.#shown = 0;
    return up;
  }

  #line(state: State): string {
    // One column is left free: a full line makes some terminals wrap, and then lines are miscounted.
    const width = (this.#stream.columns ?? this.#width) - 1;
    const specs = Math.max(...this.#states.map(({ spec }) => spec.length));
    const spec = shortenMiddle(state.spec, Math.min(specs, Math.floor(width / 2))).padEnd(
      Math.min(specs, Math.floor(width / 2)),
    );
    const elapsed = Math.floor(((state.ended ?? this.#now()) - state.started) / 1000);
    const phase = state.ended === null ? state.phase : 'done';
    const rest = [phase, state.total === 0 ? '' : countsOf(state), `${elapsed} s`];
    const text = shorten(rest.filter(Boolean).join('  '), Math.max(0, width - spec.length - 2));
    const worst = statusOrder.find((status) => state.counts.has(status));
    const paint = worst === undefined ? this.#style.dim : this.#style.status[worst];
    return `${this.#style.bold(spec)}  ${paint(text)}`;
  }
}
