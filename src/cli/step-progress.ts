import { forTerminal } from '../report/escape.ts';
import { wrap } from '../report/layout.ts';
import { countEveryMs } from '../report/plain-progress.ts';

/** For commands that go through many kernels: notes that stay, and one line of what is being done. */
export interface StepProgress {
  /** What is worked on: "step 3, about 2 left"; begins the phrases that follow. */
  subject(text: string): void;
  /** What is being done; told to a log once in countEveryMs. */
  phase(phrase: string): void;
  /** Lines that stay, already escaped. */
  note(text: string): void;
  end(): void;
}

export function stepProgress(stream: NodeJS.WriteStream): StepProgress {
  let subject = '';
  let last = performance.now();
  const erase = () => {
    if (stream.isTTY) stream.write('\r\x1b[K');
  };
  return {
    subject(text) {
      subject = text;
    },
    phase(phrase) {
      const line = forTerminal(subject === '' ? phrase : `${subject}: ${phrase}`);
      if (stream.isTTY) {
        stream.write(`\r\x1b[K${line.slice(0, (stream.columns ?? 80) - 1)}`);
      } else if (performance.now() - last > countEveryMs) {
        last = performance.now();
        stream.write(`${line}\n`);
      }
    },
    note(text) {
      erase();
      const lines = stream.isTTY ? wrap(text, stream.columns ?? 80, '    ') : [text];
      stream.write(lines.map((line) => `${line}\n`).join(''));
      last = performance.now();
    },
    end: erase,
  };
}
