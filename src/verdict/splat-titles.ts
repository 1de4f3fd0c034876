/**
 * How the kernel begins a report of its own misbehaviour, and the title that we give it.
 *
 * `$1`, `$2` stand for what was matched. `locate` adds the function that the report's call trace
 * points at, where the first line does not name it.
 */
export interface SplatTitle {
  readonly pattern: RegExp;
  readonly title: string;
  readonly locate?: true;
}

const func = String.raw`([\w.]+?)(?:\.(?:isra|constprop|part|cold)[\w.]*)?\+0x[0-9a-f]+`;

/** In order: the first that fits a message gives the title. */
export const splatTitles: readonly SplatTitle[] = [
  // Sanitizers
  { pattern: new RegExp(`^BUG: (KASAN|KMSAN): (\\S+) in ${func}`), title: '$1: $2 in $3' },
  { pattern: /^BUG: (KASAN|KMSAN): (.+)/, title: '$1: $2', locate: true },
  { pattern: new RegExp(`^BUG: KFENCE: (.+?) in ${func}`), title: 'KFENCE: $1 in $2' },
  { pattern: /^BUG: KCSAN: (.+)/, title: 'KCSAN: $1' },
  { pattern: /^UBSAN: (.+?) in (\S+?):\d+(?::\d+)?$/, title: 'UBSAN: $1 in $2' },
  { pattern: /^unreferenced object 0x/, title: 'KMEMLEAK: unreferenced object', locate: true },
  // Oopses; x86 since 6.x says "Oops: general protection fault, …"
  { pattern: /^BUG: (kernel NULL pointer dereference)\b/, title: '$1', locate: true },
  {
    pattern: /^BUG: (unable to handle [\w ]+?)(?: for address| at |:|$)/,
    title: '$1',
    locate: true,
  },
  { pattern: /^Unable to handle kernel ([\w ]+?) at /, title: 'unable to handle $1', locate: true },
  {
    pattern:
      /^(?:Oops: )?(general protection fault|divide error|invalid opcode|stack segment|int3|double fault|alignment check)\b.*\[#\d+\]/,
    title: '$1',
    locate: true,
  },
  { pattern: /^(?:PANIC: )?(double fault)\b/, title: '$1', locate: true },
  { pattern: /^kernel BUG at (\S+?):\d+!/, title: 'kernel BUG at $1', locate: true },
  // Where an architecture has no instruction for it (UML).
  { pattern: /^BUG: failure at (\S+?):\d+\/(\w+)\(\)!/, title: 'kernel BUG at $1 in $2' },
  { pattern: /^Oops\b/, title: 'Oops', locate: true },
  // Locking and RCU
  { pattern: /^WARNING: (possible .+? detected)/, title: '$1', locate: true },
  {
    pattern:
      /^WARNING: (inconsistent lock state|suspicious RCU usage|bad unlock balance detected|bad contention detected|held lock freed|lock held when returning to user space|Nested lock was not taken|\S+-safe -> \S+-unsafe lock order detected)/,
    title: '$1',
    locate: true,
  },
  {
    pattern: /^INFO: trying to register non-static key/,
    title: 'non-static lock key',
    locate: true,
  },
  {
    pattern: /^(?:rcu: )?INFO: rcu\w* (?:self-)?detected (?:expedited )?stalls?\b/,
    title: 'RCU stall',
    locate: true,
  },
  // Hangs
  { pattern: /^INFO: task (\S+):\d+ blocked .*for more than \d+ seconds/, title: 'hung task $1' },
  { pattern: /(?:^|watchdog: )BUG: (soft lockup) /, title: '$1', locate: true },
  { pattern: /[Ww]atchdog detected (hard LOCKUP)/, title: '$1', locate: true },
  { pattern: /^BUG: (workqueue lockup)/, title: '$1' },
  // Reference counts, lists, memory
  { pattern: /^refcount_t: (.+?)\.?$/, title: 'refcount_t: $1', locate: true },
  { pattern: /^ref_tracker: (reference already released)/, title: 'ref_tracker: $1', locate: true },
  { pattern: /^(list_(?:add|del) corruption)/, title: '$1', locate: true },
  {
    pattern: /^unregister_netdevice: waiting for (\S+) to become free/,
    title: 'unregister_netdevice: waiting for $1 to become free',
  },
  { pattern: /^BUG (\S+) \(.*\): (.+)/, title: 'slab: $2 in cache $1', locate: true },
  { pattern: /^ODEBUG: (\w+) /, title: 'ODEBUG: $1', locate: true },
  // Whatever else warns; "WARNING: FILE:LINE at FUNCTION, CPU#0: …" since 6.18, before that
  // "WARNING: CPU: 0 PID: 12 at FILE:LINE FUNCTION".
  { pattern: new RegExp(`^WARNING: (\\S+?):\\d+ at ${func}`), title: 'WARNING in $2 ($1)' },
  {
    pattern: new RegExp(`^WARNING: CPU: \\d+ PID: \\d+ at (\\S+?):\\d+ ${func}`),
    title: 'WARNING in $2 ($1)',
  },
  { pattern: new RegExp(`^WARNING: at ${func}`), title: 'WARNING in $1' },
  { pattern: /^WARNING: (.+)/, title: 'WARNING: $1', locate: true },
  { pattern: /^BUG: (.+?)(?: at \S+:\d+)?$/, title: 'BUG: $1', locate: true },
  { pattern: /^Kernel panic - not syncing: (.+)/, title: 'Kernel panic: $1' },
];

/** Beginnings that only announce another report: they give the title when that does not follow. */
export const announcements: readonly SplatTitle[] = [
  {
    pattern: /^kmemleak: (\d+) new suspected memory leaks/,
    title: 'KMEMLEAK: $1 new suspected memory leaks',
  },
];
