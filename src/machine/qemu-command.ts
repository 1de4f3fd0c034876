import { type GuestImage, rootSignature } from './guest-image.ts';
import { partitionUuid } from './partition.ts';

/** How the kernel reads our disks: the driver that it has built in. */
export type DiskDriver = 'nvme' | 'virtio-blk';

export interface QemuCommand {
  image: string;
  guest: GuestImage;
  disk: DiskDriver;
  accelerator: 'kvm' | 'tcg';
  memoryMiB: number;
  /** Timers come when they are due and not with the next tick, which is up to 10 ms later. */
  fineTimers: boolean;
  /** Words added to the kernel's command line. */
  extraParameters: readonly string[];
}

const diskNames: Record<DiskDriver, readonly string[]> = {
  nvme: ['nvme0n1', 'nvme0n2'],
  'virtio-blk': ['vda', 'vdb'],
};

/** File descriptors that QEMU inherits, besides 0 and 1 (the console) and 2 (its own words). */
export const qemuFd = { events: 3, monitor: 4 } as const;

/** Where the agent finds its port in the guest. */
export const agentPort = '/dev/vport0p1';

/**
 * The arguments of qemu-system-x86_64.
 *
 * The console, the agent's port and the monitor are sockets that QEMU inherits: no names on disk
 * that could be left behind, guessed or grow too long.
 */
export function qemuArguments(command: QemuCommand): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...acceleration(command.accelerator),
    ...['-m', String(command.memoryMiB)],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=events,fd=${qemuFd.events}`],
    ...['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=events,name=events'],
    ...[
      '-chardev',
      `socket,id=monitor,fd=${qemuFd.monitor}`,
      '-mon',
      'chardev=monitor,mode=control',
    ],
    ...['-kernel', command.image],
    ...media(command),
    ...['-append', kernelParameters(command).join(' ')],
  ];
}

/** The kernel's command line, word by word. */
export function kernelParameters(command: QemuCommand): string[] {
  return [
    'console=ttyS0',
    // A kernel that oopses is not to be trusted with the next case; QEMU ends at the reboot.
    ...['panic=-1', 'oops=panic'],
    // Without the self-tests of ciphers, which are a fifth of an emulated boot and test no XFRM.
    'cryptomgr.notests=1',
    // diagnose() asks for backtraces by SysRq.
    'sysrq_always_enabled',
    ...emulationParameters(command),
    ...rootParameters(command),
    ...command.extraParameters,
    ...['--', '/init.cjs'],
  ];
}

function rootParameters({ guest, disk }: QemuCommand): string[] {
  if (guest.kind === 'initramfs') return ['rdinit=/node'];
  return [
    ...[`root=${partitionUuid(rootSignature)}`, 'rootfstype=ext4', 'ro', 'devtmpfs.mount=1'],
    'init=/node',
    // What the kernel does not know it puts into init's environment. Either disk may be the first.
    `XFRM_CONFORM_DISKS=${diskNames[disk].join()}`,
  ];
}

function media({ guest, disk }: QemuCommand): string[] {
  if (guest.kind === 'initramfs') return ['-initrd', guest.initramfs];
  const drives = [drive('root', guest.root), drive('payload', guest.payload)].flat();
  const devices =
    disk === 'nvme'
      ? ['nvme,id=nvme,serial=xfrm', 'nvme-ns,drive=root,nsid=1', 'nvme-ns,drive=payload,nsid=2']
      : ['virtio-blk-pci,drive=root', 'virtio-blk-pci,drive=payload'];
  return [...drives, ...devices.flatMap((device) => ['-device', device])];
}

function drive(id: string, path: string): string[] {
  // A comma ends an option's value; two stand for one.
  const file = path.replaceAll(',', ',,');
  return ['-drive', `if=none,id=${id},format=raw,readonly=on,file=${file}`];
}

/**
 * Time in the guest is counted in instructions, of 1 ns. While the guest waits for a timer its clock jumps
 * there (sleep=off), and what takes seconds of waiting takes none. An instruction takes more than 1 ns: the
 * clock is slow while the guest is busy, which spares it most of its ticks.
 */
const instructionClock = ['-icount', 'shift=0,sleep=off'];
/** What makes the kernel's own watchdogs about as patient as the host's clock would. */
const slowClock = ['watchdog_thresh=3', 'rcupdate.rcu_cpu_stall_timeout=6'];

/** What emulation makes the kernel pay for, and XFRM does not see, is left out. */
const emulatedCpu = [
  'max',
  // Without these the kernel copies by words: TCG runs "rep movsb" byte by byte.
  ...['-erms', '-fsrm'],
  // Without it the kernel's allocator does without "cmpxchg16b", after which QEMU 7.2 has now and then
  // put an operand into EFLAGS: double faults and debug exceptions in __kmalloc, of Debian's 6.12.107
  // in each run.
  '-cx16',
  // A level of page tables less, and no checks at each access to the memory of a process.
  ...['-la57', '-smap', '-smep', '-umip', '-pku'],
  // Slower than SSE where each is a call.
  ...['-avx', '-avx2'],
];

function acceleration(accelerator: 'kvm' | 'tcg'): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', 'host', '-smp', '2'];
  // A second CPU costs a fifth more host time for the same boot, and most boots that hung did so while
  // it was brought up.
  const cpu = ['-accel', 'tcg', '-cpu', emulatedCpu.join(), '-smp', '1', ...instructionClock];
  // What ACPI knows is a program, and the kernel's interpreter for it takes a fifth of an emulated boot: with
  // KASAN half a minute, after which it gives up and no device is heard.
  return [...cpu, '-machine', 'pc,acpi=off'];
}

/** What the kernel and init are to know of a CPU that is emulated. */
function emulationParameters({ accelerator, fineTimers }: QemuCommand): string[] {
  if (accelerator === 'kvm') return [];
  return [
    // By the instruction clock; measuring it takes a tenth of a second, the APIC's timer another one.
    ...['tsc_early_khz=1000000', 'noapictimer'],
    ...slowClock,
    // Without ACPI there is no other clock to check this one by, and none that is not trusted makes fine timers.
    ...(fineTimers ? ['tsc=reliable'] : []),
    // What traces call the values of enums takes the kernel a third of a second to find out.
    'initcall_blacklist=trace_eval_init',
    // Seconds; 49 days. While the guest waits for the host to read a disk, its clock runs ahead.
    'nvme_core.io_timeout=4294967',
    'XFRM_CONFORM_EMULATED=1',
  ];
}
