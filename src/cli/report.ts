import { Command } from 'commander';
import { readResults } from '../report/json.ts';
import { wantsColour } from '../report/style.ts';
import { renderTable } from '../report/table.ts';
import { writeReports } from '../report/write.ts';
import { exitStatusOf } from '../verdict/exit-status.ts';
import { columns } from './columns.ts';

interface ReportOptions {
  verbose: boolean;
  tap?: string;
  junit?: string;
}

/** `xfrm-conform report` */
export function reportCommand(): Command {
  return new Command('report')
    .description('Show the results of an earlier run again, or write them in another format.')
    .argument('<results>', 'a results.json')
    .option('-v, --verbose', 'show every case, not only those that did not pass', false)
    .option('--tap <file>', 'write TAP 14 here')
    .option('--junit <file>', 'write JUnit XML here')
    .action(async (path: string, { verbose, ...files }: ReportOptions) => {
      const results = readResults(path);
      await writeReports(results, files);
      const colour = wantsColour(process.stdout, process.env);
      process.stdout.write(renderTable(results, { width: columns(), colour, verbose }));
      process.exitCode = exitStatusOf(results);
    });
}
