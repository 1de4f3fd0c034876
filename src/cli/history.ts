import { Command } from 'commander';
import { History } from '../compare/history.ts';
import { UsageError } from '../error.ts';
import { readResults } from '../report/json.ts';
import { tryWriting, writeWhole } from '../report/write-file.ts';
import { compareVersions } from '../verdict/version.ts';
import { resultsFile } from './recorded.ts';

/** `xfrm-conform history` */
export function historyCommand(): Command {
  return new Command('history')
    .description('What changed from kernel to kernel, case by case, as Markdown.')
    .argument('<results...>', 'results.json files, or directories that hold one, in any order')
    .option('-o, --output <file>', 'write it here instead of to the terminal')
    .action(history);
}

interface Place {
  file: string;
  index: number;
  version: string;
}

async function history(paths: readonly string[], { output }: { output?: string }): Promise<void> {
  if (output !== undefined) await tryWriting(output);
  const places = paths.flatMap(placesIn).sort((a, b) => compareVersions(a.version, b.version));
  if (places.length < 2)
    throw new UsageError('A history takes the results of two kernels or more.');
  const made = new History();
  for (const { file, index } of places) {
    const { kernels, tool } = readResults(file);
    made.add({ result: kernels[index]!, origin: `recorded in ${file}`, tool });
  }
  const text = made.render();
  if (output === undefined) process.stdout.write(text);
  else await writeWhole(output, text);
}

/** The kernels of a file, which is read again when its turn comes. */
function placesIn(path: string): Place[] {
  const file = resultsFile(path);
  if (file === null)
    throw new UsageError(`${path} is no file, and no directory with a results.json.`);
  return readResults(file).kernels.map(({ kernel }, index) => ({
    file,
    index,
    version: kernel.version,
  }));
}
