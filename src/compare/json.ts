import type { Json } from '../case/record.ts';
import type { CaseDifference } from './compare.ts';
import { type Comparison, type Side, transitions } from './comparison.ts';

/** What differs between two kernels as JSON, every place of every case. Ends with a newline. */
export function renderJson(comparison: Comparison): string {
  const { before, after, compared, differences, notCompared, notes } = comparison;
  const document = {
    schema: 'xfrm-conform/diff/1',
    before: describeSide(before),
    after: describeSide(after),
    compared,
    verdicts: transitions(differences),
    differences: differences.map(describeDifference),
    notCompared,
    notes,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function describeSide({ result, origin, tool }: Side) {
  const { spec, release, version, arch, kinds } = result.kernel;
  return { spec, release, version, arch, kinds, origin, tool };
}

/** A value that is missing on one side is left out there. */
function describeDifference({ id, summary, on, before, after, changes }: CaseDifference) {
  return {
    id,
    summary,
    on,
    before,
    after,
    changes: changes.map(({ kind, path, ...values }) => ({ kind, path, ...values }) as Json),
  };
}
