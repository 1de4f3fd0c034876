import { Command } from 'commander';
import type { Deviation } from '../case/index.ts';
import { describeExpected } from '../verdict/describe.ts';

/** `xfrm-conform deviations`: a report in Markdown that could be sent to the maintainers. */
export function deviationsCommand(deviations: readonly Deviation[]): Command {
  return new Command('deviations')
    .description('Report where kernels are known to differ from the specification, as Markdown.')
    .action(() => {
      process.stdout.write(deviations.map(describeDeviation).join('\n'));
    });
}

export function describeDeviation(deviation: Deviation): string {
  const { id, cases, kernels, observed, crash, reason, reference } = deviation;
  const seen = Object.entries(observed).map(
    ([path, value]) => `  - \`${path || 'observation'}\`: ${describeExpected(value)}`,
  );
  if (crash !== undefined) seen.push(`  - the kernel log says "${crash}"`);
  return [
    `## ${id}`,
    '',
    reason,
    '',
    `- Kernels: ${range(kernels)}`,
    `- Reference: ${reference}`,
    `- Cases: ${cases.join(', ')}`,
    '- Seen instead:',
    ...seen,
    '',
  ].join('\n');
}

function range({ from, to }: Deviation['kernels']): string {
  if (from === null) return to === null ? 'all' : `up to ${to}`;
  return to === null ? `${from} and later` : `${from} to ${to}`;
}
