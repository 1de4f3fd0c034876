import { Command } from 'commander';
import type { Case } from '../case/case.ts';
import { wrap } from '../report/layout.ts';
import type { Shard } from '../report/results.ts';
import { columns } from './columns.ts';
import { selectCases } from './select-cases.ts';
import { inShard, shardOption } from './shard.ts';

/** `xfrm-conform list`: the cases, a line each, without running them. */
export function listCommand(cases: readonly Case[]): Command {
  return new Command('list')
    .description('List the cases and what each promises.')
    .argument('[case...]', 'cases to list: ids, their beginnings, or patterns with *')
    .option('--json', 'as JSON', false)
    .addOption(shardOption())
    .action((patterns: string[], { json, shard }: { json: boolean; shard?: Shard }) => {
      const chosen = inShard(selectCases(cases, patterns), shard);
      process.stdout.write(json ? caseJson(chosen) : caseList(chosen, columns()));
    });
}

/** What a case is, less what it does. */
export function caseJson(cases: readonly Case[]): string {
  const data = cases.map(({ run: _run, ...described }) => described);
  return `${JSON.stringify(data, null, 2)}\n`;
}

/** Id and summary on a line; where that leaves too little for the summary, below each other. */
export function caseList(cases: readonly Case[], width: number): string {
  const longest = Math.max(0, ...cases.map(({ id }) => id.length));
  const room = width - longest - 2;
  const lines = cases.flatMap(({ id, summary }) => {
    if (room < 30) return [id, ...wrap(`  ${summary}`, width, '  ')];
    const [first = '', ...more] = wrap(summary, room);
    const indent = ' '.repeat(longest + 2);
    return [`${id.padEnd(longest)}  ${first}`, ...more.map((line) => indent + line)];
  });
  return lines.map((line) => `${line}\n`).join('');
}
