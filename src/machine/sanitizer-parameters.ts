import type { Kernel } from '../kernel/kernel.ts';

/**
 * What a kernel that watches itself is told: to check its slabs, also because caches that are checked
 * have no sheaves, whose stale pointers hide leaks from kmemleak; and to report every error that KASAN
 * finds, not the first alone. Nothing for other kernels.
 */
export function sanitizerParameters({ facts: { config } }: Kernel): string[] {
  const has = (symbol: string) => config?.[symbol] === 'y';
  return [
    ...(has('SLUB_DEBUG') && (has('KASAN') || has('DEBUG_KMEMLEAK')) ? ['slub_debug=F'] : []),
    ...(has('KASAN') ? ['kasan_multi_shot'] : []),
  ];
}
