import { Command } from 'commander';
import type { Case, Requirement } from '../case/index.ts';
import { exitStatus } from '../error.ts';
import { wrap } from '../report/layout.ts';
import { columns } from './columns.ts';

/** A requirement with the cases that check it. */
export interface Traced {
  readonly requirement: Requirement;
  readonly cases: readonly string[];
}

export function trace(requirements: readonly Requirement[], cases: readonly Case[]): Traced[] {
  return requirements.map((requirement) => ({
    requirement,
    cases: cases
      .filter((testCase) => testCase.requirements.includes(requirement.id))
      .map(({ id }) => id),
  }));
}

/** What is wrong with the trace, one sentence each. */
export function traceProblems(
  requirements: readonly Requirement[],
  cases: readonly Case[],
): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  const unchecked = trace(requirements, cases)
    .filter((each) => each.cases.length === 0 && each.requirement.untestable === undefined)
    .map(({ requirement }) => `${requirement.id} is checked by no case.`);
  const unknown = cases.flatMap(({ id, requirements: named }) =>
    named.filter((each) => !known.has(each)).map((each) => `${id} names ${each}, which is none.`),
  );
  return [...unchecked, ...unknown];
}

/** `xfrm-conform trace` */
export function traceCommand(
  cases: readonly Case[],
  requirements: readonly Requirement[],
): Command {
  return new Command('trace')
    .description('Show each requirement with the cases that check it; fail when one has none.')
    .action(() => {
      const width = Math.min(columns(), 100);
      for (const { requirement, cases: ids } of trace(requirements, cases)) {
        const { id, text, source, untestable } = requirement;
        const checked = untestable === undefined ? ids.join(', ') : `no case: ${untestable}`;
        const lines = [...wrap(`${id}: ${text}`, width, '  '), ...wrap(`  ${source}`, width, '  ')];
        process.stdout.write(`${[...lines, ...wrap(`  ${checked}`, width, '  ')].join('\n')}\n\n`);
      }
      const problems = traceProblems(requirements, cases);
      for (const problem of problems) process.stderr.write(`${problem}\n`);
      process.stdout.write(`${requirements.length} requirements, ${cases.length} cases\n`);
      if (problems.length > 0) process.exitCode = exitStatus.failed;
    });
}
