import { Command } from 'commander';
import type { Deviation, KernelRange, Sighting } from '../case/deviation.ts';
import { describeExpected } from '../verdict/describe.ts';
import { rangesOf, sightingsOf } from '../verdict/deviations.ts';

/** `xfrm-conform deviations`: a report in Markdown that could be sent to the maintainers. */
export function deviationsCommand(deviations: readonly Deviation[]): Command {
  return new Command('deviations')
    .description('Report where kernels are known to differ from the specification, as Markdown.')
    .action(() => {
      process.stdout.write(deviations.map(describeDeviation).join('\n'));
    });
}

export function describeDeviation(deviation: Deviation): string {
  const { id, title, reason, reference } = deviation;
  return [
    `## ${id}`,
    '',
    `**${title}**`,
    '',
    reason,
    '',
    `- Reference: ${reference}`,
    ...sightingsOf(deviation).flatMap(describeSighting),
    '',
  ].join('\n');
}

function describeSighting({ cases, kernels, observed, crash }: Sighting): string[] {
  const seen = Object.entries(observed).map(
    ([path, value]) => `  - \`${path || 'observation'}\`: ${describeExpected(value)}`,
  );
  if (crash !== undefined) seen.push(`  - the kernel log says "${crash}"`);
  return [`- Seen on kernels ${kernelsText(kernels)}, in ${cases.join(', ')}:`, ...seen];
}

/** "6.1 to 6.1.170 and 6.16 to 7.0.10" */
export function kernelsText(kernels: Sighting['kernels']): string {
  return rangesOf(kernels).map(rangeText).join(' and ');
}

function rangeText({ from, to }: KernelRange): string {
  if (from === null) return to === null ? 'of all versions' : `up to ${to}`;
  return to === null ? `${from} and later` : `${from} to ${to}`;
}
