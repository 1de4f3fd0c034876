import type { Kernel } from '../kernel/kernel.ts';

/**
 * What every kernel is told on its command line, whatever runs it. Its namespaces begin without tunnels
 * (`sit0`) that no case uses: making them takes a quarter of the time that a namespace takes.
 *
 * One that watches itself is told to check its slabs, also because caches that are checked have no
 * sheaves, whose stale pointers hide leaks from kmemleak; and to report every error that KASAN finds, not
 * the first alone.
 */
export function guestParameters({ facts: { config } }: Kernel): string[] {
  const has = (symbol: string) => config?.[symbol] === 'y';
  return [
    'fb_tunnels=none',
    ...(has('SLUB_DEBUG') && (has('KASAN') || has('DEBUG_KMEMLEAK')) ? ['slub_debug=F'] : []),
    ...(has('KASAN') ? ['kasan_multi_shot'] : []),
  ];
}
