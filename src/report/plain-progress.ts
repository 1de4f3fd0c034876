import { forTerminal } from './escape.ts';
import { seconds } from './layout.ts';
import { begin, count, countsOf } from './progress-state.ts';
import type { KernelProgress, Progress, ProgressOptions } from './progress-types.ts';

/** Counts of objects or cases are told so often at most: there are hundreds. */
export const countEveryMs = 15_000;

/** A line when something changes that a reader of a log wants to know. */
export class PlainProgress implements Progress {
  readonly #stream: ProgressOptions['stream'];
  readonly #now: () => number;
  #finished = false;

  constructor({ stream, now = () => performance.now() }: ProgressOptions) {
    this.#stream = stream;
    this.#now = now;
  }

  kernel(spec: string): KernelProgress {
    const state = begin(spec, this.#now());
    let told = this.#now();
    const tell = (text: string) => {
      told = this.#now();
      this.#line(`${state.spec}: ${text}`);
    };
    const isNews = () => this.#now() - told >= countEveryMs;
    return {
      phase: (phrase) => {
        const phase = forTerminal(phrase);
        if (phase === state.phase) return;
        const isCount = words(phase) === words(state.phase);
        state.phase = phase;
        if (!isCount || isNews()) tell(phase);
      },
      judged: ({ verdict }, done, total) => {
        count(state, verdict.status, done, total, this.#now());
        if (state.ended !== null) {
          tell(`${countsOf(state)} in ${seconds(state.ended - state.started)}`);
        } else if (isNews()) tell(countsOf(state));
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

/** A phrase without its numbers and their units. */
function words(phrase: string): string {
  return phrase.replace(/\d+( s| min| objects?)?/g, '');
}
