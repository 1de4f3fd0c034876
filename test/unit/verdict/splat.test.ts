import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelMessages } from '../../../src/verdict/kernel-log.ts';
import { crashOf, findSplat } from '../../../src/verdict/splat.ts';

function lines(name: string): string[] {
  return readFileSync(new URL(`data/${name}.txt`, import.meta.url), 'utf8').split('\n');
}

describe('findSplat', () => {
  const migrate = 'xfrm_do_migrate_state';
  it.each([
    // Recorded from real kernels: sysrq-c under QEMU, an init that exits under UML.
    [
      'panic-qemu-7.3.4',
      'Kernel panic: sysrq triggered crash',
      'sysrq_handle_crash < __handle_sysrq < write_sysrq_trigger',
    ],
    [
      'panic-qemu-6.1',
      'Kernel panic: sysrq triggered crash',
      'sysrq_handle_crash < __handle_sysrq < write_sysrq_trigger',
    ],
    [
      'panic-uml-7.3.4',
      'Kernel panic: Attempted to kill init! exitcode=0x00000300',
      'do_exit < handle_syscall < userspace',
    ],
    [
      'kasan-uml-7.3.4',
      'KASAN: slab-use-after-free in rb_erase_linked',
      'rb_erase_linked < __remove_hrtimer < xfrm_state_gc_task',
    ],
    // Written after the formats in the kernel's source.
    [
      'kasan',
      'KASAN: slab-use-after-free in __xfrm_state_delete',
      `__xfrm_state_delete < xfrm_state_delete < ${migrate}`,
    ],
    [
      'warning-new',
      'WARNING in xfrm_state_migrate_create (net/xfrm/xfrm_state.c)',
      `xfrm_state_migrate_create < ${migrate} < xfrm_user_rcv_msg`,
    ],
    [
      'warning-old',
      'WARNING in xfrm_migrate (net/xfrm/xfrm_policy.c)',
      'xfrm_migrate < xfrm_do_migrate < xfrm_user_rcv_msg',
    ],
    [
      'refcount-new',
      'refcount_t: underflow; use-after-free in ___xfrm_state_destroy',
      '___xfrm_state_destroy < xfrm_state_gc_task < process_one_work',
    ],
    [
      'refcount-old',
      'refcount_t: addition on 0; use-after-free in xfrm_state_lookup',
      'xfrm_state_lookup < xfrm_user_state_lookup',
    ],
    [
      'lockdep',
      'possible circular locking dependency detected in xfrm_state_migrate_install',
      `xfrm_state_migrate_install < ${migrate}`,
    ],
    [
      'gpf',
      'general protection fault in xfrm_state_clone_and_setup',
      `xfrm_state_clone_and_setup < xfrm_state_migrate_create < ${migrate}`,
    ],
    [
      'null-deref',
      'kernel NULL pointer dereference in xfrm_migrate_state_find',
      'xfrm_migrate_state_find < xfrm_migrate < xfrm_do_migrate',
    ],
    [
      'kmemleak',
      'KMEMLEAK: unreferenced object in xfrm_state_alloc',
      'xfrm_state_alloc < xfrm_state_clone_and_setup < xfrm_state_migrate_create',
    ],
    ['ubsan', 'UBSAN: array-index-out-of-bounds in net/xfrm/xfrm_policy.c', 'xfrm_policy_migrate'],
    [
      'interleaved',
      'WARNING in xfrm_state_migrate_create (net/xfrm/xfrm_state.c)',
      `${migrate} < xfrm_user_rcv_msg`,
    ],
  ])('%s', (name, title, fingerprint) => {
    expect(findSplat(lines(name))).toMatchObject({ title, fingerprint });
  });

  it.each([
    ['rcu: INFO: rcu_preempt self-detected stall on CPU', 'RCU stall'],
    ['rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:', 'RCU stall'],
    ['INFO: rcu_tasks detected stalls on tasks:', 'RCU stall'],
    ['rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 1-...D', 'RCU stall'],
    ['INFO: task kworker/0:2:57 blocked for more than 120 seconds.', 'hung task kworker/0:2'],
    ['INFO: task node:57 blocked in I/O wait for more than 61 seconds.', 'hung task node'],
    ['watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [node:44]', 'soft lockup'],
    ['NMI watchdog: Watchdog detected hard LOCKUP on cpu 0', 'hard LOCKUP'],
    [
      'BUG: KFENCE: use-after-free read in xfrm_state_find+0x3a/0x90',
      'KFENCE: use-after-free read in xfrm_state_find',
    ],
    [
      'BUG: sleeping function called from invalid context at mm/slab.h:410',
      'BUG: sleeping function called from invalid context',
    ],
    [
      'BUG: scheduling while atomic: node/44/0x00000201',
      'BUG: scheduling while atomic: node/44/0x00000201',
    ],
    ['kernel BUG at net/xfrm/xfrm_state.c:712!', 'kernel BUG at net/xfrm/xfrm_state.c'],
    [
      'BUG: failure at net/xfrm/xfrm_user.c:3635/xfrm_send_migrate()!',
      'kernel BUG at net/xfrm/xfrm_user.c in xfrm_send_migrate',
    ],
    ['invalid opcode: 0000 [#1] PREEMPT SMP', 'invalid opcode'],
    ['Oops: 0002 [#1] SMP', 'Oops'],
    [
      'Unable to handle kernel NULL pointer dereference at virtual address 0010',
      'unable to handle NULL pointer dereference',
    ],
    ['BUG: unable to handle page fault for address: ffffdead', 'unable to handle page fault'],
    ['WARNING: suspicious RCU usage', 'suspicious RCU usage'],
    ['WARNING: inconsistent lock state', 'inconsistent lock state'],
    [
      'WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected',
      'SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected',
    ],
    ['INFO: trying to register non-static key.', 'non-static lock key'],
    ['list_del corruption. prev->next should be ffff88, but was dead000', 'list_del corruption'],
    [
      'unregister_netdevice: waiting for lo to become free. Usage count = 2',
      'unregister_netdevice: waiting for lo to become free',
    ],
    [
      'BUG kmalloc-1k (Not tainted): Poison overwritten',
      'slab: Poison overwritten in cache kmalloc-1k',
    ],
    [
      'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
      'KMEMLEAK: 3 new suspected memory leaks',
    ],
    ['ODEBUG: free active (active state 0) object: 0 object type: timer_list', 'ODEBUG: free'],
    ['WARNING: something new under the sun', 'WARNING: something new under the sun'],
  ])('%s', (line, title) => {
    const before = 'quiet';
    expect(findSplat([before, `[   12.000001] ${line}`])).toEqual({
      title,
      log: `[   12.000001] ${line}`,
      fingerprint: null,
    });
  });

  it('finds nothing in a whole real boot that went well', () => {
    const boot = lines('quiet-boot-7.3.4');
    expect(boot.length).toBeGreaterThan(300);
    expect(findSplat(boot)).toBeNull();
    expect(findSplat([])).toBeNull();
  });

  it.each([
    'traps: node[12] general protection fault ip:7f01 sp:7ffe error:0 in libc.so.6',
    'node[123]: segfault at 0 ip 0000 sp 0000 error 4 in node[400000+1000]',
    'Warning: unable to open an initial console.',
    'please report a BUG: to nobody',
    'FAULT_INJECTION: forcing a failure.',
    'kasan: KernelAddressSanitizer initialized',
    'KASAN: null-ptr-deref in range [0x18-0x1f]',
    'kmemleak: Kernel memory leak detector initialized',
    'INFO: lockdep is turned off.',
    'Call Trace:',
  ])('is not taken in by "%s"', (line) => {
    expect(findSplat([line])).toBeNull();
  });

  it('keeps the report, from "cut here" to its end, and nothing around it', () => {
    const log = findSplat(lines('warning-new'))!.log.split('\n');
    expect(log[0]).toContain('cut here');
    expect(log.at(-1)).toContain('end trace');
    expect(log).toHaveLength(lines('warning-new').filter(Boolean).length - 2);
  });

  it('keeps what other CPUs and processes wrote out of an interleaved report', () => {
    const { log } = findSplat(lines('interleaved'))!;
    expect(log).not.toContain('dummy0');
    expect(log).not.toContain('cfg_read');
    expect(log).not.toContain('case-start');
    expect(log).toContain('xfrm_user_rcv_msg');
  });

  it('cuts a report that does not end', () => {
    const endless = Array.from({ length: 1000 }, (_, index) => `noise ${index}`);
    const log = findSplat(['BUG: KASAN: double-free in kfree+0x1/0x2', ...endless])!.log;
    expect(log.split('\n')).toHaveLength(80);
  });

  it('takes time in proportion to what a hostile guest writes', () => {
    expect(
      findSplat([`BUG ${'('.repeat(100_000)}`, `UBSAN: ${' in x'.repeat(50_000)}`]),
    ).toBeNull();
    expect(findSplat(['[ 1.000001] '.repeat(50_000)])).toBeNull();
  });
});

describe('crashOf', () => {
  const crash = { title: 'hang', log: '', fingerprint: null };
  it('prefers the crash that ended the case to a report in its log', () => {
    const record = { kernelLog: lines('warning-new') };
    expect(crashOf(record, crash)).toBe(crash);
    expect(crashOf(record, null)?.title).toContain('WARNING in');
    expect(crashOf({ kernelLog: [] }, null)).toBeNull();
    expect(crashOf(null, null)).toBeNull();
  });
});

it('reads the messages of dmesg, console and /dev/kmsg', () => {
  expect(
    kernelMessages([
      '<6>[    1.000001] a',
      '[    1.000002][  T12] b\r',
      '4,12,34,-,caller=C1;c',
      'd',
      'half a line[    1.000003] e',
      '[    1.000004]  f',
    ]).map(({ text, caller }) => [text, caller]),
  ).toEqual([
    ['a', null],
    ['b', 'T12'],
    ['c', 'C1'],
    ['d', null],
    ['half a line', null],
    ['e', null],
    [' f', null],
  ]);
});
