import { forTerminal } from './escape.ts';
import { shorten, shortenMiddle } from './layout.ts';
import { begin, count, countsOf, type State } from './progress-state.ts';
import type { KernelProgress, Progress, ProgressOptions } from './progress-types.ts';
import { createStyle, type Style, statusOrder } from './style.ts';

/** Lines that are drawn again in place. */
export class LiveProgress implements Progress {
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
