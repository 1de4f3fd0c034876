import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { KernelResult } from '../../../src/report/results.ts';
import { wantsColour } from '../../../src/report/style.ts';
import { renderTable } from '../../../src/report/table.ts';
import {
  broken,
  crashed,
  deviating,
  failed,
  kernel,
  record,
  reply,
  result,
  run,
  skipped,
  subject,
  suite,
  suiteIds,
  unexpected,
  verdict,
} from './fixtures.ts';

const bad = suite({
  'migrate-state/header/spi-0': crashed,
  'migrate-state/encap/removed': failed,
  'migrate/count/none': unexpected,
  'migrate/count/zero': deviating,
  'migrate-state/offload/kept': skipped,
  'migrate-state/offload/cleared': skipped,
  'migrate/policy/unknown': broken,
});

function render(
  kernels: readonly KernelResult[],
  options: Partial<Parameters<typeof renderTable>[1]> = {},
): string {
  return renderTable(run(...kernels), { width: 100, colour: false, verbose: false, ...options });
}

const two = [kernel('debian:7.3.4', bad), kernel('debian:7.1.13', suite())];

/** As long a spec as people have, and one that a hostile file could give. */
const eight = [
  ...['7.3.4', '7.2.12', '7.2.6', '7.1.13', '6.18.3', '6.12.117'].map((version, index) =>
    kernel(`debian:${version}`, index < 2 ? bad : suite()),
  ),
  kernel('tree:/home/somebody/src/linux-next@v7.2-rc3-1234-gdeadbeef+no-migrate', bad),
  kernel('image:/tmp/\x1b[31mevil', []),
];

describe('the matrix', () => {
  it('counts many cases by topic, a kernel a column', () => {
    const lines = render(two).split('\n');
    expect(lines.slice(0, 10)).toEqual([
      '                 debian:7.3.4                            debian:7.1.13',
      'migrate-state    full                                    predates',
      '  probe          2 pass                                  2 pass',
      '  header         1 CRASH, 3 pass                         4 pass',
      '  encap          1 FAIL, 5 pass                          6 pass',
      '  nat-keepalive  4 pass                                  4 pass',
      '  selector       3 pass                                  3 pass',
      '  offload        2 skip, 2 pass                          4 pass',
      'migrate          full                                    full',
      '  count          1 UNEXPECTED PASS, 1 deviation, 2 pass  4 pass',
    ]);
  });

  it('shows each of a few cases, with what the kernel answered', () => {
    const id = 'migrate-state/header/spi-0';
    const refused = { ...subject, reply: reply('EINVAL', 'Invalid SPI 0x0') };
    const cases = [result(id, { record: record(id, { requests: [refused] }) })];
    expect(
      render([kernel('debian:7.3.4', cases)])
        .split('\n')
        .slice(0, 4),
    ).toEqual([
      '               debian:7.3.4',
      'migrate-state  full',
      'migrate-state/header',
      '  spi-0        pass EINVAL: Invalid SPI 0x0',
    ]);
  });

  it('shows every case when asked to', () => {
    const text = render(two, { verbose: true });
    for (const id of suiteIds) expect(text).toContain(`  ${id.split('/').at(-1)} `);
    expect(text).toMatch(/^ {2}removed +FAIL EINVAL/m);
  });

  it('writes verdicts as letters in a narrow terminal, and says what they mean', () => {
    const text = render(two, { width: 40, verbose: true });
    expect(text).toMatch(/^ {2}removed +F +\.$/m);
    expect(text.replaceAll('\n', ' ')).toContain(
      'C crash, F fail, U unexpected-pass, B broken, D deviation, s skip, . pass',
    );
  });

  it('numbers kernels whose names do not fit, on through several blocks', () => {
    const text = render(eight, { width: 40, verbose: true });
    expect(text).toContain('1  debian:7.3.4\n');
    expect(text).toMatch(/^ +1 +2 +3 +4 +5$/m);
    expect(text).toMatch(/^ +6 +7 +8$/m);
    expect(text).toMatch(/^7 {2}tree:.*…/m);
  });

  it('marks a case that a kernel does not have', () => {
    const some = [kernel('debian:7.3.4', suite()), kernel('debian:7.1.13', suite().slice(0, 1))];
    expect(render(some)).toMatch(/^ {2}encap +6 pass +-$/m);
  });
});

describe.each([32, 40, 80, 120, 200])('at %i columns', (width) => {
  it.each([true, false])(
    'no line is wider, and nothing hostile is left (verbose: %s)',
    (verbose) => {
      for (const kernels of [two.slice(0, 1), two, eight]) {
        const text = render(kernels, { width, verbose });
        // A word that a shell must read as one may not be broken.
        const lines = text.split('\n').filter((line) => !/^\s+(?:--|scripts\/run)/.test(line));
        expect(lines.filter((line) => line.length > width)).toEqual([]);
        expect(text).not.toMatch(/[^\n\x20-\x7e…]/);
      }
    },
  );

  it('colour changes nothing else', () => {
    const coloured = render(eight, { width, colour: true });
    expect(coloured).toContain('\x1b[31m');
    expect(stripVTControlCharacters(coloured)).toBe(render(eight, { width }));
  });
});

describe('a failing case', () => {
  const text = render(two);

  it('shows expected and observed side by side', () => {
    expect(text).toContain(
      [
        '               expected                                   observed',
        '  reply        OK                                         EINVAL: Cannot change the encapsulation',
        '                                                            of an offloaded SA',
        '  after.encap  absent                                     {"type": "espinudp", "sport": 4500,',
      ].join('\n'),
    );
  });

  it('shows them one above the other where they do not fit', () => {
    expect(render(two, { width: 60 })).toContain(
      [
        '  reply',
        '    expected  OK',
        '    observed  EINVAL: Cannot change the encapsulation of an',
        '              offloaded SA',
      ].join('\n'),
    );
  });

  it('shows the request, its answer, the log, and the command that runs it again', () => {
    expect(text).toContain('XFRM_MSG_MIGRATE_STATE: NLM_F_REQUEST | NLM_F_ACK');
    expect(text).toContain('id {daddr 192.0.2.2, spi 256, family AF_INET, proto esp}');
    expect(text).toContain('XFRMA_MARK v 1, m 4294967295');
    expect(text).toContain('answered EINVAL: Cannot change');
    expect(text).toContain('and \\x1b[31msomething hostile\\x1b[0m');
    expect(text).toContain(
      '    scripts/run --kernel debian:7.3.4 --case migrate-state/encap/removed\n',
    );
  });

  it('gives a command that a shell understands, however narrow and odd', () => {
    const odd = [kernel("image:/tmp/it's here", [failed('migrate-state/encap/removed')])];
    expect(render(odd, { width: 60 })).toContain(
      [
        '    scripts/run \\',
        "      --kernel 'image:/tmp/it'\\''s here' \\",
        '      --case migrate-state/encap/removed',
      ].join('\n'),
    );
  });

  it('names the machine in the command when the kernel would not run on it by itself', () => {
    const boots = [{ machine: 'vng', acceleration: 'tcg', retries: [], bootMs: 1 }] as const;
    const text = render([kernel('tree:/x', [failed('a/b/c')], { boots })]);
    expect(text).toContain('scripts/run --kernel tree:/x --machine vng --case a/b/c\n');
  });

  it('is told once for all kernels that fail in the same way', () => {
    const same = [kernel('debian:7.3.4', bad), kernel('debian:7.2.12', bad)];
    const text = render(same);
    expect(text.match(/^FAIL {2}migrate-state/gm)).toHaveLength(1);
    expect(text).toContain('on debian:7.3.4, debian:7.2.12 (full)');
    expect(text).toContain('--kernel debian:7.3.4 --kernel debian:7.2.12 --case');
  });

  it('is told in one line when there are many', () => {
    const all = Object.fromEntries(suiteIds.map((id) => [id, failed]));
    const text = render([kernel('debian:7.3.4', suite(all))]);
    expect(text.match(/run it again/g)).toHaveLength(10);
    expect(text.match(/^FAIL {2}\S+ on debian:7.3.4: reply: expected OK/gm)).toHaveLength(
      suiteIds.length - 10,
    );
  });
});

describe('the rest', () => {
  it('shows a crash with its fingerprint and first lines', () => {
    const text = render(two);
    expect(text).toContain('in __xfrm_state_delete < xfrm_state_delete < xfrm_do_migrate_state');
    expect(text).toContain('[   12.345678] BUG: KASAN: slab-use-after-free');
    expect(text).toContain('more in results.json)');
  });

  it('finds the crash in the log of a case that recorded it', () => {
    const id = 'migrate/count/none';
    const kernelLog = ['BUG: KASAN: double-free in kfree+0x1/0x2', 'Call Trace:', ' f+0x1/0x2'];
    const cases = [
      result(id, { verdict: verdict('crash', { reason: 'x' }), record: record(id, { kernelLog }) }),
    ];
    expect(render([kernel('debian:7.3.4', cases)])).toContain('\n  in f\n');
  });

  it('passes over the frames of a trace that only print it', () => {
    const id = 'migrate/count/none';
    const trace = ['show_stack+0x0/0xb0', 'dump_stack_lvl+0x85/0xc1', '_printk+0x0/0xd3'];
    const cause = 'xfrm_state_gc_task+0x143/0x480';
    const frames = [...trace, cause, 'xfrm_state_gc_task+0x0/0x480', cause];
    const kernelLog = [
      'BUG: KASAN: double-free in kfree+0x1/0x2',
      'Call Trace:',
      ...frames.map((frame) => ` [<60060950>] ? ${frame}`),
    ];
    const cases = [
      result(id, { verdict: verdict('crash', { reason: 'x' }), record: record(id, { kernelLog }) }),
    ];
    const text = render([kernel('source:7.3.4+kasan', cases)]);
    expect(text).toContain('\n  in xfrm_state_gc_task\n');
    expect(text.split(`? ${cause}`)).toHaveLength(2);
    expect(text).not.toMatch(/show_stack|dump_stack|_printk|gc_task\+0x0/);
    expect(text).toContain('(5 more in results.json)');
  });

  it('gathers skips, deviations and broken cases by their reason', () => {
    const text = render(two);
    expect(text).toContain(
      'skip  migrate-state/offload/kept, migrate-state/offload/cleared on debian:7.3.4:',
    );
    expect(text).toMatch(/deviation {2}migrate\/count\/zero on debian:7.3.4: The documentation/);
    expect(text).toContain('[esrch-einval]');
    const all = Object.fromEntries(suiteIds.map((id) => [id, broken]));
    expect(render([kernel('debian:7.3.4', suite(all))])).toContain(
      `BROKEN  ${suiteIds.length} cases on debian:7.3.4: XFRM_MSG_NEWSA was refused: ENOSYS`,
    );
  });

  it('does not list more reasons than a person reads', () => {
    const each = (id: string) =>
      result(id, { verdict: verdict('broken', { reason: `no ${id}` }), record: null });
    const all = Object.fromEntries(suiteIds.map((id) => [id, each]));
    const text = render([kernel('debian:7.3.4', suite(all))]);
    expect(text.match(/^BROKEN {2}\S+ on debian:7.3.4/gm)).toHaveLength(8);
    expect(text).toContain('BROKEN  22 more cases for 22 other reasons: see --verbose\n');
    const verbose = render([kernel('debian:7.3.4', suite(all))], { verbose: true });
    expect(verbose.match(/^BROKEN {2}/gm)).toHaveLength(suiteIds.length);
  });

  it('makes no fuss of two guests that shared the cases', () => {
    const boot = { machine: 'uml', acceleration: 'native', retries: [], bootMs: 1 } as const;
    expect(render([kernel('tree:/x', suite(), { boots: [boot, boot] })])).not.toContain('boots');
  });

  it('ends with a line for each kernel, its problem, boots and notes', () => {
    const boot = { machine: 'qemu', acceleration: 'kvm', retries: [], bootMs: 1 } as const;
    const noted = kernel(
      'debian:7.3.4',
      suite({ [suiteIds[0]!]: (id) => ({ ...crashed(id), record: null }) }),
    );
    const text = render([
      {
        ...noted,
        kernel: { ...noted.kernel, notes: ['Built with a compiler of another version.'] },
        boots: [
          { ...boot, retries: ['no output in 20 s'] },
          { ...boot, acceleration: 'tcg' },
        ],
      },
      kernel('debian:7.1.13', [], {
        boots: [],
        problem: { message: 'It printed nothing.', console: 'one\ntwo \x1b[2J' },
      }),
    ]);
    expect(text).toContain(
      [
        'debian:7.3.4  1 CRASH, 29 pass  (7.3.4+deb13-cloud-amd64, qemu kvm and qemu tcg, 12.3 s)',
        `  boots: 2; ${suiteIds[0]} brought the kernel down`,
        '  retried: no output in 20 s',
        '  note: Built with a compiler of another version.',
        'debian:7.1.13  no verdicts  (7.1.13+deb13-cloud-amd64, 12.3 s)',
        '  problem: It printed nothing.',
        '    | one',
        '    | two \\x1b[2J',
        '',
      ].join('\n'),
    );
  });

  it('tells a note that many kernels share once, below them', () => {
    const noted = (version: string, ...notes: string[]) => {
      const result = kernel(`debian:${version}`, suite());
      return { ...result, kernel: { ...result.kernel, notes } };
    };
    const many = ['7.0.9', '7.0.10', '7.0.12'].map((version) => noted(version, 'From the pool.'));
    const text = render([...many, noted('7.3.4', 'Alone.')]);
    expect(text).toContain(
      '\n\nnote on debian:7.0.9, debian:7.0.10, debian:7.0.12: From the pool.\n',
    );
    expect(text.match(/From the pool/g)).toHaveLength(1);
    expect(text).toContain('\n  note: Alone.\n');
  });

  it('bears a run without any case or kernel', () => {
    expect(render([])).toBe('');
    expect(render([kernel('debian:7.3.4', [])])).toContain('no verdicts');
  });
});

describe('wantsColour', () => {
  it('follows the terminal, and NO_COLOR and FORCE_COLOR before it', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({}, {})).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(true);
    expect(wantsColour({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });
});
