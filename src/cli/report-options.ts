import type { Command } from 'commander';
import type { ReportFiles } from '../report/write.ts';

/** Where reports are to go. */
export interface ReportOptions {
  output?: string;
  json?: string;
  tap?: string;
  junit?: string;
}

export function addReportOptions(command: Command): Command {
  return command
    .option('-o, --output <dir>', 'directory for results.json, results.tap and junit.xml')
    .option('--json <file>', 'also write the results as JSON here')
    .option('--tap <file>', 'also write TAP 14 here')
    .option('--junit <file>', 'also write JUnit XML here');
}

/** The files that the options name; null when they name none. */
export function reportFilesOf({ output, json, tap, junit }: ReportOptions): ReportFiles | null {
  const files = {
    ...(output !== undefined && { directory: output }),
    ...(json && { json }),
    ...(tap && { tap }),
    ...(junit && { junit }),
  };
  return Object.keys(files).length > 0 ? files : null;
}
