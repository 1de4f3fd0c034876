import type { KernelResult } from '../report/results.ts';
import type { VerdictStatus } from '../verdict/verdict.ts';
import { compareSides, type Side } from './comparison.ts';
import { namesOf } from './group.ts';
import { renderDifferences } from './markdown.ts';

/** Verdicts in the order in which a reader looks for them. */
const statuses: readonly VerdictStatus[] = [
  'pass',
  'deviation',
  'skip',
  'fail',
  'unexpected-pass',
  'crash',
  'broken',
];

/**
 * What changed between releases: kernels are given one after the other, the oldest first, and not
 * kept, because all that thirty of them said does not fit into memory.
 */
export class History {
  readonly #rows: string[][] = [];
  readonly #sections: string[] = [];
  readonly #releases: string[] = [];
  /** By case: its verdict on each kernel so far; undefined where it was not run. */
  readonly #verdicts = new Map<string, (VerdictStatus | undefined)[]>();
  #before: Side | null = null;

  add(side: Side): void {
    const { result } = side;
    const name = nameOf(result);
    this.#rows.push(row(result));
    for (const { id, verdict } of result.cases) {
      const verdicts = this.#verdicts.get(id) ?? [];
      verdicts[this.#releases.length] = verdict.status;
      this.#verdicts.set(id, verdicts);
    }
    this.#releases.push(name);
    if (this.#before) this.#compare(this.#before, side);
    this.#before = side;
  }

  #compare(before: Side, after: Side): void {
    const comparison = compareSides(before, after);
    if (comparison.differences.length === 0) return;
    this.#sections.push(
      `## ${nameOf(before.result)} → ${nameOf(after.result)}\n\n${renderDifferences(comparison, { verbose: false })}`,
    );
  }

  /** Markdown; ends with a newline. */
  render(): string {
    const heads = ['kernel', 'migrate-state', 'migrate', ...statuses];
    const table = [heads, heads.map(() => '---'), ...this.#rows];
    return [
      '# What changed in the migration of SAs between releases\n',
      'Made by `scripts/release-history` from runs of every case on each kernel; not written by hand. A kernel\nthat is not named as the start of a change behaves like the one before it.\n',
      '## Kernels\n',
      `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`,
      '## Verdicts, case by case\n',
      'Cases with the same verdict on every kernel are left out.\n',
      `${this.#patterns().join('\n')}\n`,
      ...this.#sections,
    ].join('\n');
  }

  /** Cases by the releases between which their verdict was what. */
  #patterns(): string[] {
    const byPattern = new Map<string, string[]>();
    for (const [id, verdicts] of this.#verdicts) {
      const spans = spansOf(verdicts, this.#releases);
      if (spans.length === 1) continue;
      const pattern = spans.join(', ');
      byPattern.set(pattern, [...(byPattern.get(pattern) ?? []), id]);
    }
    return [...byPattern].map(([pattern, ids]) => `- ${pattern}: \`${namesOf(ids, 6)}\``);
  }
}

/** "deviation 6.1.170 – 7.1.13", one for each stretch of releases with the same verdict. */
function spansOf(
  verdicts: readonly (VerdictStatus | undefined)[],
  releases: readonly string[],
): string[] {
  const spans: string[] = [];
  for (let from = 0; from < releases.length; ) {
    let to = from;
    while (to + 1 < releases.length && verdicts[to + 1] === verdicts[from]) to++;
    const span = from === to ? releases[from] : `${releases[from]} – ${releases[to]}`;
    spans.push(`${verdicts[from] ?? 'not run'} ${span}`);
    from = to + 1;
  }
  return spans;
}

function row(result: KernelResult): string[] {
  const { kinds } = result.kernel;
  const counts = statuses.map((status) => {
    const count = result.cases.filter(({ verdict }) => verdict.status === status).length;
    return count === 0 ? '' : String(count);
  });
  const interfaces = [kinds?.['migrate-state'].kind ?? '?', kinds?.migrate.kind ?? '?'];
  return [nameOf(result), ...interfaces, ...counts];
}

function nameOf({ kernel: { spec } }: KernelResult): string {
  return spec.replace(/^debian:/, '');
}
