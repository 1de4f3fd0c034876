/**
 * Functions in which a report is made rather than caused: they head every trace of their kind and
 * say nothing about the bug.
 */
const machinery = new RegExp(
  `^(?:${[
    // Printing, panicking, trapping
    'dump_stack\\w*|show_(?:stack|regs|trace)\\w*|_?printk|vprintk\\w*|_*wake_up_klogd|v?panic|nmi_panic|sched_show_task',
    '__warn\\w*|check_panic_on_warn|warn_slowpath_\\w+|report_bug|handle_bug|do_error_trap|die\\w*|__die\\w*|oops_\\w+',
    '(?:asm_)?(?:exc|sysvec)_\\w+|page_fault_oops|no_context|\\w*bad_area\\w*|do_user_addr_fault|do_kern_addr_fault|fixup_exception',
    // Sanitizers and debugging
    'print_\\w+|describe_address|end_report|_*kasan_\\w+|_*asan_\\w+|check_memory_region|kfence_\\w+|_*ubsan_\\w+|_*kmsan_\\w+',
    'kmemleak_\\w+|\\w*debug_object\\w*|debug_print_object|_*list_(?:add|del)_(?:entry_)?valid\\w*',
    'refcount_warn_saturate|ref_tracker_\\w+|object_err|slab_(?:err|bug|fix)\\w*|check_bytes\\w*|check_slab|check_object|free_debug_processing|alloc_debug_processing|free_to_partial_list',
    // Locks, RCU, watchdogs
    'lock_(?:acquire|release)|_*lock_(?:acquire|release)\\w*|(?:debug_)?lockdep_\\w+|validate_chain|check_(?:prev_add|prevs_add|noncircular|deadlock|chain_key|irq_usage)\\w*|mark_(?:lock|usage|held_locks)\\w*|register_lock_class|debug_check_no_locks\\w*|_*might_(?:sleep|resched|fault)\\w*',
    '_*raw_(?:spin|read|write)_\\w+|(?:do_raw_)?spin_\\w+|rcu_(?:sched_clock_irq|dump_cpu_stacks|check_gp\\w*)|print_cpu_stall|update_process_times|tick_\\w+|_*hrtimer_\\w+|watchdog_\\w+|trigger_\\w+|nmi_\\w+|native_\\w+',
    // Memory: the caller of the allocator is what counts
    '_*k[mvz]*alloc\\w*|_*kmem_cache_\\w+|k[vz]*free\\w*|_*slab_\\w+|___slab_alloc|_*do_kmalloc\\w*|allocate_slab|kmalloc_\\w+',
    // UML: entering and leaving the kernel, and what its unreliable traces mix in
    '(?:un)?block_signals\\w*|segv\\w*|sig_handler\\w*|(?:hard|timer_real_alarm)_handler|get_signals|set_signals\\w*|current_mm_id|to_irq_stack|do_IRQ|um_set_signals\\w*',
  ].join('|')})$`,
);

const frame =
  /^\s*(?:\[<(?:0x)?[0-9a-f]+>\]\s*)?(?<unsure>\? )?(?<name>[A-Za-z_][\w.]*)\+0x(?<offset>[0-9a-f]+)(?:\/0x[0-9a-f]+)?/;
/** RIP, pc, … of kernel code: 0010 is the kernel's code segment on x86. */
const instruction = /^(?:RIP: 0010:|pc : )(?<name>[A-Za-z_][\w.]*)\+0x/;
const header = /^\s*(?:call trace:|backtrace\b)/i;
/** Where the report turns to other stories: who allocated, freed or queued the object. */
const otherStory = /^(?:Allocated by|Freed by|Last potentially related|The buggy address)/;

/**
 * Names of the functions in a report's call trace, the innermost first, without the machinery that
 * reports, without offsets and compilers' suffixes.
 *
 * The instruction pointer comes before the trace. Frames marked "?" were found by scanning the stack
 * and may be left-overs; they count only where there are no others (UML without frame pointers).
 */
export function callTrace(texts: readonly string[]): string[] {
  const end = texts.findIndex((text) => otherStory.test(text));
  const story = end === -1 ? texts : texts.slice(0, end);
  const start = story.findIndex((text) => header.test(text));
  // lockdep shows other traces before its own. A header that was torn apart is done without.
  const pointer = story.find((text) => instruction.test(text));
  const trace = start === -1 ? story : story.slice(start);
  return namesOf(pointer === undefined ? trace : [pointer, ...trace]);
}

function namesOf(texts: readonly string[]): string[] {
  const sure: string[] = [];
  const unsure: string[] = [];
  for (const text of texts) {
    const found = frameIn(text);
    if (found === null || isNoise(found)) continue;
    const list = found.sure ? sure : unsure;
    if (list.at(-1) !== found.name) list.push(found.name);
  }
  return sure.length > 0 ? sure : unsure;
}

interface Frame {
  readonly name: string;
  readonly sure: boolean;
  /** The beginning of the function: where a call returns to is behind it. */
  readonly atStart: boolean;
}

function frameIn(text: string): Frame | null {
  const { name, unsure, offset } = (instruction.exec(text) ?? frame.exec(text))?.groups ?? {};
  if (name === undefined) return null;
  return {
    name: name.replace(/\.(?:isra|constprop|part|cold|llvm)\b.*$/, ''),
    sure: unsure === undefined,
    atStart: offset === '0',
  };
}

/** What was found on the stack and begins a function is a pointer that lay there, and no frame. */
function isNoise({ name, sure, atStart }: Frame): boolean {
  return machinery.test(name) || (!sure && atStart);
}

/** Whether a message is a frame of a trace, but of those that say nothing of the bug. */
export function saysNothing(text: string): boolean {
  const found = frame.test(text) ? frameIn(text) : null;
  return found !== null && isNoise(found);
}

/** Enough of a trace to tell one bug from another, and little enough to find it again. */
export function topFrames(frames: readonly string[]): string[] {
  return frames.slice(0, 3);
}
