/** File descriptors that a UML kernel inherits, besides 1 (its console) and 2 (its early words). */
export const umlFd = { fromHost: 3, toHost: 4 } as const;

/** Where the agent finds its port in the guest. */
export const umlPort = '/dev/ttyS0';

export interface UmlCommand {
  initramfs: string;
  memoryMiB: number;
  /**
   * The initramfs stays in memory once it is unpacked: kmemleak would take what is allocated in its
   * place for a part of it.
   */
  keepsInitrd: boolean;
  /** Its clock jumps ahead to the next timer whenever all of the guest waits. */
  skipsIdleTime: boolean;
  /** Words added to the kernel's command line. */
  extraParameters: readonly string[];
  /** Directory of this boot's own; the kernel keeps its control socket in DIR/uml/. */
  directory: string;
}

/**
 * The command line of a UML kernel, word by word.
 *
 * Its root is an initramfs: the guest has no file system, block device or network of the host's, so
 * that there is nothing in it through which its root could write to the host.
 */
export function umlArguments(command: UmlCommand): string[] {
  return [
    `mem=${command.memoryMiB}M`,
    `initrd=${command.initramfs}`,
    ...(command.keepsInitrd ? ['retain_initrd'] : []),
    // Since Linux 6.16, half the time in the host's kernel that ptrace takes. It lets a process of the
    // guest read the memory of the guest, not of the host: the agent is root there anyway.
    'seccomp=auto',
    ...(command.skipsIdleTime ? ['time-travel'] : []),
    `uml_dir=${command.directory}/`,
    'umid=uml',
    // The console is written only; no other virtual console or serial line leads anywhere.
    ...['con=null', 'con0=null,fd:1', 'ssl=null', `ssl0=fd:${umlFd.fromHost},fd:${umlFd.toHost}`],
    ...['panic=-1', 'sysrq_always_enabled'],
    // About what a machine of today has: measuring it takes a third of a boot, and nothing here delays.
    'lpj=30000000',
    ...command.extraParameters,
    ...['rdinit=/node', '--', '/init.cjs'],
  ];
}
