import { plural, wrap } from '../report/layout.ts';
import type { Style } from '../report/style.ts';
import { type FileCoverage, type Gap, gaps, type Share, shareOf } from './coverage.ts';

export interface RenderOptions {
  readonly width: number;
  readonly style: Style;
}

/** What was counted on one kernel. */
export interface KernelCoverage {
  spec: string;
  files: readonly FileCoverage[];
  /** Cases whose guest went down before it could say what they had reached. */
  lostCases: number;
}

/** The functions whose lines are named when no case reached them. */
export function isOfMigration(name: string): boolean {
  return /migrate|^xfrm_state_clone/.test(name);
}

/** How much of each file was reached, and which lines of the migration code were not. */
export function coverageLines(
  { spec, files, lostCases }: KernelCoverage,
  { width, style }: RenderOptions,
): string[] {
  const sources = files.filter(({ file }) => file.endsWith('.c'));
  const longest = Math.max(...sources.map(({ file }) => file.length));
  const lost =
    lostCases === 0 ? '' : `, without ${plural(lostCases, 'case')} of a guest that crashed`;
  const missed = gaps(files, isOfMigration);
  return [
    style.bold(`coverage of ${spec}${lost}`),
    `  ${' '.repeat(longest)}${'lines'.padStart(18)}${'functions'.padStart(18)}`,
    ...sources.map(
      (file) =>
        `  ${file.file.padEnd(longest)}${share(shareOf(file.lines.values()))}${share(shareOf(file.functions.values()))}`,
    ),
    ...(missed.length === 0
      ? ['  Every line of the functions of migration was executed.']
      : ['  Lines in functions of migration that were not executed:']),
    ...byFunction(missed).flatMap((text) => wrap(`    ${text}`, width, '      ')),
  ];
}

/** "  1201/1804  67 %" */
function share({ hit, of }: Share): string {
  const percent = of === 0 ? '' : `${Math.floor((hit / of) * 100)} %`;
  return `${hit}/${of}`.padStart(12) + percent.padStart(6);
}

/** "net/xfrm/xfrm_state.c: 2101-2104, 2110 in xfrm_migrate_state_find" */
function byFunction(all: readonly Gap[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { file, function: name, first, last } of all) {
    const key = `${file}\0${name}`;
    const range = first === last ? `${first}` : `${first}-${last}`;
    groups.set(key, [...(groups.get(key) ?? []), range]);
  }
  return [...groups].map(([key, ranges]) => {
    const [file, name] = key.split('\0');
    return `${file}:${ranges.join(', ')} in ${name}`;
  });
}
