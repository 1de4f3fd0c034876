import { Command } from 'commander';
import { allCases } from '../../suites/index.ts';
import { mergeResults } from '../compare/merge.ts';
import { UsageError } from '../error.ts';
import { readResults } from '../report/json.ts';
import { wantsColour } from '../report/style.ts';
import { renderTable } from '../report/table.ts';
import { checkWritable, writeReports } from '../report/write.ts';
import { exitStatusOf } from '../verdict/exit-status.ts';
import { columns } from './columns.ts';
import { resultsFile } from './recorded.ts';
import { addReportOptions, type ReportOptions, reportFilesOf } from './report-options.ts';

interface MergeOptions extends ReportOptions {
  verbose: boolean;
}

/** `xfrm-conform merge` */
export function mergeCommand(): Command {
  const command = new Command('merge')
    .description('Put the results of shards, or of several kernels, together as those of one run.')
    .argument('<results...>', 'results.json files, or directories that hold one')
    .option('-v, --verbose', 'show every case, not only those that did not pass', false)
    .addHelpText('after', '\nExit status: that of a run of the whole; 3 when a shard is missing.')
    .action(merge);
  return addReportOptions(command);
}

async function merge(paths: readonly string[], options: MergeOptions): Promise<void> {
  const files = reportFilesOf(options) ?? {};
  await checkWritable(files);
  const parts = paths.map(fileOf).map((path) => ({ path, results: readResults(path) }));
  const { results, notes } = mergeResults(
    parts,
    allCases.map(({ id }) => id),
  );
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  const written = await writeReports(results, files);
  const colour = wantsColour(process.stdout, process.env);
  const { verbose } = options;
  process.stdout.write(renderTable(results, { width: columns(), colour, verbose }));
  if (written.length > 0) process.stdout.write(`\nwritten: ${written.join('\n         ')}\n`);
  process.exitCode = exitStatusOf(results);
}

function fileOf(path: string): string {
  const file = resultsFile(path);
  if (file === null)
    throw new UsageError(`${path} is no file, and no directory with a results.json.`);
  return file;
}
