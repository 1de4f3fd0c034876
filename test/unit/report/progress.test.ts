import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress } from '../../../src/report/progress.ts';
import { result, verdict } from './fixtures.ts';

let clock = 0;
const now = () => clock;

/** A stream that remembers, and a little terminal that obeys the few sequences that are used. */
function stream(parts: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
  const written: string[] = [];
  return {
    ...parts,
    written,
    write: (text: string) => written.push(text),
    screen(): string[] {
      let lines: string[] = [];
      for (const [index, part] of written.join('').split('\x1b[').entries()) {
        const up = /^(\d+)A\r$/.exec(part);
        if (up) lines = lines.slice(0, lines.length - Number(up[1]));
        else
          lines.push(
            ...stripVTControlCharacters(index === 0 ? part : `\x1b[${part}`)
              .split('\n')
              .slice(0, -1),
          );
      }
      return lines;
    },
  };
}

const passed = result('a/b/c');
const wrong = result('a/b/d', { verdict: verdict('fail') });

beforeEach(() => {
  clock = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a terminal', () => {
  const terminal = (parts = {}) => stream({ isTTY: true, columns: 60, ...parts });

  it('keeps one live line for each kernel', () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty, colour: false, now });
    const [one, two] = [progress.kernel('debian:7.3.4'), progress.kernel('debian:6.1')];
    one.phase('booting (tcg)');
    two.phase('booting (tcg)');
    clock = 5_300;
    one.phase('running');
    one.judged(passed, 1, 80);
    one.judged(wrong, 2, 80);
    expect(tty.screen()).toEqual([
      'debian:7.3.4  running  2/80, 1 FAIL  5 s',
      'debian:6.1    booting (tcg)  5 s',
    ]);
    progress.done();
    expect(tty.screen()).toEqual([]);
  });

  it('lets the seconds go on while nothing else does, and stops the clock with done()', () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty, colour: false, now });
    progress.kernel('a').phase('booting');
    clock = 3_000;
    vi.advanceTimersByTime(1000);
    expect(tty.screen()).toEqual(['a  booting  3 s']);
    progress.done();
    expect(vi.getTimerCount()).toBe(0);
    const { length } = tty.written;
    progress.note('late');
    progress.kernel('b').phase('late');
    progress.done();
    expect(tty.written).toHaveLength(length);
  });

  it('shows a kernel only once it is begun, and stops its clock when it is through', () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty, colour: false, now });
    const kernel = progress.kernel('a');
    progress.kernel('waits').phase('');
    expect(tty.screen()).toEqual([]);
    kernel.phase('running');
    clock = 2_000;
    kernel.judged(passed, 1, 1);
    clock = 9_000;
    vi.advanceTimersByTime(1000);
    expect(tty.screen()).toEqual(['a      done  1/1  2 s']);
  });

  it('puts notes above the live lines', () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty, colour: false, now });
    progress.kernel('a').phase('booting');
    progress.note('KVM does not work here: \x1b[2J TCG it is.');
    expect(tty.screen()).toEqual([
      'KVM does not work here: \\x1b[2J TCG it is.',
      'a  booting  0 s',
    ]);
  });

  it.each([20, 40, 80])('fits %i columns, and the rows that there are', (columns) => {
    const tty = terminal({ columns, rows: 5 });
    const progress = createProgress({ stream: tty, colour: true, now });
    const kernels = Array.from({ length: 8 }, (_, index) =>
      progress.kernel(`tree:/home/somebody/linux-next@v7.${index}+no-migrate`),
    );
    for (const kernel of kernels) kernel.phase('a phase with a long name \x1b[2J\n\n');
    for (const kernel of kernels.slice(0, 6)) kernel.judged(wrong, 1, 1);
    expect(tty.screen().every((line) => line.length < columns)).toBe(true);
    expect(tty.screen()).toHaveLength(2);
  });

  it('colours by the worst verdict so far', () => {
    const tty = terminal();
    const progress = createProgress({ stream: tty, colour: true, now });
    const kernel = progress.kernel('a');
    kernel.phase('running');
    kernel.judged(wrong, 1, 2);
    expect(tty.written.join('')).toContain('\x1b[31m');
  });
});

describe('elsewhere', () => {
  it('tells a count now and then, and at once what comes after it', () => {
    const file = stream();
    const progress = createProgress({ stream: file, colour: false, now });
    const kernel = progress.kernel('tree:/linux');
    for (let objects = 0; objects < 100; objects++) {
      kernel.phase(`building, ${objects} of about 100 objects, ${100 - objects} s left`);
      clock += 1000;
    }
    kernel.phase('booting (uml)');
    const told = file.written.map((line) => line.replace(/.*(building, \d+|booting).*\n/, '$1'));
    expect(told).toEqual(
      [0, 15, 30, 45, 60, 75, 90].map((count) => `building, ${count}`).concat('booting'),
    );
  });

  it('tells how far a long run is', () => {
    const file = stream();
    const kernel = createProgress({ stream: file, colour: false, now }).kernel('debian:7.3.4');
    kernel.phase('running');
    clock = 10_000;
    kernel.judged(passed, 1, 80);
    clock = 16_000;
    kernel.judged(passed, 2, 80);
    clock = 17_000;
    kernel.judged(wrong, 3, 80);
    expect(file.written).toEqual(['debian:7.3.4: running\n', 'debian:7.3.4: 2/80\n']);
  });

  it('writes plain lines when a phase changes and when a kernel is through', () => {
    const file = stream();
    const progress = createProgress({ stream: file, colour: false, now });
    const kernel = progress.kernel('debian:7.3.4');
    kernel.phase('booting (tcg)');
    kernel.phase('booting (tcg)');
    kernel.phase('running \x1b[2J');
    clock = 12_340;
    kernel.judged(passed, 1, 3);
    kernel.judged(wrong, 2, 3);
    kernel.judged(passed, 3, 3);
    progress.note('a note');
    progress.done();
    progress.note('late');
    expect(file.written.join('')).toBe(
      [
        'debian:7.3.4: booting (tcg)',
        'debian:7.3.4: running \\x1b[2J',
        'debian:7.3.4: 3/3, 1 FAIL in 12.3 s',
        'a note',
        '',
      ].join('\n'),
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});
