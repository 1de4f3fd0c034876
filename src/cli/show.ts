import { Command } from 'commander';
import { deviations as allDeviations } from '../../suites/deviations.ts';
import { requirements as allRequirements } from '../../suites/requirements.ts';
import type { Case, Deviation, Requirement } from '../case/index.ts';
import { UsageError } from '../error.ts';
import { didYouMean } from '../nearest.ts';
import { wrap } from '../report/layout.ts';
import { createStyle, type Style, wantsColour } from '../report/style.ts';
import { expectedLines } from '../verdict/describe.ts';
import { isAbout } from '../verdict/deviations.ts';
import { columns } from './columns.ts';
import { kernelsText } from './deviations.ts';

export interface Knowledge {
  readonly deviations: readonly Deviation[];
  readonly requirements: readonly Requirement[];
}

/** `xfrm-conform show`: what a case checks and what each kind of kernel must answer. */
export function showCommand(
  cases: readonly Case[],
  knowledge: Knowledge = { deviations: allDeviations, requirements: allRequirements },
): Command {
  return new Command('show')
    .description(
      'Explain a case: what it checks, why, and what is expected of each kind of kernel.',
    )
    .argument('<case...>', 'ids of cases')
    .action((ids: string[]) => {
      const found = ids.map((id) => findCase(cases, id));
      const options = {
        width: Math.min(columns(), 100),
        style: createStyle(wantsColour(process.stdout, process.env)),
      };
      const texts = found.map((testCase) => describeCase(testCase, knowledge, options));
      process.stdout.write(texts.join('\n'));
    });
}

/** Throws a UsageError with the nearest name when there is none of this one. */
export function findCase(cases: readonly Case[], id: string): Case {
  const found = cases.find((testCase) => testCase.id === id);
  if (found !== undefined) return found;
  const ids = cases.map((testCase) => testCase.id);
  throw new UsageError(
    `No case is named "${id}"${didYouMean(id, ids) || '.'} "xfrm-conform list" shows them all.`,
  );
}

const kinds = {
  full: 'a kernel that has it',
  compiledOut: 'a kernel without CONFIG_XFRM_MIGRATE',
  predates: 'a kernel that predates it',
} as const;

/** All that is known of a case without running it. Ends with a newline. */
export function describeCase(
  { id, interface: name, summary, requirements, needs, expect }: Case,
  knowledge: Knowledge,
  { width, style }: { width: number; style: Style },
): string {
  const known = knowledge.deviations.filter((entry) => isAbout(entry, id));
  const blocks = [
    [style.bold(id), ...indented([summary], width)],
    [style.bold('interface'), ...indented([interfaceText[name]], width)],
    [
      style.bold('requirements'),
      ...indented(
        requirements.map((each) => requirementText(each, knowledge.requirements)),
        width,
      ),
    ],
    [style.bold('needs'), ...indented(needsText(needs), width)],
    ...(Object.keys(kinds) as (keyof typeof kinds)[]).map((kind) => [
      ...wrap(`expected of ${kinds[kind]}`, width).map(style.bold),
      ...expectation(expect[kind], width),
    ]),
    ...known.map((entry) => [
      style.status.deviation(`known deviation ${entry.id}`),
      ...indented(
        [`on kernels ${kernelsText(entry.kernels)}`, entry.title, entry.reason, entry.reference],
        width,
      ),
    ]),
    [style.bold('run it'), `  scripts/run --case ${id}`],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const interfaceText = {
  'migrate-state': 'XFRM_MSG_MIGRATE_STATE: migrates one SA, since Linux 7.2',
  migrate: 'XFRM_MSG_MIGRATE: migrates a policy and the SAs of its templates',
} as const;

function indented(texts: readonly string[], width: number): string[] {
  return texts.flatMap((text) => wrap(`  ${text}`, width, '  '));
}

function requirementText(id: string, requirements: readonly Requirement[]): string {
  const found = requirements.find((each) => each.id === id);
  return found === undefined ? id : `${id}: ${found.text} (${found.source})`;
}

function needsText({ kconfig = [], minVersion }: Case['needs']): string[] {
  const all = [
    ...(minVersion === undefined ? [] : [`Linux ${minVersion}`]),
    ...kconfig.map((symbol) => `CONFIG_${symbol}`),
  ];
  return [all.length === 0 ? 'nothing but the interface' : all.join(', ')];
}

function expectation(expected: Case['expect']['full'], width: number): string[] {
  const lines = expectedLines(expected);
  const longest = Math.max(...lines.map(({ path }) => path.length));
  const column = Math.min(longest, Math.floor(width / 2));
  return lines.flatMap(({ path, value }) => {
    const label = path === '' ? '' : `${path.padEnd(column)}  `;
    return wrap(`  ${label}${value}`, width, ' '.repeat(column + 4));
  });
}
