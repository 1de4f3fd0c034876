import { plural } from '../report/layout.ts';
import type { Comparison } from './comparison.ts';

/** "719 cases: 693 do the same, 26 differ" */
export function summary({ compared, differences, notCompared }: Comparison): string {
  const differ = differences.filter(({ on }) => on === 'both').length;
  const parts = [
    differ === 0 ? 'none differs' : `${differ} ${differ === 1 ? 'differs' : 'differ'}`,
    ...(differ === compared || differ === 0
      ? []
      : [`${compared - differ} ${compared - differ === 1 ? 'does' : 'do'} the same`]),
    ...(differences.length === differ ? [] : [`${differences.length - differ} only on one side`]),
    ...(notCompared.length === 0 ? [] : [`${notCompared.length} not compared`]),
  ];
  return `${plural(compared, 'case')}: ${parts.join(', ')}`;
}
